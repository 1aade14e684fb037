// The API key of the signed-in user: kept until the tab closes and sent only in a header.

const STORED = "reelhook.key";
const IN_FRAGMENT = /^#key=([^&]+)$/;

/** Characters that a header can carry. */
const POSSIBLE = /^[\x21-\x7e]{1,500}$/;

export function isPossibleKey(key: string): boolean {
  return POSSIBLE.test(key);
}

/**
 * Takes the key out of the page's address at once, because addresses are copied, logged and kept in the history.
 *
 * @returns null if there is no key, or it cannot be one.
 */
export function takeKeyFromAddress(): string | null {
  const [, given] = IN_FRAGMENT.exec(location.hash) ?? [];
  if (given === undefined) return null;
  history.replaceState(null, "", location.pathname);
  if (!isPossibleKey(given)) return null;
  keepKey(given);
  return given;
}

export function keyAtStart(): string | null {
  return takeKeyFromAddress() ?? sessionStorage.getItem(STORED);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(STORED, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED);
}

export function modeOf(key: string): "live" | "test" {
  return key.startsWith("rh_test_") ? "test" : "live";
}
