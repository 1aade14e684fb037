// The API key of whoever looks at the page: kept until the tab closes, and sent as a header only.

const STORED = "reelhook.key";
const IN_FRAGMENT = /^#key=([^&]+)$/;

/** What a header can carry. */
const POSSIBLE = /^[\x21-\x7e]{1,500}$/;

export function isPossibleKey(key: string): boolean {
  return POSSIBLE.test(key);
}

/** A key in the address is taken out of it at once: addresses are copied, logged and kept. Null when there is none. */
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
