// Kills the runtime with SIGKILL at random moments, with generations in flight and in line, and all state on disk. Eight
// kills by default, sixty with `npm run kill`. KILLS, GENERATIONS and SEED set other numbers.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { UsageView } from "../../src/contract/usage.ts";
import { chanceFrom } from "../simulation/plan.ts";
import { listAnswer, listed, smallCatalogue } from "../support/catalogue.ts";
import { descendantsOf } from "../support/processes.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, OTHER, type Stage, setStage } from "../support/stage.ts";
import type { World } from "../support/world.ts";

const KILLS = Number(process.env["KILLS"] ?? 8);
const GENERATIONS = Number(process.env["GENERATIONS"] ?? 40);
const SEED = Number(process.env["SEED"] ?? 1);

/** Time after the last kill for all generations to end and all webhooks to be delivered. */
const PATIENCE_MS = 240_000;

/** A kill and the start of the next runtime take about 2 s on two cores. */
const KILL_MS = 2_000;

/** Spreads the generations over the kills, so that each kill meets some in flight. The mean pause is half as long. */
const MOST_PAUSE_MS = Math.max(150, (1.5 * KILL_MS * KILLS) / GENERATIONS);

/** Jobs that the provider takes at once. More generations than that are in flight at times, so that a line forms. */
const PLACES = 5;

/**
 * A kill delays the generations whose calls it has cut off, and others have their turns meanwhile. By chance, it would be
 * half of all pairs.
 */
const MOST_OUT_OF_ORDER = 0.25;

/** Number of generations polled at once. */
const AT_ONCE = 20;

/** In dollars. The provider states that a job has cost less. */
const ESTIMATE = 1;
const CHARGED = 0.25;

/** Requests that are sent on a small budget right before each kill, and not repeated. */
const LOST_REQUESTS = 2;

/** Generations for which the small budget has room: all of these and two more. */
const SMALL = LOST_REQUESTS * KILLS + 2;

/** In dollars. The first has room for every generation that is not on the small budget. */
const BUDGETS = { acme: { usd_per_month: GENERATIONS * ESTIMATE }, other: { usd_per_month: SMALL * ESTIMATE } };

/** A longer run waits for reservations that were lost right before the last kill. */
const IS_LONG = KILLS > 8;

/** A lost reservation is given back within a minute. The rest is for a busy machine. */
const RESERVED_MS = 90_000;

const folder = mkdtempSync(join(tmpdir(), "reelhook-kill-"));
const chance = chanceFrom(SEED);
const MODEL = "runway/gen4_aleph";

let stage: Stage;
let world: World;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  stage = await setStage({
    persistTo: folder,
    settings: {
      GENERATION_TIMEOUT_SECONDS: "30",
      RETRY_DELAYS_SECONDS: "1,1,1,2,2,2,4,4,4,8,8",
      BUDGETS: JSON.stringify(BUDGETS),
    },
  });
  world = stage.world;
  world.places = PLACES;
  const pricing = { kind: "fixed", units: [{ name: "Video", measure: "video", price: ESTIMATE, per: 1 }] };
  world.playCatalogue(smallCatalogue({ models: [listAnswer([listed(MODEL, { pricing })])] }));
  // Reads the catalogue. A generation without a known price would run alone.
  expect(JSON.stringify(await persistently("/v1/models"))).toContain('"measure":"video"');
});

afterAll(async () => {
  await stage.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Repeats a request until all of its answer has arrived with a status below 500, because the runtime may be down.
 *
 * @returns the answer. @throws after 600 tries.
 */
async function persistently<T = unknown>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${LIVE}`, "content-type": "application/json", ...init.headers };
  for (let tries = 0; tries < 600; tries++) {
    try {
      const response = await fetch(`${stage.url}${path}`, { ...init, headers });
      const answer = (await response.json()) as T;
      if (response.status < 500) return answer;
    } catch {
      // Refused or cut off: the runtime is restarting.
    }
    await pause(100);
  }
  throw new Error(`no answer from ${path}`);
}

function accept(name: string): Promise<{ readonly id: string }> {
  const webhooks = ["a", "b"].map((receiver) => ({ url: `${world.url}/hooks/${name}/${receiver}` }));
  return persistently("/v1/generations", {
    method: "POST",
    headers: { "idempotency-key": name },
    body: JSON.stringify({ prompt: `scenario=${name}`, video_url: "https://example.com/v.mp4", webhooks }),
  });
}

/** A request on the small budget. @returns its status; null if it was cut off. */
async function acceptSmall(): Promise<number | null> {
  const prompt = "scenario=small";
  // A data URI is staged, which takes a while between the reservation and the creation.
  const video_url = `data:video/mp4;base64,${btoa("x".repeat(20_000))}`;
  const headers = { authorization: `Bearer ${OTHER}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ prompt, video_url }) };
  try {
    const response = await fetch(`${stage.url}/v1/generations`, init);
    await response.text();
    return response.status;
  } catch {
    return null;
  }
}

function usageOf(key: string): Promise<UsageView> {
  return persistently("/v1/usage", { headers: { authorization: `Bearer ${key}` } });
}

/** In dollars, spent and reserved. */
function committed({ budget }: UsageView): number {
  return (budget?.month?.spent_usd ?? 0) + (budget?.month?.reserved_usd ?? 0);
}

/** Waits until nothing is reserved. @throws if something stays reserved. */
async function withoutReservations(key: string): Promise<UsageView> {
  const deadline = Date.now() + RESERVED_MS;
  for (;;) {
    const usage = await usageOf(key);
    if (usage.budget?.month?.reserved_usd === 0 && usage.budget.unpriced === 0) return usage;
    if (Date.now() > deadline) throw new Error(`still reserved: ${JSON.stringify(usage.budget)}`);
    await pause(250);
  }
}

async function settled(id: string): Promise<GenerationView> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const view = await persistently<GenerationView>(`/v1/generations/${id}`);
    if (view.webhooks.every(({ state }) => state !== "pending")) return view;
    if (Date.now() > deadline) throw new Error(`never settled: ${JSON.stringify(view)}`);
    await pause(250);
  }
}

/** Kills the runtime that Miniflare started for this test. Miniflare then starts another. */
function killRuntime(): void {
  const [runtime] = descendantsOf(process.pid).filter(({ command }) => /bin\/workerd serve/.test(command));
  if (runtime === undefined) throw new Error("no runtime to kill was found");
  process.kill(runtime.pid, "SIGKILL");
}

const CHARGED_JOB = {
  body: { ...(COMPLETED.body as object), meta: { usage: { credits_used: 120_000, usd_spent: CHARGED } } },
};

/**
 * Sends more requests than the small budget has room for. Checks that it is not exceeded, and that everything that the
 * kills have left of it can be used.
 */
async function fillSmallBudget(): Promise<void> {
  const before = await (IS_LONG ? withoutReservations(OTHER) : usageOf(OTHER));
  const statuses = await Promise.all(Array.from({ length: SMALL + 1 }, acceptSmall));
  const after = await usageOf(OTHER);
  expect(new Set(statuses)).toEqual(new Set([202, 402]));
  const accepted = statuses.filter((status) => status === 202).length;
  console.log(`small budget: ${JSON.stringify(before.budget?.month)}, then ${accepted} of ${SMALL + 1} accepted`);
  // A lost reservation may be given back in the meantime.
  expect(accepted).toBeGreaterThanOrEqual(SMALL - committed(before) / ESTIMATE);
  expect(committed(after)).toBeLessThanOrEqual(SMALL * ESTIMATE);
  expect(after.total.generations).toBeLessThanOrEqual(SMALL);
  expect(world.calls("small", "submit").length).toBeLessThanOrEqual(SMALL);
}

/** When the provider accepted those of these that it has accepted, in the order of their creation. */
function acceptances(names: readonly string[]): number[] {
  return names.flatMap((name) => world.calls(name, "submit")[0]?.at ?? []);
}

/** Share of all pairs that were accepted in another order than they were created. */
function shareOutOfOrder(times: readonly number[]): number {
  let [pairs, wrong] = [0, 0];
  times.forEach((time, at) => {
    for (const later of times.slice(at + 1)) {
      pairs++;
      if (later < time) wrong++;
    }
  });
  return wrong / pairs;
}

/** Waits until more of these are accepted, without a request to the runtime: the line goes on by itself. */
async function lineMoves(names: readonly string[]): Promise<void> {
  const wanted = Math.min(names.length, acceptances(names).length + 2);
  const deadline = Date.now() + PATIENCE_MS;
  while (acceptances(names).length < wanted) {
    if (Date.now() > deadline) throw new Error(`the line stands still: ${acceptances(names).length} were accepted`);
    await pause(100);
  }
}

describe("a runtime that is killed repeatedly", () => {
  it(
    "finishes every accepted generation, submits none twice, keeps the line, and delivers every webhook",
    async () => {
      const names = Array.from({ length: GENERATIONS }, (_, at) => `kill-${at}`);
      for (const name of names) {
        world.play(name, {
          poll: [GENERATING, CHARGED_JOB],
          file: [{ bytes: 300_000 }],
          hooks: { b: [{ status: 500 }, { status: 204 }] },
        });
      }
      world.play("small", { poll: [GENERATING, COMPLETED] });
      const small: Promise<unknown>[] = [];
      // Creates generations one after another, before and between the kills.
      const accepting = (async () => {
        const ids: string[] = [];
        for (const name of names) {
          const { id } = await accept(name);
          ids.push(id);
          await pause(chance() * MOST_PAUSE_MS);
        }
        return ids;
      })();
      for (let kills = 0; kills < KILLS; kills++) {
        // Waits until the runtime is up: before that it holds no work to lose.
        await persistently("/healthz");
        await pause(chance() * 1_700);
        small.push(...Array.from({ length: LOST_REQUESTS }, acceptSmall));
        await pause(chance() * 60);
        killRuntime();
      }
      const ids = await accepting;
      await persistently("/healthz");
      await lineMoves(names);
      const views: GenerationView[] = [];
      while (views.length < ids.length) {
        views.push(...(await Promise.all(ids.slice(views.length, views.length + AT_ONCE).map(settled))));
      }

      const problems: string[] = [];
      const { total, budget } = await withoutReservations(LIVE);
      const spent = budget?.month?.spent_usd;
      const stated = views.reduce((sum, { usage }) => sum + (usage?.usd ?? 0), 0);
      // A submission of unknown outcome counts with its estimate.
      const counted = views.reduce((sum, { usage }) => sum + (usage?.usd ?? ESTIMATE), 0);
      if (total.usd !== stated) problems.push(`usage is $${total.usd}, not $${stated}`);
      if (total.generations !== ids.length) problems.push(`usage has ${total.generations} generations`);
      if (spent !== counted) problems.push(`$${spent} of the budget are spent, not $${counted}`);
      const found = { deliveries: 0, attempts: 0, sentAgain: 0 };
      views.forEach((view, at) => {
        const name = names[at] ?? "";
        const submissions = world.calls(name, "submit").length;
        const hooks = world.calls(name, "hook");
        found.attempts += hooks.length;
        const say = (what: string) => problems.push(`${name} (${view.status}): ${what}`);
        if (submissions > 1) say(`${submissions} submissions`);
        // A submission that never reached the provider looks like one whose answer was lost, so it ends as failed.
        const expected = submissions === 1 ? "completed" : "submission_unknown";
        if ((view.error?.code ?? view.status) !== expected)
          say(`${submissions} submissions, ${JSON.stringify(view.error)}`);
        for (const receiver of ["a", "b"]) {
          const attempts = hooks.filter(({ path }) => path.endsWith(`/${receiver}`));
          const deliveries = new Set(attempts.map(({ headers }) => headers["webhook-id"])).size;
          found.deliveries += deliveries;
          // The first attempt of "b" is answered with 500.
          found.sentAgain += attempts.length - (receiver === "b" ? 2 : 1);
          if (deliveries === 0) say(`${receiver} was never called`);
          if (deliveries > 1) say(`${receiver} got several ids`);
          if (new Set(attempts.map(({ body }) => body)).size > 1) say(`${receiver} got several bodies`);
        }
        if (view.webhooks.some(({ state }) => state !== "delivered")) say("a webhook was not delivered");
      });
      const refused = names.reduce((sum, name) => sum + world.calls(name, "refused").length, 0);
      const wrong = shareOutOfOrder(acceptances(names));
      console.log(`${PLACES} places: ${refused} refused, ${Math.round(wrong * 1000) / 10} % of all pairs out of order`);
      const completed = views.filter(({ status }) => status === "completed").length;
      const unknown = views.filter(({ error }) => error?.code === "submission_unknown").length;
      console.log(
        `${KILLS} kills (seed ${SEED}): ${GENERATIONS} generations, ${completed} completed, ${unknown} submission_unknown; ` +
          `${found.deliveries} deliveries, ${found.attempts} attempts, ${found.sentAgain} of them after the answer was lost`,
      );
      expect(problems).toEqual([]);
      await Promise.all(small);
      await fillSmallBudget();
      expect(completed).toBeGreaterThan(GENERATIONS / 2);
      expect(refused).toBeGreaterThan(0);
      expect(wrong).toBeLessThan(MOST_OUT_OF_ORDER);
    },
    2 * KILL_MS * KILLS + 2 * PATIENCE_MS,
  );
});
