// `npm run demo`: runs one generation on this machine, from the request to the stored video and its signed callbacks.
// With AIMLAPI_KEY set, it uses the real provider.

import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GenerationView } from "../src/contract/generation.ts";
import { newApiKey, newSigningSecret } from "./api-keys.ts";
import { type LocalWorker, startLocalWorker } from "./local-worker.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const ROOT = join(import.meta.dirname, "..");
const WATCH_INTERVAL_MS = 100;
const TEST_PATIENCE_MS = 90_000;
const LIVE_PATIENCE_MS = 40 * 60_000;

/** The provider's own example for this model. */
const EXAMPLE = {
  model: "runway/gen4_aleph",
  prompt:
    "Add a small fairy as a rider on the raccoon’s back. She must have a black-and-golden face and a cloak in the colors of a dark emerald tropical butterfly with bright blue shimmering spots.",
  video_url: "https://raw.githubusercontent.com/aimlapi/api-docs/main/reference-files/racoon-in-the-forest.mp4",
};

const aimlapiKey = process.env["AIMLAPI_KEY"] ?? "";
const live = aimlapiKey !== "";
const apiKey = newApiKey(live ? "live" : "test");

let worker: LocalWorker | undefined;
let receiver: Receiver | undefined;
/** Set on SIGINT or SIGTERM. The local Worker then ends this process. */
let interrupted = false;

async function stop(): Promise<void> {
  await Promise.all([worker?.stop(), receiver?.stop()]);
}

let startedAt = Date.now();

function say(what: string, detail: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6);
  console.log(`${seconds} s  ${what.padEnd(11)} ${detail}`);
}

async function api(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const response = await fetch(`${worker?.url}${path}`, { ...init, headers });
  if (!response.ok)
    throw new Error(`${init.method ?? "GET"} ${path} returned ${response.status}: ${await response.text()}`);
  return response;
}

async function readGeneration(id: string): Promise<GenerationView> {
  return (await api(`/v1/generations/${id}`)).json() as Promise<GenerationView>;
}

/** Prints the changes since the last read. */
function tellNews(before: GenerationView, now: GenerationView): void {
  for (let poll = before.provider.polls + 1; poll <= now.provider.polls; poll++) say("poll", `#${poll}`);
  // A poll is counted when it starts, so its answer may only show up in a later read.
  if (now.provider.status !== before.provider.status) say("provider", `says ${now.provider.status}`);
  if (now.status !== before.status) say(now.status, now.error?.message ?? "");
}

async function follow(first: GenerationView, callbacks: ReadonlySet<string>): Promise<GenerationView> {
  const deadline = Date.now() + (live ? LIVE_PATIENCE_MS : TEST_PATIENCE_MS);
  let known = first;
  while (Date.now() < deadline) {
    const now = await readGeneration(first.id);
    tellNews(known, now);
    known = now;
    if (known.status === "failed") throw new Error(`The generation failed: ${known.error?.message}`);
    if (known.status === "completed" && callbacks.has("generation.completed")) return known;
    await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS));
  }
  throw new Error("The generation did not finish in time.");
}

async function saveVideo({ id, video }: GenerationView): Promise<string> {
  if (video === null) throw new Error("The generation completed without a video.");
  say("stored", `${video.bytes} bytes in R2 at ${video.key}, sha256 ${video.sha256.slice(0, 16)}…`);
  // Use the signed link without the API key, as a player would.
  const bytes = new Uint8Array(await (await fetch(video.url)).arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== video.sha256) throw new Error(`The served video has SHA-256 ${sha256}, expected ${video.sha256}.`);
  const folder = join(ROOT, "out");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${id}.mp4`);
  await writeFile(file, bytes);
  return file;
}

async function main(): Promise<void> {
  console.log(
    live
      ? "Live mode: this generation is billed to your AI/ML API account."
      : "Test mode: needs no account, API key or network.",
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted = true;
      console.log("\nStopped.");
    });
  }
  console.log("Starting the Worker on workerd, with local R2 and Durable Objects …\n");
  worker = await startLocalWorker({
    settings: {
      API_KEYS: JSON.stringify({ demo: [apiKey] }),
      SIGNING_SECRET: newSigningSecret(),
      ALLOW_LOCAL_URLS: "true",
      ...(live ? { AIMLAPI_KEY: aimlapiKey } : {}),
    },
  });
  const callbacks = new Set<string>();
  let forged = false;
  receiver = await startReceiver(({ type, verified, data }) => {
    callbacks.add(type);
    forged ||= !verified;
    say("callback", `${type} (${data.status}): signature ${verified ? "verified" : "NOT VALID"}`);
  });
  const { secret } = (await (await api("/v1/webhook-secret")).json()) as { secret: string };
  receiver.secret = secret;
  startedAt = Date.now();
  say("ready", `Worker at ${worker.url}, receiver at ${receiver.url}`);
  const body = {
    ...EXAMPLE,
    webhooks: [{ url: receiver.url, events: ["generation.started", "generation.completed", "generation.failed"] }],
  };
  const response = await api("/v1/generations", { method: "POST", body: JSON.stringify(body) });
  const accepted = (await response.json()) as GenerationView;
  say(accepted.status, `${accepted.id}, provider job ${accepted.provider.id}`);
  const done = await follow(accepted, callbacks);
  if (forged) throw new Error("A callback's signature did not verify.");
  const file = await saveVideo(done);
  console.log(`\nThe video is at ${relative(process.cwd(), file)}`);
}

try {
  await main();
} catch (cause) {
  if (!interrupted) console.error(`\n${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
} finally {
  await stop();
}
