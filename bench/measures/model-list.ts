// Measures listing all models.

import type { Child } from "../harness/child.ts";
import { drive, first } from "../harness/load.ts";
import { cpuMs } from "../harness/machine.ts";
import { AUTHORIZED, type ServerKind } from "../servers.ts";
import { type Figures, withServer } from "./figures.ts";

const WARM_UP = 200;
const LISTS = 2_000;

export function modelList(kind: ServerKind, standIn: Child): Promise<Figures> {
  return withServer(kind, standIn, 10, async ({ url, pids }) => {
    const list = { url: `${url}/v1/models`, method: "GET", headers: AUTHORIZED } as const;
    await drive(1, list, first(WARM_UP));
    const cpu = cpuMs(pids);
    const { p50, p99, served, refused } = await drive(1, list, first(LISTS));
    return { "p50 ms": p50, "p99 ms": p99, "CPU ms a request": (cpuMs(pids) - cpu) / served, refused };
  });
}
