// Stands between the Worker and a receiver on a free port, and records the callbacks that pass.

import { createServer } from "node:http";
import { listen } from "./listening.ts";

export interface Callback {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class RecordingProxy {
  /** The first callback, and the status that the receiver answered it with. */
  readonly first: Promise<{ readonly callback: Callback; readonly status: number }>;
  #target = "";
  readonly #server;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<{ callback: Callback; status: number }>();
    this.first = promise;
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const signed = Object.entries(request.headers).filter(([name]) => /^(webhook|content)-[a-z]+$/.test(name));
      const headers = Object.fromEntries(signed.map(([name, value]) => [name, String(value)]));
      // fetch sets the length itself.
      delete headers["content-length"];
      const callback = { path: request.url ?? "/", headers, body: Buffer.concat(parts).toString() };
      const status = await this.send(callback);
      response.writeHead(status).end();
      resolve({ callback, status });
    });
  }

  /** @returns its address, which callbacks are to be sent to. */
  listen(): Promise<string> {
    return listen(this.#server);
  }

  /** @param target address of the receiver. */
  forwardTo(target: string): void {
    this.#target = target;
  }

  /** Sends a callback to the receiver. @returns the status of its answer. */
  async send({ path, headers, body }: Callback): Promise<number> {
    return (await fetch(this.#target + path, { method: "POST", headers, body })).status;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
