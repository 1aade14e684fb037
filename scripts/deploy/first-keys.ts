// Makes the first API keys of a deployment.

import type { Mode } from "../../src/contract/words.ts";
import { type Administration, ApiKeyCallError, listKeys, makeKey, revokeKey } from "../api-key-calls.ts";
import { StepFailure } from "./failure.ts";
import type { MadeKeys } from "./made-keys.ts";
import type { Surroundings } from "./surroundings.ts";

/** A secret that was just set takes some seconds to reach every location. */
const PATIENCE_MS = 60_000;
const INTERVAL_MS = 2_000;

const NAME = "Made by npm run deploy";

export interface FirstKeys {
  readonly account: string;
  readonly modes: readonly Mode[];
  /** Whether ADMIN_KEY was just set. */
  readonly isAdminKeyNew: boolean;
}

/** Makes keys and adds them to `made`, unless the deployment has keys. @returns whether it had none. @throws StepFailure */
export async function makeFirstKeys(
  administration: Administration,
  { account, modes, isAdminKeyNew }: FirstKeys,
  made: MadeKeys,
  around: Surroundings,
): Promise<boolean> {
  const patiently = <T>(call: () => Promise<T>) => repeat(call, isAdminKeyNew, around);
  if ((await patiently(() => listKeys(administration))).length > 0) return false;
  for (const mode of modes) {
    let isFirstTry = true;
    const key = await patiently(async () => {
      // The last try may have made a key whose answer was lost. Nobody knows that key.
      if (!isFirstTry) await revokeUnknown(administration, made);
      isFirstTry = false;
      return makeKey(administration, { account, mode, name: NAME });
    });
    made.apiKeys.push(key);
  }
  return true;
}

/** The deployment had no keys before this run, so any other key with this name comes from a lost answer. */
async function revokeUnknown(administration: Administration, made: MadeKeys): Promise<void> {
  for (const { id, name } of await listKeys(administration)) {
    if (name === NAME && !made.apiKeys.some((known) => known.id === id)) await revokeKey(administration, id);
  }
}

/** Repeats a call while it fails for a reason that may pass, for a minute at most. */
async function repeat<T>(call: () => Promise<T>, isAdminKeyNew: boolean, around: Surroundings): Promise<T> {
  const startedAt = around.now();
  for (;;) {
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof ApiKeyCallError)) throw cause;
      const isRefused = cause.status === 401;
      const mayPass = isRefused ? isAdminKeyNew : cause.isTemporary;
      if (!mayPass || around.now() - startedAt >= PATIENCE_MS) {
        if (isRefused) throw new StepFailure("API keys", "ADMIN_KEY is not the deployment's.", ADVICE_IF_REFUSED);
        throw new StepFailure("API keys", cause.message);
      }
      around.showProgress(`API keys: waiting (${cause.message})`);
      await around.sleep(INTERVAL_MS);
    }
  }
}

const ADVICE_IF_REFUSED =
  "Unset ADMIN_KEY in the environment, or run `npm run deploy -- --new-admin-key` to replace the deployment's ADMIN_KEY with it.";
