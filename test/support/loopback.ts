// A server on loopback that answers each request with the next of the answers that a test gives it.

import { createServer, type ServerResponse } from "node:http";
import { listen } from "./listening.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received) => void;

export class Loopback {
  readonly received: Received[] = [];
  #url = "";
  readonly #answers: Answer[] = [];
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const body = Buffer.concat(parts).toString("utf8");
      const received = { method, path: url, headers: headers as Received["headers"], body };
      this.received.push(received);
      const answer = this.#answers.shift();
      if (answer === undefined) response.writeHead(418).end("The test has no answer for this request.");
      else answer(response, received);
    });
  });

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

  /** Forgets earlier requests and answers. */
  answer(...answers: readonly Answer[]): void {
    this.received.length = 0;
    this.#answers.splice(0, Number.POSITIVE_INFINITY, ...answers);
  }
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

export function problem(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = { type: "about:blank", title: "T", status, detail: "It failed.", code, request_id: "req_1" };
  return json(body, status, { "content-type": "application/problem+json", ...headers });
}

export function html(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers }).end("<h1>Somebody else</h1>");
  };
}

/** Closes the connection without an answer. */
export const reset: Answer = (response) => {
  response.destroy();
};

/** Breaks off in the middle of the body. */
export const cut: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"id":', () => response.destroy());
};

/** An event stream of these parts, which then stays open, ends or breaks off. */
export function stream(parts: readonly (string | Uint8Array)[], after: "stays" | "ends" | "breaks" = "stays"): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    for (const part of parts) {
      await new Promise<void>((resolve) => response.write(part, () => setImmediate(resolve)));
    }
    if (after === "ends") response.end();
    if (after === "breaks") response.destroy();
  };
}
