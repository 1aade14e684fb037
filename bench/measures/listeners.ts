// Measures the memory that clients of `GET /v1/events` take if they never read: 10 keys of one account, 20 connections
// each, while generations of the account run to their end.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../harness/child.ts";
import { drive, first } from "../harness/load.ts";
import { memoryKb } from "../harness/machine.ts";
import { listenerKeys, type ServerKind } from "../servers.ts";
import { allCalled, type Figures, reset, withServer } from "./figures.ts";

const KEYS = 10;
const LISTENERS_PER_KEY = 20;
const JOB_SECONDS = 1.5;
const INTERVAL_SECONDS = 1;
const WARM_UP = 20;

/** Time for what is no longer needed to be freed. */
const SETTLE_MS = 1_000;

const PATIENCE_MS = 60_000;

/** @param areConnected whether the clients connect. Without them, only the generations are measured. */
export function listeners(
  kind: ServerKind,
  standIn: Child,
  generations: number,
  areConnected: boolean,
): Promise<Figures> {
  return withServer(kind, standIn, INTERVAL_SECONDS, async ({ url, submission, pids }) => {
    const run = async (count: number) => {
      await reset(standIn, JOB_SECONDS, INTERVAL_SECONDS);
      await drive(8, submission, first(count));
      await allCalled(standIn, count, PATIENCE_MS);
      await pause(SETTLE_MS);
    };
    const megabytes = () => (memoryKb(pids, "VmRSS") * 1024) / 1_000_000;
    await run(WARM_UP);
    const before = megabytes();
    const keys = areConnected ? listenerKeys(KEYS).flatMap((key) => Array<string>(LISTENERS_PER_KEY).fill(key)) : [];
    const sockets = await Promise.all(keys.map((key) => listen(url, key)));
    await pause(SETTLE_MS);
    const connected = megabytes();
    await run(generations);
    const after = megabytes();
    for (const socket of sockets) socket.destroy();
    return {
      "MB before": before,
      "MB more once connected": connected - before,
      "MB more after the generations": after - connected,
    };
  });
}

/** Connects, waits for the first bytes of the answer, and reads nothing more. */
async function listen(url: string, key: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(`GET /v1/events HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n\r\n`);
  await once(socket, "readable");
  return socket;
}
