// The object dies right before and right after each of its saves and each of its calls to the outside, one run for each,
// on the real runtime. Every run must end as if nothing had happened.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { isUnchanged } from "../../src/core/generation/changes.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { GenerationView } from "../../src/core/generation/view.ts";
import { AdapterExecutor } from "../../src/generation/executor.ts";
import { GenerationObject } from "../../src/generation/object.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { call, crash, eventually, type Played, play, read, request, stub, testEnv } from "./support.ts";

/** Where a run's object shall die: at its n-th save or call. */
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

/** By the generation's id. */
const runs = new Map<string, Run>();
const contexts = new Map<string, DurableObjectState>();

function runOf(id: string): Run {
  const known = runs.get(id);
  if (known !== undefined) return known;
  const run: Run = { counts: { save: 0, call: 0 }, names: [], point: null, died: false };
  runs.set(id, run);
  return run;
}

/** Counts this one, and says on which side of it the object dies, if it does. */
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
  contexts.get(id)?.abort("a test let it die");
}

const never = () => new Promise<never>(() => {});

/** Watches every object: its saves, its calls, and the context by which it can be ended. */
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
 * A submission that was saved and never left cannot be told from one that was lost on its way back: it is looked for until
 * the deadline, which this brings about.
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
  // What is stored is read anew.
  if (isAged) await crash(id);
}

const HOUR_MS = 3_600_000;

const uri = `data:video/mp4;base64,${btoa("x".repeat(2_000))}`;

/** One whole life, its caller repeating whatever broke, its object woken early when it died. */
async function live(point: Point | null): Promise<{ run: Run; world: Played; done: GenerationView }> {
  const world = await play({ poll: [GENERATING, COMPLETED], hooks: { in: [{ status: 500 }, { status: 204 }] } });
  const events = ["generation.started", "generation.completed", "generation.failed"];
  const json = request(world.prompt, { video_url: uri, webhooks: [{ url: world.hook("in"), events }] });
  const headers = { "idempotency-key": world.name };
  // The id is known before the request is sent: the key derives it.
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
      // The alarm would come within seconds; the test does not wait for it.
      if (run.died && Date.now() - wokenAt > 1_500) {
        wokenAt = Date.now();
        if ((await world.calls("submit")).length === 0) await age(id);
        await runDurableObjectAlarm(stub(id)).catch(() => {});
      }
      return read(id);
    },
    ({ webhooks }) => webhooks?.[0]?.state === "delivered",
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

describe("an object that dies at any step of a generation", () => {
  let whole: Run;

  beforeAll(async () => {
    watchObjects();
    const life = await live(null);
    await checkInvariants(life);
    whole = life.run;
  });

  it("has so many steps in a life without trouble", () => {
    // At least: accepted and sent, answered, unstaged, started, done, stored, the attempts of two events, and that the account
    // has heard; and each call once.
    expect(whole.counts.save).toBeGreaterThanOrEqual(10);
    const calls = whole.names.filter((name) => name.startsWith("call")).map((name) => name.split(": ")[1]);
    expect(new Set(calls)).toEqual(new Set(["submit", "report", "delete-input", "poll", "deliver", "store"]));
  });

  it.each(["save", "call"] as const)(
    "ends as if nothing had happened, whichever %s it died at",
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
