// Reads server-sent events with an API key; EventSource cannot send headers. Reconnects automatically and resumes after
// the last received event.

import { authorization } from "./api.ts";

export interface LiveEvent {
  readonly type: string;
  readonly data: unknown;
}

interface Listening {
  readonly key: string;
  /** On `/v1/events`, each connection starts with `open`, `resumed` (no event was missed) or `reset` (some may be). */
  onEvent(event: LiveEvent): void;
  onConnected?(isConnected: boolean): void;
  /** The API key is invalid. */
  onRefused?(): void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** Wait after a 4xx other than 401, 404 and 429. */
const REFUSED_WAIT_MS = 60_000;

/** The server sends a comment every 15 seconds. After this long without data the connection is dead. */
const SILENCE_MS = 40_000;

/** Listens until the returned function is called. */
export function listen(path: string, listening: Listening): () => void {
  const abort = new AbortController();
  void run(path, listening, abort.signal);
  return () => abort.abort();
}

async function run(
  path: string,
  { key, onEvent, onConnected, onRefused }: Listening,
  signal: AbortSignal,
): Promise<void> {
  let lastId = "";
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    // Browsers allow six connections per host over HTTP/1.1, so a hidden tab holds none.
    await untilSeen(signal);
    const line = new Line(signal);
    try {
      const headers = {
        accept: "text/event-stream",
        ...authorization(key),
        ...(lastId === "" ? {} : { "last-event-id": lastId }),
      };
      const response = await fetch(path, { headers, signal: line.signal });
      if (response.status === 401) return onRefused?.();
      // 204: no more events will follow. 404: the generation does not exist.
      if (response.status === 204 || response.status === 404) return;
      if (response.status >= 400 && response.status < 500 && response.status !== 429) wait = REFUSED_WAIT_MS;
      if (response.ok && response.body !== null) {
        wait = FIRST_WAIT_MS;
        onConnected?.(true);
        const isResumed = lastId !== "";
        await readEvents(response.body, line, (id, { type, data }) => {
          if (id !== "") lastId = id;
          onEvent({ type: isResumed && type === "open" ? "resumed" : type, data });
        });
      }
    } catch {
      // Connection lost: retried below.
    } finally {
      line.close();
    }
    if (signal.aborted) return;
    if (line.isHidden) continue;
    onConnected?.(false);
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, Math.max(wait, LONGEST_WAIT_MS));
  }
}

async function untilSeen(signal: AbortSignal): Promise<void> {
  while (document.hidden && !signal.aborted) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

/** One connection: aborted after `SILENCE_MS` without data, or when the page is hidden. */
class Line {
  isHidden = false;
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    outer.addEventListener("abort", this.#cut);
    document.addEventListener("visibilitychange", this.#hide);
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#cut, SILENCE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#cut);
    document.removeEventListener("visibilitychange", this.#hide);
  }

  readonly #cut = () => this.#abort.abort();

  readonly #hide = () => {
    this.isHidden = document.hidden;
    if (this.isHidden) this.#cut();
  };
}

async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  line: Line,
  onEvent: (id: string, event: LiveEvent) => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    line.heard();
    text += value;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
      if (field("event") !== "") onEvent(field("id"), { type: field("event"), data: JSON.parse(field("data")) });
    }
  }
}
