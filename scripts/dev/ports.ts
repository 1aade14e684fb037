// Ports on this machine.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

const TRIES = 100;

/** Checked so that a printed address leads to this server, not to another one on the port. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "localhost", () => server.close(() => resolve(true)));
  });
}

export async function firstFreePort(from: number): Promise<number> {
  for (let port = from; port < from + TRIES; port++) if (await isFree(port)) return port;
  return from;
}

/** Listens on loopback, on the first free port. @param from 0 for any port. @param except is not taken. @returns the port. */
export async function listenFrom(server: Server, from: number, except: number): Promise<number> {
  for (let port = from; ; port++) {
    if (port === except) continue;
    try {
      server.listen(port, "localhost");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    } catch (cause) {
      const isTaken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!isTaken || port === from + TRIES) throw cause;
    }
  }
}
