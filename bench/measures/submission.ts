// Measures how fast generations are accepted.

import type { Child } from "../harness/child.ts";
import { drive, during, first } from "../harness/load.ts";
import { cpuMs, mostObjects } from "../harness/machine.ts";
import type { ServerKind } from "../servers.ts";
import { type Figures, reset, withServer } from "./figures.ts";

const CONNECTIONS = 32;
const WARM_UP = 300;
const MEASURED_MS = 4_000;

/** The poll interval is so long that no job is polled meanwhile. */
export function submission(kind: ServerKind, standIn: Child): Promise<Figures> {
  return withServer(kind, standIn, 600, async ({ submission, pids }) => {
    await reset(standIn, 3_600, 600);
    await drive(CONNECTIONS, submission, first(WARM_UP));
    const most = mostObjects(pids) - WARM_UP;
    const cpu = cpuMs(pids);
    const load = await drive(CONNECTIONS, submission, during(MEASURED_MS, most));
    return {
      "requests a second": load.perSecond,
      "p50 ms": load.p50,
      "p99 ms": load.p99,
      "CPU ms a request": (cpuMs(pids) - cpu) / load.served,
      refused: load.refused,
    };
  });
}
