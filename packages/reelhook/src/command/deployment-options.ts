// Options that name the deployment, and how bad options are refused.

import { CommandError } from "./command-error.ts";
import { EXIT } from "./exit-codes.ts";

/** @throws CommandError */
export function deploymentUrl(text: string): string {
  if (!isHttpUrl(text))
    throw badOption(
      `--url must be the http or https URL of a deployment, such as https://reelhook.example.com, not "${text}".`,
    );
  const { username, password, search, hash } = new URL(text);
  // The text is not repeated, because it may have a password.
  if (username !== "" || password !== "" || search !== "" || hash !== "")
    throw badOption("--url must not contain a user name, a password, a query or a fragment.");
  return text.replace(/[/?#]+$/, "");
}

/** @throws CommandError if no key can look like this. */
export function apiKeyIn(text: string): string {
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key))
    throw badOption(
      "The API key is empty or malformed. Give a key of the deployment with --api-key or REELHOOK_API_KEY.",
    );
  return key;
}

export function badOption(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
