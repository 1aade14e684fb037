// The keys that a run of `npm run deploy` makes, and how they are shown.

import type { NewApiKeyView } from "../../src/contract/api-keys.ts";

export class MadeKeys {
  /** ADMIN_KEY if this run made it; null otherwise. */
  adminKey: string | null = null;
  readonly apiKeys: NewApiKeyView[] = [];
  /**
   * Whether the keys must be shown even if this run fails or is interrupted, because the next run would not replace
   * them: it leaves all keys alone once there may be an API key.
   */
  mustBeShown = false;

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
