// Aborts a generation's object right before and right after each of its saves and outside calls, one run per point, on
// the real runtime. Every run must keep the invariants in `checkInvariants`.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { GenerationPage, GenerationView } from "../../src/contract/generation.ts";
import { isUnchanged } from "../../src/core/generation/changes.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import { AdapterExecutor } from "../../src/generation/executor.ts";
import { GenerationObject } from "../../src/generation/object.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { call, crash, eventually, type Played, play, read, request, stub, testEnv } from "./support.ts";

/** Where a run aborts its object: before or after its n-th save or call. */
interface Point {
  readonly what: "save" | "call";
  readonly nth: number;
  readonly side: "before" | "after";
}

interface Run {
  readonly counts: { save: number; call: number };
  readonly names: string[];
  point: Point | null;
  died: boolean;
}

/** Keyed by generation id, like `contexts`. */
const runs = new Map<string, Run>();
const contexts = new Map<string, DurableObjectState>();

function runOf(id: string): Run {
  const known = runs.get(id);
  if (known !== undefined) return known;
  const run: Run = { counts: { save: 0, call: 0 }, names: [], point: null, died: false };
  runs.set(id, run);
  return run;
}

/** Counts a save or call. Returns the side of it on which the object must be aborted, or null. */
function reach(id: string, what: Point["what"], name: string): Point["side"] | null {
  const run = runOf(id);
  const nth = ++run.counts[what];
  run.names.push(`${what} ${nth}: ${name}`);
  const { point } = run;
  if (run.died || point === null || point.what !== what || point.nth !== nth) return null;
  run.died = true;
  return point.side;
}

function die(id: string): void {
  contexts.get(id)?.abort("aborted by the test");
}

const never = () => new Promise<never>(() => {});

/** Hooks into every object's saves and outside calls, and records the context needed to abort it. */
function watchObjects(): void {
  const { create, alarm } = GenerationObject.prototype;
  const contextOf = (object: GenerationObject) => (object as unknown as { ctx: DurableObjectState }).ctx;
  vi.spyOn(GenerationObject.prototype, "create").mockImplementation(function (this: GenerationObject, facts, staged) {
    contexts.set(facts.id, contextOf(this));
    return create.call(this, facts, staged);
  });
  vi.spyOn(GenerationObject.prototype, "alarm").mockImplementation(function (this: GenerationObject, info) {
    const ctx = contextOf(this);
    const id = ctx.storage.kv.get<Generation>("generation")?.id;
    if (id !== undefined) contexts.set(id, ctx);
    return alarm.call(this, info);
  });

  const { commit } = GenerationStore.prototype;
  vi.spyOn(GenerationStore.prototype, "commit").mockImplementation(function (this: GenerationStore, life, changes) {
    if (isUnchanged(changes) || changes.mayWait) return commit.call(this, life, changes);
    const id = life?.generation.id ?? "";
    const side = reach(id, "save", changes.generation?.state.phase ?? "delivery");
    if (side === "before") die(id);
    commit.call(this, life, changes);
    const ctx = contexts.get(id);
    if (side === "after") ctx?.waitUntil(ctx.storage.sync().then(() => die(id)));
  });

  const { act } = AdapterExecutor.prototype;
  const around = async <T>(id: string, name: string, doIt: () => Promise<T>): Promise<T> => {
    const side = reach(id, "call", name);
    if (side === "before") {
      die(id);
      return never();
    }
    const outcome = await doIt();
    if (side !== "after") return outcome;
    die(id);
    return never();
  };
  vi.spyOn(AdapterExecutor.prototype, "act").mockImplementation(function (this: AdapterExecutor, ...args) {
    const [action, life] = args;
    return around(life.generation.id, action.kind, () => act.apply(this, args));
  });
}

/**
 * Moves a reconciling generation an hour into the past, past its deadline. A submission that was saved but never sent
 * looks like one whose answer was lost, so the object searches the provider's log for it until the deadline.
 */
async function age(id: string): Promise<void> {
  const isAged = await runInDurableObject(stub(id), (_, { storage }) => {
    const generation = storage.kv.get<Generation>("generation");
    if (generation?.state.phase !== "reconciling") return false;
    const sentAt = generation.state.sentAt - HOUR_MS;
    storage.kv.put("generation", {
      ...generation,
      createdAt: generation.createdAt - HOUR_MS,
      state: { ...generation.state, sentAt },
    });
    return true;
  });
  // Makes the object read its record from storage again.
  if (isAged) await crash(id);
}

const HOUR_MS = 3_600_000;

const uri = `data:video/mp4;base64,${btoa("x".repeat(2_000))}`;

/** Runs one generation to its end: repeats a failed create call, and wakes the object early after a crash. */
async function live(point: Point | null): Promise<{ run: Run; world: Played; done: GenerationView }> {
  const world = await play({
    poll: [GENERATING, COMPLETED],
    hooks: { in: [{ status: 204 }, { status: 500 }, { status: 204 }] },
  });
  const events = ["generation.started", "generation.completed", "generation.failed"];
  const json = request(world.prompt, { video_url: uri, webhooks: [{ url: world.hook("in"), events }] });
  const headers = { "idempotency-key": world.name };
  // The id derives from the Idempotency-Key, so it is known before the request is sent.
  const { generationIdFor } = await import("../../src/contract/ids.ts");
  const id = await generationIdFor({ account: "acme", mode: "live" }, world.name);
  const run = runOf(id);
  run.point = point;
  await eventually(
    () => call("/v1/generations", { json, headers }),
    ({ status }) => status === 202,
  );
  let wokenAt = 0;
  const done = await eventually(
    async () => {
      // The alarm fires within seconds anyway; running it here saves time.
      if (run.died && Date.now() - wokenAt > 1_500) {
        wokenAt = Date.now();
        if ((await world.calls("submit")).length === 0) await age(id);
        await runDurableObjectAlarm(stub(id)).catch(() => {});
      }
      return read(id);
    },
    ({ webhooks }) => webhooks?.[0]?.state === "delivered",
  );
  // The account learns how the deliveries went.
  const count = new Set((await world.calls("hook")).map(({ headers }) => headers["webhook-id"])).size;
  await eventually(
    async () => {
      if (run.died) await runDurableObjectAlarm(stub(id)).catch(() => {});
      return (await call(`/v1/generations?q=${id}`)).json<GenerationPage>();
    },
    // An aged generation has two rows, because its time of acceptance is part of their key.
    ({ data }) => data.some(({ deliveries }) => deliveries?.delivered === count),
  );
  return { run, world, done };
}

async function checkInvariants({ world, done }: { world: Played; done: GenerationView }): Promise<void> {
  const submissions = await world.calls("submit");
  expect(submissions.length).toBeLessThanOrEqual(1);
  const hooks = await world.calls("hook");
  const wasSent = submissions.length === 1;
  if (wasSent) expect(done).toMatchObject({ status: "completed", video: { bytes: 100_000 } });
  else expect(done).toMatchObject({ status: "failed", error: { code: "submission_unknown" } });
  for (const type of wasSent ? ["generation.started", "generation.completed"] : ["generation.failed"]) {
    const attempts = hooks.filter(({ body }) => JSON.parse(body).type === type);
    expect(attempts.length, type).toBeGreaterThan(0);
    expect(new Set(attempts.map(({ headers }) => headers["webhook-id"])).size, type).toBe(1);
    expect(new Set(attempts.map(({ body }) => body)).size, type).toBe(1);
  }
  expect((await testEnv.VIDEOS.head(`videos/acme/live/${done.id}.mp4`))?.size).toBe(wasSent ? 100_000 : undefined);
  await eventually(
    () => testEnv.VIDEOS.list({ prefix: `inputs/acme/live/${done.id}` }),
    ({ objects }) => objects.length === 0,
  );
}

describe("an object that is aborted at any step of a generation", () => {
  let whole: Run;

  beforeAll(async () => {
    watchObjects();
    const life = await live(null);
    await checkInvariants(life);
    whole = life.run;
  });

  it("makes all expected saves and calls when nothing fails", () => {
    // At least these saves: accepted and sent, answered, input deleted, started, done, stored, and three attempts. And
    // every kind of call.
    expect(whole.counts.save).toBeGreaterThanOrEqual(9);
    const calls = whole.names.filter((name) => name.startsWith("call")).map((name) => name.split(": ")[1]);
    expect(new Set(calls)).toEqual(new Set(["submit", "report", "delete-input", "poll", "deliver", "store"]));
  });

  it.each(["save", "call"] as const)(
    "keeps every invariant, whichever %s it was aborted at",
    async (what) => {
      const points = Array.from({ length: whole.counts[what] }, (_, at) => at + 1).flatMap((nth) =>
        (["before", "after"] as const).map((side): Point => ({ what, nth, side })),
      );
      const ended = await Promise.allSettled(
        points.map(async (point) => {
          const life = await live(point);
          expect(life.run.died).toBe(true);
          await checkInvariants(life);
        }),
      );
      const broken = ended.flatMap((result, at) =>
        result.status === "rejected" ? [`${JSON.stringify(points[at])}: ${String(result.reason).slice(0, 500)}`] : [],
      );
      expect(broken).toEqual([]);
    },
    120_000,
  );
});
