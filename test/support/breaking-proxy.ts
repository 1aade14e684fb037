// A proxy on loopback that loses answers and breaks streams when a test asks for it.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { listen } from "./listening.ts";

export class BreakingProxy {
  readonly #upstream: string;
  #url = "";
  readonly #server = createServer((asked, answer) => void this.#pass(asked, answer));
  /** Parts of request bodies whose next answer is lost. */
  readonly #toLose = new Set<string>();
  /** Parts of paths whose next event stream breaks. */
  readonly #toBreak = new Set<string>();
  /** The answers that were lost. */
  lost = "";

  constructor(upstream: string) {
    this.#upstream = upstream;
  }

  async start(): Promise<void> {
    this.#url = await listen(this.#server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return this.#url;
  }

  /** Closes the connection instead of the answer to the next request whose body has this text. */
  loseAnswerTo(text: string): void {
    this.#toLose.add(text);
  }

  /** Closes the connection of the next stream whose path has this text, in the middle of its second event. */
  breakStreamOf(text: string): void {
    this.#toBreak.add(text);
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part);
    const body = Buffer.concat(parts);
    const { url = "", method } = asked;
    // A lost answer is kept as text.
    const { "accept-encoding": _, ...headers } = asked.headers;
    const upstream = request(this.#upstream + url, { method, headers }, (response) => {
      if (taken(this.#toLose, body.toString("utf8"))) return void this.#lose(response, answer);
      answer.writeHead(response.statusCode ?? 0, response.headers);
      if (taken(this.#toBreak, url)) void breakAfterOne(response, answer);
      else response.pipe(answer);
    });
    answer.once("close", () => upstream.destroy());
    upstream.once("error", () => answer.destroy());
    upstream.end(body);
  }

  async #lose(response: IncomingMessage, answer: ServerResponse): Promise<void> {
    response.setEncoding("utf8");
    for await (const part of response) this.lost += part;
    answer.destroy();
  }
}

/** Whether the text has one of the parts, which is then taken out. */
function taken(parts: Set<string>, text: string): boolean {
  const part = [...parts].find((each) => text.includes(each));
  return part !== undefined && parts.delete(part);
}

async function breakAfterOne(response: IncomingMessage, answer: ServerResponse): Promise<void> {
  let text = "";
  response.setEncoding("utf8");
  for await (const part of response) {
    text += part;
    const second = text.indexOf("\n\n") + 2;
    if (second < 2 || text.length < second + 10) continue;
    answer.write(text.slice(0, second + 10), () => answer.destroy());
    return;
  }
}
