// The session of this tab, as a hook of the page.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { NOT_ACCEPTED } from "../shared/hooks.ts";
import {
  clearAddress,
  forgetKey,
  type Kept,
  keep,
  keepKey,
  keptSession,
  signOutEverywhere,
  watchSignOut,
} from "./session.ts";
import { openTabs } from "./tabs.ts";

export interface Signed {
  readonly key: string;
  /** Null until the API has told whose key it is. */
  readonly account: AccountView | null;
  /** Whether the user signed in on this page. Otherwise, the tab had the key already, or another tab did. */
  readonly isFresh: boolean;
}

export interface TabSession {
  /** Null if the tab has no key. */
  readonly signed: Signed | null;
  /** Whether the tab has just started, and asks the other tabs for their session. */
  readonly isAsking: boolean;
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  /** Joins the session of another tab as soon as there is one, until the returned function is called. */
  join(): () => void;
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
  const [tabs] = useState(openTabs);
  const [signed, setSigned] = useState<Signed | null>(() => {
    const kept = keptSession();
    if (kept === null) forgetKey();
    return kept && resumed(kept);
  });
  const [isAsking, setAsking] = useState(signed === null);
  const [reason, setReason] = useState("");
  const present = useRef(signed);
  present.current = signed;
  const resumeAs = (kept: Kept) => {
    keep(kept);
    setReason("");
    setSigned(resumed(kept));
  };
  // Before the first paint, because the answer decides what is painted.
  useLayoutEffect(() => {
    if (!isAsking) return;
    void tabs.ask().then((kept) => {
      if (kept !== null) resumeAs(kept);
      setAsking(false);
    });
  }, []);
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
    isAsking,
    reason,
    // The other tabs may have the key that was just refused.
    join: () => (reason === NOT_ACCEPTED ? () => {} : tabs.watch(resumeAs)),
    signIn(replaced, key, account) {
      if (present.current?.key !== replaced?.key) return;
      keepKey(key);
      tabs.use();
      setReason("");
      setSigned({ key, account, isFresh: true });
    },
    resume(key, account) {
      setSigned((now) => (now?.key === key ? { ...now, account } : now));
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

function resumed({ key }: Kept): Signed {
  return { key, account: null, isFresh: false };
}
