// The session of this tab, as a hook of the page.

import { useEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { clearAddress, forgetKey, keepKey, keyAtStart, signOutEverywhere, watchSignOut } from "./session.ts";

export interface Signed {
  readonly key: string;
  /** Null after a reload, until the API has answered. */
  readonly account: AccountView | null;
}

export interface TabSession {
  /** Null if the tab has no key. */
  readonly signed: Signed | null;
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  /**
   * @param replaced the session that the user decided to replace. If it is no longer the current one, nothing happens.
   */
  signIn(replaced: Signed | null, key: string, account: AccountView): void;
  /** The API has told whose key it is. */
  resume(key: string, account: AccountView): void;
  /** @param why shown to the user. Without it, the user signs out, in all tabs. */
  signOut(why?: string): void;
}

export function useTabSession(): TabSession {
  const [signed, setSigned] = useState<Signed | null>(() => {
    const key = keyAtStart();
    return key === null ? null : { key, account: null };
  });
  const [reason, setReason] = useState("");
  const present = useRef(signed);
  present.current = signed;
  const leave = (why: string) => {
    setReason(why);
    setSigned(null);
  };
  useEffect(
    () =>
      watchSignOut(() => {
        clearAddress();
        leave("You signed out in another tab.");
      }),
    [],
  );
  return {
    signed,
    reason,
    signIn(replaced, key, account) {
      if (present.current?.key !== replaced?.key) return;
      keepKey(key);
      setReason("");
      setSigned({ key, account });
    },
    resume(key, account) {
      setSigned((now) => (now?.key === key ? { key, account } : now));
    },
    signOut(why) {
      if (why === undefined) {
        signOutEverywhere();
        clearAddress();
      } else forgetKey();
      leave(why ?? "");
    },
  };
}
