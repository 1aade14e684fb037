// One HTTP request that may create a generation, as src/http/acceptance.ts handles it. The Worker that handles it may
// die, and each call to an object may fail, or succeed although its answer is lost.

import type { Position } from "../../src/core/cursor.ts";
import type { Facts } from "../../src/core/generation/record.ts";
import type { Limits, Place } from "../../src/core/limits.ts";
import { limitsIn, orRelease, release, reserve } from "../../src/http/reservation.ts";
import type { AccountHost } from "./account.ts";
import { Died, type Faults } from "./faults.ts";
import type { Host } from "./host.ts";
import type { Claim } from "./ledger.ts";
import type { Timeline } from "./timeline.ts";

export interface RequestDeps {
  readonly time: Timeline;
  readonly faults: Faults;
  readonly host: Host;
  readonly account: AccountHost;
  readonly config: Parameters<typeof limitsIn>[0];
  readonly stagingMs: number;
  /** Called in the turn in which the account reserves this place. */
  onReserved(claim: Claim, limits: Limits): void;
  /**
   * Called when the request can no longer create a generation: it has ended or given its place back, or its Worker has
   * died.
   */
  onEnd(): void;
}

export type RequestEnd = "accepted" | "refused" | "failed";

const CREATE_TRIES = 3;

/** Handles a request. The promise never settles if the Worker dies. */
export async function handle(facts: Facts, deps: RequestDeps): Promise<RequestEnd> {
  const { onEnd } = deps;
  try {
    return await accept(facts, deps);
  } catch (cause) {
    if (cause instanceof CallFailed) return "failed";
    throw cause;
  } finally {
    onEnd();
  }
}

async function accept(unreserved: Facts, deps: RequestDeps): Promise<RequestEnd> {
  const { faults, host, account, config, stagingMs, onReserved, onEnd } = deps;
  const wasMade = () => call(deps, () => host.disk.load() !== null);
  const gateways = {
    generations: { wasMade },
    index: {
      reserve: (_: unknown, place: Place, limits: Limits) =>
        call(deps, () => account.reserve(place, limits, (reserved) => onReserved({ ...place, ...reserved }, limits))),
      release: (_: unknown, place: Position) => call(deps, () => account.release(place, onEnd)),
    },
    config,
  };
  const create = (facts: Facts, takeBy: number | null = null) =>
    call(deps, async () => {
      // As the object's `create` does.
      if (takeBy !== null && host.disk.load() === null && account.now > takeBy) throw new Died();
      const kind = await host.create(facts, null);
      if (kind === null) throw new Died();
      return kind;
    });
  if (await wasMade()) {
    await create(unreserved);
    return "accepted";
  }
  const reservation = await reserve(unreserved, limitsIn(config, unreserved.scope), gateways);
  if (reservation.kind !== "reserved") {
    faults.count(`refused: ${reservation.kind === "over_budget" ? reservation.refusal.kind : reservation.kind}`);
    return "refused";
  }
  const { facts, takeBy } = reservation;
  await orRelease(stage(deps, stagingMs), facts, gateways);
  const kind = await orRelease(
    repeatedly(() => create(facts, takeBy)),
    facts,
    gateways,
  );
  if (kind !== "created") await release(facts, gateways);
  faults.count(`request: ${kind}`);
  return "accepted";
}

/** As src/generation/generations.ts repeats a failed call. */
async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (cause) {
      if (tries === CREATE_TRIES) throw cause;
    }
  }
}

async function stage(deps: RequestDeps, stagingMs: number): Promise<void> {
  await new Promise<void>((resolve) => resume(deps, stagingMs, resolve));
  if (deps.faults.strikes("staging fails", 0.1)) throw new CallFailed();
}

class CallFailed extends Error {}

/** Calls an object over the network. */
function call<T>(deps: RequestDeps, work: () => T | Promise<T>): Promise<T> {
  const { time, faults } = deps;
  return new Promise((resolve, reject) => {
    const fail = () => resume(deps, faults.between(2, 200), () => reject(new CallFailed()));
    if (faults.strikes("call fails", 0.03)) {
      fail();
      return;
    }
    time.after(faults.between(2, 200), async () => {
      try {
        const answer = await work();
        if (faults.strikes("answer of a call lost", 0.03)) fail();
        else resume(deps, faults.between(2, 200), () => resolve(answer));
      } catch (cause) {
        if (!(cause instanceof Died)) throw cause;
        fail();
      }
    });
  });
}

/** Continues the Worker after a while, unless it dies. */
function resume({ time, faults, onEnd }: RequestDeps, afterMs: number, goOn: () => void): void {
  time.after(afterMs, async () => {
    if (faults.strikes("Worker dies during a request", 0.02)) {
      onEnd();
      return;
    }
    goOn();
    // Lets the code that awaited this run to its next await.
    for (let tick = 0; tick < 12; tick++) await Promise.resolve();
  });
}
