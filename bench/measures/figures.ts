// The result type of measurements, and helpers that they share.

import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../harness/child.ts";
import type { Seen } from "../harness/stand-in.ts";
import type { Server, ServerKind } from "../servers.ts";

/** Figures by column name, which includes the unit. */
export type Figures = Readonly<Record<string, number>>;

/** Runs a measurement on a new server. */
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

/**
 * @param seconds duration of a job at the provider.
 * @param interval seconds between polls.
 * @param more other parameters of `/reset` (stand-in.ts).
 */
export async function reset(
  { address }: Child,
  seconds: number,
  interval: number,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const query = new URLSearchParams({ seconds: String(seconds), interval: String(interval), ...more });
  await fetch(`${address}/reset?${query}`, { method: "POST" });
}

export async function seenBy({ address }: Child): Promise<Seen> {
  return (await (await fetch(`${address}/seen`)).json()) as Seen;
}

/** `calls`: callbacks so far. `called`: jobs with at least one callback. */
export async function progressOf({ address }: Child): Promise<{ readonly calls: number; readonly called: number }> {
  return (await (await fetch(`${address}/progress`)).json()) as { calls: number; called: number };
}

/** Waits until so many jobs have had a callback, but not longer than `patienceMs`. */
export async function allCalled(standIn: Child, jobs: number, patienceMs: number): Promise<void> {
  const patience = performance.now() + patienceMs;
  while ((await progressOf(standIn)).called < jobs && performance.now() < patience) await pause(50);
}
