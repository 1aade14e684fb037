// The keys that a run of `npm run deploy` makes, and how they are shown, even if the run fails or is interrupted: the
// next run cannot read them back.

import type { NewApiKeyView } from "../../src/contract/api-keys.ts";

export class MadeKeys {
  /** ADMIN_KEY if this run made it and has set it, or is setting it; null otherwise. */
  adminKey: string | null = null;
  readonly apiKeys: NewApiKeyView[] = [];

  /** @returns a text with all keys; null if none were made. */
  show(): string | null {
    const lines: string[] = [];
    if (this.adminKey !== null) {
      lines.push("  # Makes, lists and revokes API keys (npm run key):", `  export ADMIN_KEY=${this.adminKey}`);
    }
    for (const { mode, account, key } of this.apiKeys) {
      const isTest = mode === "test";
      lines.push(`  # ${isTest ? "Test mode, free" : "Live mode, billed by the provider"}, account ${account}:`);
      lines.push(`  export ${isTest ? "REELHOOK_KEY" : "REELHOOK_LIVE_KEY"}=${key}`);
    }
    if (lines.length === 0) return null;
    return `Save these keys now. They are shown only once:\n\n${lines.join("\n")}`;
  }
}
