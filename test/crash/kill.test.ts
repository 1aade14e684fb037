// Kills the runtime with SIGKILL at random moments, with generations in flight and all state on disk. Eight kills by
// default, sixty with `npm run kill`. KILLS, GENERATIONS and SEED set other numbers.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GenerationView } from "../../src/contract/generation.ts";
import { chanceFrom } from "../simulation/plan.ts";
import { descendantsOf } from "../support/processes.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, setStage } from "../support/stage.ts";
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

/** Number of generations polled at once. */
const AT_ONCE = 20;

const folder = mkdtempSync(join(tmpdir(), "reelhook-kill-"));
const chance = chanceFrom(SEED);
let stage: Stage;
let world: World;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  stage = await setStage({
    persistTo: folder,
    settings: { GENERATION_TIMEOUT_SECONDS: "30", RETRY_DELAYS_SECONDS: "1,1,1,2,2,2,4,4,4,8,8" },
  });
  world = stage.world;
});

afterAll(async () => {
  await stage.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Repeats a request until its status is below 500, because the runtime may be down. @throws after 600 tries. */
async function persistently(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${LIVE}`, "content-type": "application/json", ...init.headers };
  for (let tries = 0; tries < 600; tries++) {
    try {
      const response = await fetch(`${stage.url}${path}`, { ...init, headers });
      if (response.status < 500) return response;
    } catch {
      // Refused or cut off: the runtime is restarting.
    }
    await pause(100);
  }
  throw new Error(`no answer from ${path}`);
}

function accept(name: string): Promise<Response> {
  return persistently("/v1/generations", {
    method: "POST",
    headers: { "idempotency-key": name },
    body: JSON.stringify({
      prompt: `scenario=${name}`,
      video_url: "https://example.com/v.mp4",
      webhooks: ["a", "b"].map((receiver) => ({ url: `${world.url}/hooks/${name}/${receiver}` })),
    }),
  });
}

async function settled(id: string): Promise<GenerationView> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const view = (await (await persistently(`/v1/generations/${id}`)).json()) as GenerationView;
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

describe("a runtime that is killed repeatedly", () => {
  it(
    "finishes every accepted generation, submits none twice, and delivers every webhook",
    async () => {
      const names = Array.from({ length: GENERATIONS }, (_, at) => `kill-${at}`);
      for (const name of names) {
        world.play(name, {
          poll: [GENERATING, GENERATING, COMPLETED],
          file: [{ bytes: 300_000 }],
          hooks: { b: [{ status: 500 }, { status: 204 }] },
        });
      }
      // Creates generations one after another, before and between the kills.
      const accepting = (async () => {
        const ids: string[] = [];
        for (const name of names) {
          const { id } = (await (await accept(name)).json()) as { id: string };
          ids.push(id);
          await pause(chance() * MOST_PAUSE_MS);
        }
        return ids;
      })();
      for (let kills = 0; kills < KILLS; kills++) {
        // Waits until the runtime is up: before that it holds no work to lose.
        await persistently("/healthz");
        await pause(chance() * 1_700);
        killRuntime();
      }
      const ids = await accepting;
      const views: GenerationView[] = [];
      while (views.length < ids.length) {
        views.push(...(await Promise.all(ids.slice(views.length, views.length + AT_ONCE).map(settled))));
      }

      const problems: string[] = [];
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
      const completed = views.filter(({ status }) => status === "completed").length;
      const unknown = views.filter(({ error }) => error?.code === "submission_unknown").length;
      console.log(
        `${KILLS} kills (seed ${SEED}): ${GENERATIONS} generations, ${completed} completed, ${unknown} submission_unknown; ` +
          `${found.deliveries} deliveries, ${found.attempts} attempts, ${found.sentAgain} of them after the answer was lost`,
      );
      expect(problems).toEqual([]);
      expect(completed).toBeGreaterThan(GENERATIONS / 2);
    },
    2 * KILL_MS * KILLS + 2 * PATIENCE_MS,
  );
});
