// A local webhook receiver that verifies each callback with the official Standard Webhooks library.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export interface Callback {
  readonly type: string;
  readonly verified: boolean;
  /** The generation at the time of the event. */
  readonly data: { readonly id: string; readonly status: string };
}

export interface Receiver {
  readonly url: string;
  /** Must be set before the first callback arrives. */
  secret: string;
  stop(): Promise<void>;
}

export async function startReceiver(onCallback: (callback: Callback) => void): Promise<Receiver> {
  const receiver = { url: "", secret: "", stop };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString("utf8");
    let verified = true;
    try {
      new Webhook(receiver.secret).verify(body, request.headers as Record<string, string>);
    } catch {
      verified = false;
    }
    response.writeHead(verified ? 204 : 401).end();
    const { type, data } = JSON.parse(body) as Pick<Callback, "type" | "data">;
    onCallback({ type, data, verified });
  });
  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
  return receiver;
}
