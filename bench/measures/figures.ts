// What a measurement comes to, and what measurements share.

import type { Child } from "../harness/child.ts";
import type { Seen } from "../harness/stand-in.ts";
import type { Server, ServerKind } from "../servers.ts";

/** From the name of a column, with its unit, to its figure. */
export type Figures = Readonly<Record<string, number>>;

/** For each measurement a server of its own. */
export async function withServer<T>(
  kind: ServerKind,
  standIn: Child,
  intervalSeconds: number,
  measure: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await kind.start(standIn.address, intervalSeconds);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** @param seconds how long a job takes at the provider. @param interval of polls, in seconds. */
export async function reset({ address }: Child, seconds: number, interval: number): Promise<void> {
  await fetch(`${address}/reset?seconds=${seconds}&interval=${interval}`, { method: "POST" });
}

export async function seenBy({ address }: Child): Promise<Seen> {
  return (await (await fetch(`${address}/seen`)).json()) as Seen;
}

/** Callbacks so far, and jobs of which at least one has come. */
export async function progressOf({ address }: Child): Promise<{ readonly calls: number; readonly called: number }> {
  return (await (await fetch(`${address}/progress`)).json()) as { calls: number; called: number };
}
