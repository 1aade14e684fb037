// The session that the tabs of this browser share: a tab without a key asks the others for theirs. Only pages of this
// origin can take part. docs/adr/0020-one-session-for-all-tabs.md says why it works this way.

import { randomId } from "../shared/random.ts";
import { isUsable, type Kept, keptSession } from "./session.ts";

/** Tabs answer within milliseconds, unless the browser is busy or has frozen them. */
const ANSWER_MS = 150;

interface Answer extends Kept {
  readonly type: "answer";
  /** The id of the tab that asked. */
  readonly to: string;
  /** When the answering tab was last used, in milliseconds since the Unix epoch. */
  readonly usedAt: number;
  /** Whether no other tab was used after it. */
  readonly isLatest: boolean;
}

type Message =
  | { readonly type: "ask"; readonly from: string }
  | Answer
  /** Tells that the user works in a tab that has a key, or has just signed in there. */
  | { readonly type: "used" };

export interface Tabs {
  /** The session of the tab that was used last. Null if no tab has answered in time. */
  ask(): Promise<Kept | null>;
  /**
   * Calls `onSession` with the session of a tab that was slow to answer, or in which the user signs in later.
   *
   * @returns a function that ends it.
   */
  watch(onSession: (kept: Kept) => void): () => void;
  /** Tells the other tabs that the user works in this one. */
  use(): void;
}

/** Also answers the other tabs from now on, while this tab has a key. */
export function openTabs(): Tabs {
  const id = randomId();
  const channel = new BroadcastChannel("reelhook.session");
  const send = (message: Message) => channel.postMessage(message);
  const askAll = () => send({ type: "ask", from: id });
  const listeners = new Set<(message: Message) => void>();
  let usedAt = 0;
  let isLatest = false;
  channel.onmessage = ({ data: message }: MessageEvent<Message>) => {
    if (message.type === "used") isLatest = false;
    if (message.type === "ask") {
      const kept = keptSession();
      if (kept !== null) send({ ...kept, type: "answer", to: message.from, usedAt, isLatest });
    }
    const isOurs = message.type !== "answer" || (message.to === id && isUsable(message));
    if (isOurs) for (const tell of listeners) tell(message);
  };
  const use = () => {
    if (keptSession() === null) return;
    usedAt = Date.now();
    isLatest = true;
    send({ type: "used" });
  };
  addEventListener("focus", use);
  if (document.hasFocus()) use();
  return {
    use,
    ask: () =>
      new Promise((resolve) => {
        let best: Answer | null = null;
        const end = () => {
          clearTimeout(timer);
          listeners.delete(listen);
          resolve(best);
        };
        const listen = (message: Message) => {
          if (message.type !== "answer") return;
          if (best === null || message.isLatest || message.usedAt > best.usedAt) best = message;
          if (message.isLatest) end();
        };
        const timer = setTimeout(end, ANSWER_MS);
        listeners.add(listen);
        askAll();
      }),
    watch(onSession) {
      const listen = (message: Message) => {
        if (message.type === "used") askAll();
        if (message.type === "answer") onSession(message);
      };
      listeners.add(listen);
      askAll();
      return () => void listeners.delete(listen);
    },
  };
}
