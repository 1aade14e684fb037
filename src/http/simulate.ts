// Reads the header `Reelhook-Simulate`, which selects the sandbox's script for models without a prompt.

import type { Context } from "hono";
import { SANDBOX_SCRIPTS, type SandboxScript } from "../contract/words.ts";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/**
 * The script that the request names; null if it names none. @throws Problem in live mode, or if the script is unknown.
 */
export function readSimulate(c: Context<AppEnv>): SandboxScript | null {
  const asked = c.req.header("reelhook-simulate");
  if (asked === undefined) return null;
  if (c.get("scope").mode !== "test") {
    throw refused("Reelhook-Simulate works only in test mode, with an API key that begins with rh_test_");
  }
  const script = SANDBOX_SCRIPTS.find((each) => each === asked);
  if (script === undefined) throw refused(`Reelhook-Simulate must be one of ${SANDBOX_SCRIPTS.join(", ")}`);
  return script;
}

function refused(message: string): Problem {
  return new Problem("invalid_request", `${message}.`, { errors: [{ pointer: "", message }] });
}
