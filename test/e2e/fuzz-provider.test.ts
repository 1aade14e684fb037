// Answers the Worker's submissions, polls and log requests with generated answers, valid and mangled, in live mode over
// real HTTP. Every generation must end, and complete only with a stored video. None may be paid twice, no answer of the
// API may be 5xx, everything that the Worker sends must be well-formed, and the log must have no line about a crash.
//
// `npm run fuzz` sends a hundred thousand answers (FUZZ_ANSWERS). A complaint names the seed and the number of the
// generation: with FUZZ_ANSWERS, FUZZ_SEED and FUZZ_ONLY as printed, only that one runs.

import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorker, startLocalWorker } from "../../scripts/local-worker.ts";
import type { GenerationView } from "../../src/contract/generation.ts";
import { holdToDescription } from "../support/description.ts";
import { LIVE, SIGNING_SECRET, sharedBundle } from "../support/stage.ts";
import { CrashLines } from "./fuzzing/crash-lines.ts";
import { endIn, judge, wellFormed } from "./fuzzing/judge.ts";
import { planOf } from "./fuzzing/plans.ts";
import { FuzzedProvider, type Story } from "./fuzzing/provider.ts";

/** Number of the only generation to run, if set. */
const ONLY = process.env["FUZZ_ONLY"];
const ANSWERS = Number(process.env["FUZZ_ANSWERS"] ?? 300);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);

/** Long runs also have hosts that stay dead, answers that never come, and answers of many megabytes. */
const IS_LONG = ANSWERS >= 5_000;
const IN_FLIGHT = ONLY === undefined ? Math.min(250, Math.ceil(ANSWERS / 2.5)) : 1;
const TIMEOUT_SECONDS = IS_LONG ? 12 : 2;

/** All answers become valid this long after the last requested answer. */
const CALM_AFTER_MS = IS_LONG ? 90_000 : 3_000;

/** Longer than any generation takes: twice its timeout, a dead host, and every wait for a retry. */
const PATIENCE_MS = IS_LONG ? 600_000 : 60_000;

const MOST_COMPLAINTS = 10;

const crashes = new CrashLines();
const provider = new FuzzedProvider({
  seed: SEED,
  longestWaitSeconds: IS_LONG ? 100_000 : 2,
  mayBeHeavy: IS_LONG,
});
const ended = new Map<Story, (end: string | Error) => void>();
const statuses = new Map<string, number>();
const complaints: string[] = [];
let worker: LocalWorker;
let videos = 0;

beforeAll(async () => {
  await provider.start();
  worker = await startLocalWorker({
    bundle: sharedBundle(),
    without: ["ratelimits"],
    onLog: crashes.take,
    settings: {
      AIMLAPI_KEY: "provider-key",
      AIMLAPI_BASE_URL: provider.url,
      API_KEYS: JSON.stringify({ acme: [LIVE] }),
      SIGNING_SECRET,
      POLL_INTERVAL_SECONDS: "0.25",
      GENERATION_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
      RETRY_DELAYS_SECONDS: "1,1,1",
      EXTRA_MODELS: "vendor/new-model",
      ALLOW_LOCAL_URLS: "true",
    },
  });
  provider.ownOrigin = worker.url;
  provider.onCallback = (story, body) => {
    try {
      const end = endIn(body);
      if (end !== null) ended.get(story)?.(end);
    } catch (cause) {
      ended.get(story)?.(cause as Error);
    }
  };
});

afterAll(async () => {
  await worker.stop();
  await provider.stop();
});

/** Calls the API, and checks that the answer matches its description and is not 5xx. */
async function call<T>(path: string, json?: unknown): Promise<{ readonly status: number; readonly body: T }> {
  const method = json === undefined ? "GET" : "POST";
  const url = `${worker.url}${path}`;
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${LIVE}`, "content-type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  await holdToDescription(method, url, response);
  const body = wellFormed<T & { readonly code?: string }>(new Uint8Array(await response.arrayBuffer()));
  if (response.status >= 500 && body.code !== "provider_unauthorized") {
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`);
  }
  return { status: response.status, body };
}

/** Runs one generation from start to end. @returns complaints. */
async function run(story: Story): Promise<string[]> {
  const { number, model } = story.plan;
  const isEnded = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no callback told of its end")), PATIENCE_MS);
    ended.set(story, (end) => {
      clearTimeout(late);
      if (typeof end === "string") resolve(end);
      else reject(end);
    });
  });
  // The generation may end before the request is answered, and is awaited only after that.
  isEnded.catch(() => {});
  const file = { video_url: "https://example.com/v.mp4", image_url: "https://example.com/i.png" };
  const { video_url, image_url } = file;
  const created = await call<GenerationView & { readonly generation_id?: string }>("/v1/generations", {
    model,
    prompt: `fuzz ${number}`,
    webhook_url: `${provider.url}/hooks/${number}`,
    ...(model === "runway/gen4_aleph" ? { video_url } : { image_url }),
  });
  const id = created.body.generation_id ?? created.body.id;
  const end = await isEnded.catch(async (cause) => {
    throw new Error(`${(cause as Error).message}: ${JSON.stringify((await call(`/v1/generations/${id}`)).body)}`);
  });
  const { body: view } = await call<GenerationView>(`/v1/generations/${id}`);
  const key = view.error?.code ?? view.status;
  statuses.set(key, (statuses.get(key) ?? 0) + 1);
  const ends = [end, ...story.callbacks.flatMap((body) => endIn(body) ?? [])];
  return [...judge({ story, view, ends, fileHost: provider.url }), ...(await checkVideo(view))];
}

/** Checks that the whole video can be read through its link, and is one that the provider's host serves. */
async function checkVideo({ video }: GenerationView): Promise<string[]> {
  if (video === null) return [];
  videos++;
  const response = await fetch(video.url);
  const hash = createHash("sha256")
    .update(new Uint8Array(await response.arrayBuffer()))
    .digest("hex");
  if (response.status !== 200) return [`its video is answered with ${response.status}`];
  return hash === video.sha256 && provider.videoHashes.has(hash)
    ? []
    : [`its video has hash ${hash}, not ${video.sha256}`];
}

/** Whether more answers are wanted. */
function isRunning(): boolean {
  return provider.answers < (ONLY === undefined ? ANSWERS : 1) && complaints.length < MOST_COMPLAINTS;
}

/** Makes all further answers valid, so that running generations end soon. */
async function untilCalm(): Promise<void> {
  for (let looks = 1; isRunning(); looks++) {
    await pause(100);
    if (looks % 300 === 0) console.log(`${provider.answers} answers`);
  }
  await pause(CALM_AFTER_MS);
  provider.isCalm = true;
}

function complain(story: Story, complaint: string): void {
  const { number, dice: _, ...plan } = story.plan;
  const again = `FUZZ_ANSWERS=${ANSWERS} FUZZ_SEED=${SEED} FUZZ_ONLY=${number}`;
  complaints.push(`${again}: ${complaint}\n  ${JSON.stringify(plan)}\n  ${story.trail.join("\n  ")}`);
}

describe("generations whose provider answers anything", () => {
  it(
    "all end correctly, and are paid at most once",
    async () => {
      const startedAt = Date.now();
      let number = Number(ONLY ?? 0);
      const first = number;
      const untilAnswered = async () => {
        while (isRunning()) {
          const story = provider.begin(
            planOf(number++, { seed: SEED, mostWrongFiles: IS_LONG ? 5 : 1, withDeadHosts: IS_LONG }),
          );
          const found = await run(story).catch((cause) => [String(cause)]);
          for (const each of found) complain(story, each);
          ended.delete(story);
          provider.end(story);
        }
      };
      const isOver = Promise.all(Array.from({ length: IN_FLIGHT }, untilAnswered));
      await Promise.race([isOver, untilCalm()]);
      await isOver;
      const ends = [...statuses].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      console.log(
        `${provider.answers} answers, ${provider.mangledAnswers} of them mangled, to ${number - first} generations in ${seconds} s (${ends.join(", ")})`,
      );
      expect(complaints).toEqual([]);
      expect(provider.strayCalls).toEqual([]);
      if (ONLY !== undefined) return;
      expect(provider.answers).toBeGreaterThanOrEqual(ANSWERS);
      expect(provider.mangledAnswers).toBeGreaterThan(ANSWERS / 10);
      expect(videos).toBeGreaterThan(ANSWERS / 100);
    },
    PATIENCE_MS + ANSWERS * 50,
  );

  it("leave no line about a crash in the log", async () => {
    // Wait for the last lines of the log.
    await pause(100);
    expect(crashes.count).toBeGreaterThan(0);
    expect(crashes.found).toEqual([]);
  });
});
