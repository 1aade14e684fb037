// `npm run demo`: runs one generation on this machine, from the request to the stored video and its signed callbacks.
// With AIMLAPI_KEY set, it uses the real provider.

import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GenerationView } from "../src/contract/generation.ts";
import { newApiKey, newSigningSecret } from "./api-keys.ts";
import { itemsIn } from "./demo/events.ts";
import { Story } from "./demo/story.ts";
import { type LocalWorker, startLocalWorker } from "./local-worker.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const ROOT = join(import.meta.dirname, "..");
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

async function api(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...init.headers };
  const response = await fetch(`${worker?.url}${path}`, { ...init, headers });
  if (!response.ok)
    throw new Error(`${init.method ?? "GET"} ${path} returned ${response.status}: ${await response.text()}`);
  return response;
}

/** What a status means, for those that the demo shows. */
const STEPS: Readonly<Record<string, string>> = {
  "generation.queued": "accepted",
  "generation.started": "generating",
  "generation.storing": "copying",
};

/** Follows the generation to its end. @throws if it fails, or does not finish in time. */
async function follow(id: string, story: Story, signal: AbortSignal): Promise<GenerationView> {
  const response = await api(`/v1/generations/${id}/events`, { headers: { accept: "text/event-stream" }, signal });
  for await (const { type, timestamp, data } of itemsIn(response)) {
    const at = Date.parse(timestamp);
    const step = STEPS[type];
    if (step !== undefined) story.tell(at, step, type === "generation.queued" ? id : "");
    if (type !== "generation.completed" && type !== "generation.failed") continue;
    const generation = data as unknown as GenerationView;
    if (generation.video === null) throw new Error(`The generation failed: ${generation.error?.message}`);
    story.tell(at, "stored", `the video, ${generation.video.bytes} bytes, in R2 at ${generation.video.key}`);
    return generation;
  }
  throw new Error("The event stream ended before the generation did.");
}

async function saveVideo({ id, video }: GenerationView): Promise<string> {
  if (video === null) throw new Error("The generation completed without a video.");
  // Use the signed link without the API key, as a player would.
  const bytes = new Uint8Array(await (await fetch(video.url)).arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== video.sha256) throw new Error(`The served video has SHA-256 ${sha256}, expected ${video.sha256}.`);
  const folder = join(ROOT, "out");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${id}.mp4`);
  await writeFile(file, bytes);
  return relative(process.cwd(), file);
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
  const story = new Story(Date.now(), (line) => console.log(line));
  const lastCallback = Promise.withResolvers<void>();
  // The generation may fail before anybody waits for its callback.
  lastCallback.promise.catch(() => {});
  receiver = await startReceiver(({ type, verified }) => {
    story.tell(Date.now(), "callback", `${type}, signature ${verified ? "verified" : "NOT VALID"}`);
    if (!verified) lastCallback.reject(new Error("A callback's signature did not verify."));
    if (type === "generation.completed") lastCallback.resolve();
  });
  const { secret } = (await (await api("/v1/webhook-secret")).json()) as { secret: string };
  receiver.secret = secret;
  const body = {
    ...EXAMPLE,
    webhooks: [{ url: receiver.url, events: ["generation.started", "generation.completed", "generation.failed"] }],
  };
  const { id } = (await (
    await api("/v1/generations", { method: "POST", body: JSON.stringify(body) })
  ).json()) as GenerationView;
  const patience = AbortSignal.timeout(live ? LIVE_PATIENCE_MS : TEST_PATIENCE_MS);
  const late = new Promise<never>((_, reject) => {
    patience.onabort = () => reject(new Error("The generation did not finish in time."));
  });
  try {
    const done = await Promise.race([follow(id, story, patience), late]);
    await Promise.race([lastCallback.promise, late]);
    story.tell(Date.now(), "saved", await saveVideo(done));
  } finally {
    story.end();
  }
  console.log("\nNext: `npm run dev` starts Reelhook with a dashboard, an API key and an inbox for callbacks.");
}

try {
  await main();
} catch (cause) {
  if (!interrupted) console.error(`\n${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
} finally {
  await stop();
}
