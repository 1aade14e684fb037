// The rules for the options that name a deployment, which the client and the command share.

const WITHOUT = "a user name, a password, a query or a fragment";

/**
 * The URL without slashes at its end.
 *
 * @param name of the option, for the error. The error does not repeat the URL, because it may have a password.
 * @throws TypeError
 */
export function readBaseUrl(text: unknown, name: string): string {
  const url = typeof text === "string" && isHttpUrl(text) ? new URL(text) : null;
  if (url === null)
    throw new TypeError(`${name} must be an absolute http or https URL, such as https://reelhook.example.com.`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new TypeError(`${name} must not contain ${WITHOUT}.`);
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** @returns the key without surrounding white space, such as the line break of a file; null if no key can look like this. */
export function readApiKey(text: unknown): string | null {
  const key = typeof text === "string" ? text.trim() : "";
  return /^[\x21-\x7e]+$/.test(key) ? key : null;
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
