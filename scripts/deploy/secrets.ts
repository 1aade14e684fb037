// Decides which secrets `npm run deploy` sets.

import { ADMIN_KEY_RULE, isPossibleAdminKey } from "../../src/core/api-keys.ts";
import { newAdminKey, newSigningSecret } from "../api-keys.ts";
import { StepFailure } from "./failure.ts";

export interface SecretsPlan {
  /** The secrets to set: values by name. */
  readonly put: Readonly<Record<string, string>>;
  /** Those of them that are newly made. */
  readonly made: ReadonlySet<string>;
  /** Null if it is not known, because it is set already. */
  readonly adminKey: string | null;
}

export interface SecretsGiven {
  /** The names of the secrets that are set. */
  readonly present: ReadonlySet<string>;
  /** The provider's key to set; null for none. */
  readonly aimlapiKey: string | null;
  /** ADMIN_KEY in the environment; null if it is not set. */
  readonly adminKey: string | null;
  readonly replacesAdminKey: boolean;
  /** Whether the output is kept in a log, which must not contain a key. */
  readonly isLogged: boolean;
}

/** @throws StepFailure if ADMIN_KEY would have to be made, but must not be printed. */
export function planSecrets({ present, aimlapiKey, adminKey, replacesAdminKey, isLogged }: SecretsGiven): SecretsPlan {
  const put: Record<string, string> = {};
  const made = new Set<string>();
  const make = (name: string, value: string) => {
    put[name] = value;
    made.add(name);
  };
  if (aimlapiKey !== null) put["AIMLAPI_KEY"] = aimlapiKey;
  if (!present.has("SIGNING_SECRET")) make("SIGNING_SECRET", newSigningSecret());
  const needsAdminKey = replacesAdminKey || !present.has("ADMIN_KEY");
  if (needsAdminKey && adminKey !== null) put["ADMIN_KEY"] = adminKey;
  else if (needsAdminKey && isLogged) {
    // A new key would have to be printed, because it cannot be read back.
    if (replacesAdminKey || !present.has("API_KEYS")) throw new StepFailure("Secrets", "ADMIN_KEY is not set.", IN_CI);
  } else if (needsAdminKey) make("ADMIN_KEY", newAdminKey());
  return { put, made, adminKey: adminKey ?? put["ADMIN_KEY"] ?? null };
}

const IN_CI =
  "No key is made in CI, because its output is kept. Set ADMIN_KEY in the environment, from the secrets of your CI.";

/** @returns ADMIN_KEY of the environment, null if there is none. @throws StepFailure if the Worker would refuse it. */
export function givenAdminKey(env: Readonly<Record<string, string | undefined>>): string | null {
  const key = env["ADMIN_KEY"] ?? "";
  if (key === "") return null;
  if (isPossibleAdminKey(key)) return key;
  throw new StepFailure("Secrets", `ADMIN_KEY in the environment ${ADMIN_KEY_RULE}.`);
}
