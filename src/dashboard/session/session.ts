// The API key of the signed-in user: kept until the tab closes or any tab signs out, and sent only in a header. Other tabs
// of the browser can ask for it (tabs.ts).

import { randomId } from "../shared/random.ts";

const KEY = "reelhook.key";

/** In localStorage: the id of the last sign-out. In sessionStorage: that id at the time when the user signed in. */
const SIGN_OUT = "reelhook.sign-out";

const IN_FRAGMENT = /^#\/?key=(.*)$/is;

/** Characters that a header can carry. */
const POSSIBLE = /^[\x21-\x7e]{1,500}$/;

export function isPossibleKey(key: string): boolean {
  return POSSIBLE.test(key);
}

/**
 * Takes the key out of the page's address at once, because addresses are copied, logged and kept in the history. Nothing
 * signs in with it until the user agrees (linked-key.tsx), because any site can link to any address.
 *
 * @param place fragment that the address gets instead.
 * @returns null if there is no key. A key may have characters that cannot be sent.
 */
export function takeKeyFromAddress(place = ""): string | null {
  const [, given] = IN_FRAGMENT.exec(location.hash) ?? [];
  if (given === undefined) return null;
  history.replaceState(null, "", location.pathname + place);
  return given;
}

/** Calls `onKey` with each key that arrives in the address. The address returns to the place that it showed before. */
export function watchAddress(onKey: (key: string) => void): () => void {
  const follow = (event: HashChangeEvent) => {
    const before = event.oldURL === "" ? "" : new URL(event.oldURL).hash;
    const given = takeKeyFromAddress(IN_FRAGMENT.test(before) ? "" : before);
    if (given === null) return;
    event.stopImmediatePropagation();
    onKey(given);
  };
  // Capturing listeners run first, so the router does not leave the current page.
  addEventListener("hashchange", follow, { capture: true });
  return () => removeEventListener("hashchange", follow, { capture: true });
}

/** The page in the address belongs to the account that was left. */
export function clearAddress(): void {
  history.replaceState(null, "", location.pathname);
  // Browsers send no event for `replaceState`.
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** A session as a tab keeps it. */
export interface Kept {
  readonly key: string;
  /** Id of the last sign-out before the user signed in. A session from before a later one has ended. */
  readonly signOut: string;
}

/** Null if this tab is signed out. */
export function keptSession(): Kept | null {
  const kept = { key: sessionStorage.getItem(KEY), signOut: sessionStorage.getItem(SIGN_OUT) ?? "" };
  return isUsable(kept) ? kept : null;
}

/** Whether this is a session that has not ended. */
export function isUsable(kept: { readonly key: unknown; readonly signOut: unknown }): kept is Kept {
  return typeof kept.key === "string" && isPossibleKey(kept.key) && kept.signOut === lastSignOut();
}

export function keep({ key, signOut }: Kept): void {
  sessionStorage.setItem(KEY, key);
  sessionStorage.setItem(SIGN_OUT, signOut);
}

/** Keeps the key with which the user signs in. */
export function keepKey(key: string): void {
  keep({ key, signOut: lastSignOut() });
}

export function forgetKey(): void {
  sessionStorage.clear();
}

/** Ends the sessions of all tabs, including those that the browser has frozen or can reopen. */
export function signOutEverywhere(): void {
  localStorage.setItem(SIGN_OUT, randomId());
  forgetKey();
}

/** Calls `onSignOut` when another tab has signed out. */
export function watchSignOut(onSignOut: () => void): () => void {
  const check = () => {
    if (sessionStorage.getItem(KEY) === null || keptSession() !== null) return;
    forgetKey();
    onSignOut();
  };
  addEventListener("storage", check);
  // A frozen page gets no storage events; going back to it shows it again.
  addEventListener("pageshow", check);
  return () => {
    removeEventListener("storage", check);
    removeEventListener("pageshow", check);
  };
}

function lastSignOut(): string {
  return localStorage.getItem(SIGN_OUT) ?? "";
}
