// Bursts at a provider that takes few jobs at once. Sixty generations by default, more and shorter ones with
// `npm run line`; BURST sets their number. Time is counted in polls, so that a busy machine changes nothing.

import { describe, expect, it } from "vitest";
import type { GenerationPage, GenerationView } from "../../src/contract/generation.ts";
import { avoidableRefusals, INVALID, LimitedProvider, type Noted, standstill } from "../support/limited-provider.ts";
import { LIVE, OTHER, type Stage, setStage, TEST } from "../support/stage.ts";

const { BURST } = process.env;

interface Burst {
  readonly generations: number;
  readonly places: number;
  readonly jobMs: number;
  readonly intervalMs: number;
}

const SIXTY: Burst = { generations: 60, places: 5, jobMs: 1_500, intervalMs: 500 };
const LONG: Burst = { generations: Number(BURST), places: 5, jobMs: 500, intervalMs: 300 };

/** A long run may take as long as it needs. */
const PATIENCE_MS = BURST === undefined ? 120_000 : 3_600_000;

const KEYS = [LIVE, OTHER];

interface Created {
  readonly id: string;
  readonly created_at: string;
  readonly key: string;
}

interface Scene {
  readonly provider: LimitedProvider;
  readonly stage: Stage;
}

/** A Worker whose provider takes few jobs at once. */
async function withProvider(
  { places, jobMs, intervalMs }: Omit<Burst, "generations">,
  settings: Readonly<Record<string, string>>,
  use: (scene: Scene) => Promise<void>,
): Promise<void> {
  const provider = new LimitedProvider({ places, jobMs });
  await provider.start();
  const stage = await setStage({
    without: ["assets", "ratelimits"],
    settings: {
      AIMLAPI_BASE_URL: provider.url,
      POLL_INTERVAL_SECONDS: String(intervalMs / 1000),
      // Less than the last ones wait in line, which it does not limit.
      GENERATION_TIMEOUT_SECONDS: "10",
      ...settings,
    },
  });
  try {
    await use({ provider, stage });
  } finally {
    await stage.stop();
    await provider.stop();
  }
}

const post = ({ stage }: Scene, key: string, prompt = "a fairy") =>
  stage.call("/v1/generations", { key, json: { prompt, video_url: "https://example.com/v.mp4" } });

async function create(scene: Scene, key: string): Promise<Created> {
  const response = await post(scene, key);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  const { id, created_at } = (await response.json()) as Created;
  scene.provider.note("created", id);
  return { id, created_at, key };
}

/** All at once, from two accounts in turn. */
const createAll = (scene: Scene, generations: number) =>
  Promise.all(Array.from({ length: generations }, (_, at) => create(scene, KEYS[at % KEYS.length] ?? LIVE)));

async function read({ stage }: Scene, key: string, id: string): Promise<GenerationView> {
  return (await (await stage.call(`/v1/generations/${id}`, { key })).json()) as GenerationView;
}

/** How many of an account's generations have this status, of the newest hundred. */
async function count({ call }: Stage, key: string, status: string): Promise<number> {
  const page = (await (await call(`/v1/generations?status=${status}&limit=100`, { key })).json()) as GenerationPage;
  return page.data.length;
}

/** Waits until every job has been seen, and every generation has ended. @returns how many have failed. */
async function allEnded({ provider, stage }: Scene, created: readonly Created[], patienceMs: number): Promise<number> {
  const deadline = performance.now() + patienceMs;
  const underWay = async () => {
    if (provider.noted("done").length < created.length) return 1;
    const counts = KEYS.flatMap((key) => ["queued", "generating", "storing"].map((each) => count(stage, key, each)));
    return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
  };
  while ((await underWay()) > 0) {
    if (performance.now() > deadline) throw new Error(`${provider.noted("done").length} of ${created.length} ended`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return (await Promise.all(KEYS.map((key) => count(stage, key, "failed")))).reduce((sum, each) => sum + each, 0);
}

/** The generations of an account that were accepted from the line, in order of their submission. */
function fromLine(accepted: readonly Noted[], created: readonly Created[], key: string): Created[] {
  const byId = new Map(created.filter((each) => each.key === key).map((each) => [each.id, each]));
  // Whoever was accepted at its first try did not know of the line.
  return accepted.flatMap(({ id, attempt }) => (attempt === 1 ? [] : (byId.get(id) ?? [])));
}

const byAcceptance = (a: Created, b: Created) =>
  a.created_at === b.created_at ? (a.id < b.id ? -1 : 1) : a.created_at < b.created_at ? -1 : 1;

function expectOrder(accepted: readonly Noted[], created: readonly Created[]): void {
  for (const key of KEYS) {
    const order = fromLine(accepted, created, key);
    expect(order.map(({ id }) => id)).toEqual(order.toSorted(byAcceptance).map(({ id }) => id));
  }
}

describe.concurrent("a burst at a provider that takes few jobs at once", () => {
  const burst = BURST === undefined ? SIXTY : LONG;
  const { generations, places, jobMs, intervalMs } = burst;

  it(
    `of ${generations}: all are completed, in order, and no place stays free`,
    async () => {
      await withProvider(burst, {}, async (scene) => {
        const { provider } = scene;
        const created = await createAll(scene, generations);
        const pollsEach = Math.ceil(jobMs / intervalMs);
        const idealMs = Math.ceil(generations / places) * pollsEach * intervalMs;
        const failed = await allEnded(scene, created, 3 * idealMs);
        const { ledger } = provider;
        const accepted = provider.noted("accepted");
        const summary = {
          accepted: accepted.length,
          failed,
          refused: provider.noted("refused").length,
          avoidable: avoidableRefusals(ledger, intervalMs),
          standstill: standstill(ledger, intervalMs),
          polls: provider.noted("poll").length,
          idealPolls: generations * pollsEach,
          timesIdeal: ((ledger.at(-1)?.at ?? 0) - (ledger[0]?.at ?? 0)) / idealMs,
        };
        console.log(JSON.stringify(summary));
        const told = JSON.stringify(summary);
        expect(summary, told).toMatchObject({ accepted: generations, failed: 0 });
        expect(new Set(accepted.map(({ id }) => id)).size).toBe(generations);
        expect(summary.avoidable, told).toBeLessThanOrEqual(generations / 10);
        expect(summary.standstill.longest, told).toBeLessThanOrEqual(2);
        // The time that it took, in polls of all places.
        expect(summary.polls + summary.standstill.total, told).toBeLessThanOrEqual(1.5 * summary.idealPolls);
        expectOrder(accepted, created);
      });
    },
    PATIENCE_MS,
  );

  it.skipIf(BURST !== undefined)("goes on in order if the provider takes fewer or more than before", async () => {
    const changing = { places: 4, jobMs: 500, intervalMs: 300 };
    await withProvider(changing, {}, async (scene) => {
      const { provider } = scene;
      provider.onNote = () => {
        const { length } = provider.noted("accepted");
        provider.places = length < 8 ? 4 : length < 14 ? 1 : 6;
      };
      const created = await createAll(scene, 40);
      expect(await allEnded(scene, created, 60_000)).toBe(0);
      const accepted = provider.noted("accepted");
      expect(accepted.map(({ id }) => id).sort()).toEqual(created.map(({ id }) => id).sort());
      expectOrder(accepted, created);
      const { ledger } = provider;
      const told = JSON.stringify({ ...standstill(ledger, 300), avoidable: avoidableRefusals(ledger, 300) });
      expect(standstill(ledger, 300).longest, told).toBeLessThanOrEqual(2);
      expect(avoidableRefusals(ledger, 300), told).toBeLessThanOrEqual(created.length / 10);
    });
  });

  it.skipIf(BURST !== undefined)("has no refusal and never too many jobs with PROVIDER_MAX_CONCURRENT", async () => {
    const unlimited = { places: 1_000, jobMs: 500, intervalMs: 300 };
    await withProvider(unlimited, { PROVIDER_MAX_CONCURRENT: "3" }, async (scene) => {
      const { provider } = scene;
      // Test mode has no provider key, and no such limit.
      const busy = (await (await post(scene, TEST, "[busy] a fairy")).json()) as { readonly id: string };
      // While a place is free, the caller gets the provider's answer.
      const refused = await post(scene, LIVE, INVALID);
      expect([refused.status, await refused.json()]).toMatchObject([400, { detail: "The prompt is invalid." }]);
      const created = await createAll(scene, 12);
      expect(await allEnded(scene, created, 60_000)).toBe(1);
      expect(provider.noted("accepted")).toHaveLength(12);
      expect(provider.noted("refused")).toEqual([]);
      expect(Math.max(...provider.ledger.map(({ taken }) => taken))).toBe(3);
      for (const key of KEYS) {
        const own = created.filter((each) => each.key === key);
        const ids = new Set(own.map(({ id }) => id));
        const order = provider.noted("accepted").flatMap(({ id }) => (ids.has(id) ? [id] : []));
        expect(order.slice(3)).toEqual(
          own
            .toSorted(byAcceptance)
            .map(({ id }) => id)
            .filter((id) => order.slice(3).includes(id)),
        );
      }
      await expect
        .poll(async () => (await read(scene, TEST, busy.id)).submitted_at, { timeout: 20_000 })
        .not.toBeNull();
    });
  });
});
