// What was typed in the playground, kept over Back for the session, and over a reload of the page in the tab.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Client } from "../shared/api.ts";
import { useSession } from "../shared/hooks.ts";
import { type Attempt, type Draft, draftText, readDraft } from "./draft.ts";
import type { Entry } from "./request.ts";

/** Longer data URIs are not stored: browsers keep about five million characters in all, and writing takes time. */
const MAX_STORED_URI = 100_000;

/** With whole files. A new session has a new client. */
const inMemory = new WeakMap<Client, Map<string, Draft>>();

interface KeptDraft {
  readonly model: string;
  readonly entry: Entry;
  /** Changing it does not render. */
  readonly attempt: { current: Attempt };
  setModel(id: string): void;
  setEntry(next: Entry | ((before: Entry) => Entry)): void;
  /** Keeps the current attempt. Everything else is kept when it changes. */
  keep(): void;
}

/**
 * @param place the page that the draft belongs to. Accounts and modes have drafts of their own.
 * @param start the draft if none is kept.
 */
export function useDraft(place: string, start: () => Draft): KeptDraft {
  const {
    client,
    account: { name, mode },
  } = useSession();
  // forgetKey in session/session.ts removes it at sign-out.
  const key = `reelhook.playground.${name}.${mode}.${place}`;
  const [first] = useState(() => inMemory.get(client)?.get(key) ?? readDraft(sessionStorage.getItem(key)) ?? start());
  const [model, setModel] = useState(first.model);
  const [entry, setEntry] = useState(first.entry);
  const attempt = useRef(first.attempt);
  const typed = useRef({ model, entry });
  typed.current = { model, entry };
  const isLeft = useRef(false);
  const keep = () => {
    const draft = { ...typed.current, attempt: attempt.current };
    const drafts = inMemory.get(client) ?? new Map<string, Draft>();
    inMemory.set(client, drafts.set(key, draft));
    // A page that was left must not store anything: the user may have signed out.
    if (!isLeft.current) store(key, draft);
  };
  useLayoutEffect(() => {
    if (model !== first.model || entry !== first.entry) keep();
  }, [model, entry]);
  useEffect(
    () => () => {
      isLeft.current = true;
    },
    [],
  );
  return { model, entry, attempt, setModel, setEntry, keep };
}

function store(key: string, draft: Draft): void {
  for (const longest of [MAX_STORED_URI, 0]) {
    try {
      sessionStorage.setItem(key, draftText(draft, longest));
      return;
    } catch {
      // Full, or not allowed. The draft is then stored without small files, or not at all.
    }
  }
}
