// A client of event streams.

import { expect } from "vitest";
import { call } from "./support.ts";

export interface Told {
  readonly id: string;
  readonly event: string;
  /** As it was sent. */
  readonly text: string;
  readonly data: { readonly type?: string; readonly data?: Record<string, unknown> };
}

/** Reads a stream of server-sent events as a browser does. */
export class Listener {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error("no stream");
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Returns null once the stream has ended. */
  async next(): Promise<Told | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end === -1) {
        const { done, value } = await this.#reader.read();
        if (done) return null;
        this.#text += value;
        continue;
      }
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
      const text = field("data");
      if (field("event") !== "") return { id: field("id"), event: field("event"), text, data: JSON.parse(text) };
    }
  }

  async until(last: (told: Told) => boolean): Promise<Told[]> {
    const all: Told[] = [];
    for (let told = await this.next(); told !== null; told = await this.next()) {
      all.push(told);
      if (last(told)) break;
    }
    return all;
  }

  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}

export async function listen(path: string, { key, after }: { key?: string; after?: string } = {}): Promise<Listener> {
  const headers = { accept: "text/event-stream", ...(after === undefined ? {} : { "last-event-id": after }) };
  const response = await call(path, { headers, ...(key === undefined ? {} : { key }) });
  if (response.status !== 200) throw new Error(`${response.status}`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  expect(response.headers.get("ratelimit-policy")).not.toBeNull();
  return new Listener(response);
}
