// Waits until a deployment answers at /healthz.

import { reasonOf } from "../api-key-calls.ts";
import { StepFailure } from "./failure.ts";
import type { Surroundings } from "./surroundings.ts";

/** A new workers.dev name takes up to two minutes. The certificate of a new custom domain may take longer. */
const PATIENCE_MS = 4 * 60_000;
/** A secret that was just set takes some seconds to reach every location. */
const SECRETS_PATIENCE_MS = 60_000;
/** A deployment takes some seconds to reach every location. Until then, the previous one may answer. */
const SETTLING_MS = 15_000;
const INTERVAL_MS = 2_000;
const TIMEOUT_MS = 10_000;

export interface Health {
  readonly version: string;
  /** Whether nobody has an API key: none was ever made, and API_KEYS is not set. */
  readonly hasNoKeys: boolean;
}

interface Waiting {
  readonly url: string;
  /** Secrets that were just set: the Worker may not have them yet. */
  readonly justSet: ReadonlySet<string>;
}

type Look =
  | { readonly kind: "healthy"; readonly health: Health }
  | { readonly kind: "misconfigured"; readonly problems: readonly { setting: string; message: string }[] }
  | { readonly kind: "not_there"; readonly reason: string };

/** @throws StepFailure if it does not answer 200 within four minutes, or if a setting stays missing or invalid. */
export async function waitForHealth({ url, justSet }: Waiting, around: Surroundings): Promise<Health> {
  const startedAt = around.now();
  for (;;) {
    const look = await lookAt(url, around);
    if (look.kind === "healthy") return look.health;
    const waited = around.now() - startedAt;
    if (look.kind === "misconfigured" && waited >= patienceWith(look.problems, justSet)) {
      const list = look.problems.map(({ setting, message }) => `${setting} ${message}`).join("\n");
      throw new StepFailure(
        "Health",
        list,
        "Correct this setting: variables are in wrangler.toml, secrets are set with `npx wrangler secret put <name>`.",
      );
    }
    const reason =
      look.kind === "misconfigured" ? `503: ${look.problems.map(({ setting }) => setting).join(", ")}` : look.reason;
    if (waited >= PATIENCE_MS) {
      throw new StepFailure(
        "Health",
        `${url}/healthz: ${reason}`,
        "The Worker is deployed, but a new address takes some minutes to work. If it has another address, pass that with --url.",
      );
    }
    around.showProgress(`Health: waiting for ${url}/healthz (${reason}), ${Math.round(waited / 1000)} s`);
    await around.sleep(INTERVAL_MS);
  }
}

function patienceWith(problems: readonly { setting: string }[], justSet: ReadonlySet<string>): number {
  return problems.every(({ setting }) => justSet.has(setting)) ? SECRETS_PATIENCE_MS : SETTLING_MS;
}

async function lookAt(url: string, around: Surroundings): Promise<Look> {
  let response: Response;
  let body: unknown;
  try {
    response = await around.fetch(`${url}/healthz`, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    body = text.startsWith("{") ? JSON.parse(text) : null;
  } catch (cause) {
    return { kind: "not_there", reason: reasonOf(cause) };
  }
  const health = body as { version?: unknown; problems?: unknown; api_keys?: unknown } | null;
  const isOurs = typeof health?.version === "string";
  if (response.status === 200 && isOurs) {
    return { kind: "healthy", health: { version: String(health.version), hasNoKeys: health.api_keys === "none" } };
  }
  if (response.status === 503 && isOurs && Array.isArray(health.problems)) {
    return { kind: "misconfigured", problems: health.problems };
  }
  return { kind: "not_there", reason: `${response.status}, which is not an answer of Reelhook` };
}
