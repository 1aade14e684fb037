// The provider for the AI SDK, with the SDK itself, against the Worker.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  APICallError,
  createProviderRegistry,
  experimental_generateVideo as generateVideo,
  experimental_startVideo as startVideo,
} from "ai";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createReelhook, type ReelhookProvider } from "../../../packages/reelhook/src/ai-sdk/index.ts";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import type { Call } from "../../support/scenario.ts";
import { LIVE, type Stage, setStage, TEST } from "../../support/stage.ts";

const MODEL = "runway/gen4_turbo";
const IMAGE = "https://example.com/raccoon.png";
const PROMPT = { text: "[instant] A fairy.", image: IMAGE };
const POLL = { intervalMs: 100 };

let stage: Stage;
let client: Reelhook;
let reelhook: ReelhookProvider;

beforeAll(async () => {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  stage = await setStage();
  client = new Reelhook({ baseUrl: stage.url, apiKey: TEST });
  reelhook = createReelhook({ baseUrl: stage.url, apiKey: TEST });
});

afterAll(() => stage.stop());

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The id of the generation, from metadata of the AI SDK. */
function idIn(metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined): string {
  return String(metadata?.["reelhook"]?.["id"]);
}

describe.concurrent("generateVideo", () => {
  it("polls until the video is there", async () => {
    const { video, warnings, providerMetadata, responses } = await generateVideo({
      model: reelhook.video(MODEL),
      prompt: PROMPT,
      frameImages: [{ image: "https://example.com/end.png", frameType: "last_frame" }],
      aspectRatio: "9:16",
      duration: 5,
      fps: 24,
      seed: 7,
      providerOptions: { reelhook: { metadata: { order: "42" } } },
      poll: POLL,
    });
    const generation = await client.generations.get(idIn(providerMetadata));
    expect(generation).toMatchObject({
      status: "completed",
      model: MODEL,
      input: {
        ...{ prompt: PROMPT.text, image_url: IMAGE, tail_image_url: "https://example.com/end.png" },
        ...{ aspect_ratio: "9:16", duration: 5, seed: 7 },
      },
      metadata: { order: "42" },
    });
    expect(warnings).toEqual([{ type: "unsupported", feature: "fps", details: "The model has no field for fps." }]);
    expect(video.mediaType).toBe("video/mp4");
    expect(sha256(video.uint8Array)).toBe(generation.video?.sha256);
    expect(providerMetadata).toMatchObject({
      reelhook: { status: "completed", videos: [{ id: generation.id, key: generation.video?.key }] },
    });
    expect(responses).toMatchObject([{ modelId: MODEL, headers: { "x-request-id": expect.any(String) } }]);
  });

  it("waits for a webhook", async () => {
    const { secret } = await client.webhookSecret.get();
    stage.world.play("webhook", {});
    const webhook = async () => {
      const received = new Promise<Call>((resolve) => {
        stage.world.onCall = (call) => call.kind === "hook" && resolve(call);
      });
      const verified = received.then(({ headers, body }) => {
        new Webhook(secret).verify(body, { ...headers });
        return { headers: { ...headers }, body: JSON.parse(body) };
      });
      return { url: `${stage.world.url}/hooks/webhook/app`, received: verified };
    };
    const calls: string[] = [];
    const counting = createReelhook({
      baseUrl: stage.url,
      apiKey: TEST,
      fetch: (input, init) => {
        calls.push(`${init?.method} ${new URL(String(input)).pathname}`);
        return fetch(input, init);
      },
    });
    const { videos, providerMetadata } = await generateVideo({ model: counting.video(MODEL), prompt: PROMPT, webhook });
    const id = idIn(providerMetadata);
    expect(videos.map(({ mediaType }) => mediaType)).toEqual(["video/mp4"]);
    expect(calls).toEqual([
      "GET /v1/models/runway%2Fgen4_turbo",
      "POST /v1/generations",
      `GET /v1/generations/${id}`,
      `GET /v1/generations/${id}/video`,
    ]);
  });

  it("makes several videos, also from bytes", async () => {
    const { videos, providerMetadata } = await generateVideo({
      model: createProviderRegistry({ reelhook }).videoModel(`reelhook:${MODEL}`),
      prompt: { text: PROMPT.text, image: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) },
      n: 2,
      poll: POLL,
    });
    expect(videos.length).toBe(2);
    const made = providerMetadata["reelhook"]?.["videos"] as readonly { readonly id: string }[];
    const generations = await Promise.all(made.map(({ id }) => client.generations.get(id)));
    expect(new Set(generations.map(({ id }) => id)).size).toBe(2);
    expect(generations[0]?.input).toMatchObject({ image_url: "data:image/png;… (8 bytes)" });
  });

  it("reports a generation that fails", async () => {
    const error = { name: "Error", message: "No fairies." };
    stage.world.play("sdk-fails", { poll: [{ body: { id: "{{id}}", status: "error", error } }] });
    const live = createReelhook({ baseUrl: stage.url, apiKey: LIVE });
    const prompt = { text: "scenario=sdk-fails", image: IMAGE };
    await expect(generateVideo({ model: live.video(MODEL), prompt, poll: POLL })).rejects.toThrow(
      /^The generation gen_\w+ failed \(provider_error\): .*No fairies/,
    );
  });

  it("ends the wait, and not the generation, when it is aborted", async () => {
    const abort = new AbortController();
    const ids: string[] = [];
    const watched = createReelhook({
      baseUrl: stage.url,
      apiKey: TEST,
      fetch: async (input, init) => {
        const [, id] = /\/v1\/generations\/(\w+)$/.exec(String(input)) ?? [];
        if (id !== undefined) {
          ids.push(id);
          abort.abort();
        }
        return fetch(input, init);
      },
    });
    const prompt = { text: "[slow] A fairy.", image: IMAGE };
    const made = generateVideo({ model: watched.video(MODEL), prompt, poll: POLL, abortSignal: abort.signal });
    await expect(made).rejects.toMatchObject({ name: "AbortError" });
    const [id = ""] = ids;
    expect((await client.generations.cancel(id)).status).toBe("canceled");
  });
});

describe.concurrent("startVideo", () => {
  it("returns an operation that another process can wait for", async () => {
    const { operation } = await startVideo({ model: reelhook.video(MODEL), prompt: PROMPT });
    const script = join(import.meta.dirname, "video-status.ts");
    const args = [script, stage.url, TEST, JSON.stringify(operation)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { video } = await client.generations.get((operation as { readonly id: string }).id);
    expect(JSON.parse(stdout)).toMatchObject({ status: "completed", videos: [video?.sha256] });
  });

  it("creates one generation even if the first answer is lost", async () => {
    const created: { readonly id: string }[] = [];
    const losing = createReelhook({
      baseUrl: stage.url,
      apiKey: TEST,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (init?.method !== "POST") return response;
        created.push(await response.clone().json());
        if (created.length === 1) throw new TypeError("fetch failed");
        return response;
      },
    });
    const { operation } = await startVideo({ model: losing.video(MODEL), prompt: PROMPT });
    expect(created.map(({ id }) => id)).toEqual([created[0]?.id, created[0]?.id]);
    expect(operation).toEqual({ id: created[0]?.id });
  });

  it.each([
    ["the provider refuses", MODEL, { text: "[refused] A fairy.", image: IMAGE }, {}, /Refused by the sandbox/],
    ["has unknown fields", MODEL, PROMPT, { negative: "rain" }, /\/negative: is not a known field/],
    ["has a value that the model does not take", MODEL, PROMPT, { duration: 7 }, /\/duration: must be one of 5, 10/],
    ["names an unknown model", "runway/gen4_turb", PROMPT, {}, /did you mean runway\/gen4_turbo/],
  ])("reports a request that %s", async (_, model, prompt, fields, message) => {
    const failure: unknown = await startVideo({
      model: reelhook.video(model),
      prompt,
      providerOptions: { reelhook: fields },
    }).catch((cause: unknown) => cause);
    expect(APICallError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({ statusCode: 400, isRetryable: false, message: expect.stringMatching(message) });
  });
});
