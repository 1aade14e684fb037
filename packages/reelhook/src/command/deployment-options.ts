// Options that name the deployment, and how bad options are refused.

import { readApiKey, readBaseUrl } from "../deployment.ts";
import { CommandError } from "./command-error.ts";
import { EXIT } from "./exit-codes.ts";

/** @throws CommandError */
export function deploymentUrl(text: string): string {
  try {
    return readBaseUrl(text, "--url");
  } catch (cause) {
    throw cause instanceof TypeError ? badOption(cause.message) : cause;
  }
}

/**
 * The API key of the option, otherwise of the environment: `REELHOOK_API_KEY`, otherwise `REELHOOK_KEY`, which
 * `npm run dev` and the examples for curl set. Empty variables count as not set.
 *
 * @throws CommandError if there is none, or if no key can look like this.
 */
export function apiKeyIn(option: string | undefined, env: NodeJS.ProcessEnv): string {
  const text = option ?? (env["REELHOOK_API_KEY"] || env["REELHOOK_KEY"] || null);
  if (text === null) throw badOption("Give an API key with --api-key or REELHOOK_API_KEY.");
  const key = readApiKey(text);
  if (key === null)
    throw badOption("The API key is empty or malformed. Give an API key with --api-key or REELHOOK_API_KEY.");
  return key;
}

export function badOption(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}
