// The whole life of a generation in workerd, with a provider and webhook receivers over HTTP.

import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { COMPLETED, GENERATING, madeUpVideo, QUEUED } from "../support/scenario.ts";
import { call, eventually, finished, LIVE, play, read, request, submit, testEnv } from "./support.ts";

async function sha256(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("a generation", () => {
  it("goes from request to stored video and signed callbacks", async () => {
    const bytes = 9 * 1024 * 1024 + 17;
    const world = await play({ poll: [QUEUED, GENERATING, COMPLETED], file: [{ bytes }] });
    const accepted = await submit(
      request(world.prompt, {
        duration: 5,
        frame_size: "1280:720",
        metadata: { order: "42" },
        webhooks: [
          { url: world.hook("all") },
          { url: world.hook("some"), events: ["generation.started", "generation.completed"] },
        ],
      }),
    );
    expect(accepted).toMatchObject({
      object: "generation",
      status: "queued",
      mode: "live",
      model: "runway/gen4_aleph",
      input: {
        prompt: world.prompt,
        video_url: "https://example.com/raccoon.mp4",
        duration: 5,
        frame_size: "1280:720",
      },
      metadata: { order: "42" },
      provider: { name: "aimlapi", id: `job:${world.name}/0`, status: "queued", polls: 0 },
      video: null,
      error: null,
    });

    const done = await finished(accepted.id);
    const hash = await sha256(madeUpVideo(bytes));
    expect(done).toMatchObject({
      status: "completed",
      provider: { status: "completed", polls: 3 },
      progress: { bytes, total_bytes: bytes },
      usage: { credits: 120000, usd: null },
      video: { key: `videos/acme/live/${accepted.id}.mp4`, bytes, content_type: "video/mp4", sha256: hash },
    });

    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length >= 3,
    );
    const toldTo = (receiver: string) =>
      hooks.filter(({ path }) => path.endsWith(receiver)).map(({ body }) => JSON.parse(body).type);
    expect(toldTo("/all")).toEqual(["generation.completed"]);
    expect(toldTo("/some")).toEqual(["generation.started", "generation.completed"]);

    const { secret } = await (await call("/v1/webhook-secret")).json<{ secret: string }>();
    for (const { body, headers } of hooks) {
      const event = new Webhook(secret).verify(body, { ...headers }) as { type: string; data: Record<string, unknown> };
      expect(event.data["id"]).toBe(accepted.id);
      expect(event.data).not.toHaveProperty("webhooks");
    }
    const completedBody = JSON.parse(hooks.find(({ body }) => body.includes("generation.completed"))?.body ?? "");
    expect(completedBody.data.video.sha256).toBe(hash);

    // The link in the callback serves the video without an API key.
    const video = await call(completedBody.data.video.url, { key: null });
    expect(video.status).toBe(200);
    expect(video.headers.get("content-type")).toBe("video/mp4");
    expect(await sha256(await video.arrayBuffer())).toBe(hash);

    await eventually(
      () => read(accepted.id),
      ({ webhooks }) => webhooks.every(({ state }) => state === "delivered"),
    );
  });

  it("sends the provider its own fields and none of Reelhook's", async () => {
    const world = await play({});
    const references = [{ type: "image", url: "https://example.com/fairy.png" }];
    const { id } = await submit(
      request(world.prompt, { references, seed: 7, metadata: { a: "b" }, webhook_url: world.hook("x") }),
    );
    const [submission] = await world.calls("submit");
    expect(JSON.parse(submission?.body ?? "")).toEqual({
      model: "runway/gen4_aleph",
      prompt: world.prompt,
      video_url: "https://example.com/raccoon.mp4",
      references,
      seed: 7,
    });
    expect(submission).toMatchObject({
      path: "/v2/generate/video/runway/generation",
      headers: { authorization: "Bearer provider-key", "content-type": "application/json" },
    });
    expect(submission?.headers["x-client-request-id"]).toMatch(new RegExp(`^${id}\\.[0-9a-z]+\\.1$`));
  });

  it("percent-encodes the job's id when it polls", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    await finished(id);
    const [poll] = await world.calls("poll");
    expect(poll?.path).toBe(`/v2/generate/video/runway/generation?generation_id=job%3A${world.name}%2F0`);
    expect(poll?.headers["authorization"]).toBe("Bearer provider-key");
  });

  it("never sends the provider's key to the host of the video", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    await finished(id);
    const [file] = await world.calls("file");
    expect(file?.headers).not.toHaveProperty("authorization");
  });

  it("keeps a data URI out of the record and sends it in full to the provider", async () => {
    const world = await play({});
    const uri = `data:video/mp4;base64,${btoa("x".repeat(3_000_000))}`;
    const { id, input } = await submit({ prompt: world.prompt, video_url: uri });
    expect(input["video_url"]).toBe("data:video/mp4;… (3000000 bytes)");
    const [submission] = await world.calls("submit");
    expect(JSON.parse(submission?.body ?? "")).toEqual({
      model: "runway/gen4_aleph",
      prompt: world.prompt,
      video_url: uri,
    });
    await finished(id);
    const left = await eventually(
      () => testEnv.VIDEOS.list({ prefix: `inputs/acme/live/${id}` }),
      ({ objects }) => objects.length === 0,
    );
    expect(left.objects).toEqual([]);
  });

  it("runs a test key's generation in the sandbox, without calling the provider", async () => {
    const world = await play({});
    const { id, mode, provider } = await submit(request(world.prompt), { key: "rh_test_acme_0123456789" });
    expect({ mode, name: provider.name }).toEqual({ mode: "test", name: "sandbox" });
    expect(await world.calls()).toEqual([]);
    expect((await call(`/v1/generations/${id}`, { key: LIVE })).status).toBe(404);
  });

  it("passes the fields of an EXTRA_MODELS model through unchanged", async () => {
    const world = await play({});
    await submit({ model: "vendor/new-model", prompt: world.prompt, anything: { goes: true } });
    const [submission] = await world.calls("submit");
    expect(submission?.path).toBe("/v2/video/generations");
    expect(JSON.parse(submission?.body ?? "")).toEqual({
      model: "vendor/new-model",
      prompt: world.prompt,
      anything: { goes: true },
    });
  });

  it("sends its webhooks generation.failed with the provider's reason", async () => {
    const error = { name: "ModerationError", message: "The prompt was rejected." };
    const world = await play({ poll: [{ body: { id: "{{id}}", status: "error", error } }] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("end") }));
    const done = await finished(id);
    expect(done).toMatchObject({
      status: "failed",
      video: null,
      error: { code: "moderated", message: "The prompt was rejected.", retryable: false },
    });
    const [hook] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    expect(JSON.parse(hook?.body ?? "")).toMatchObject({ type: "generation.failed", data: { id, status: "failed" } });
  });

  it("retries a webhook until it answers 2xx, with the same id and the same bytes", async () => {
    const world = await play({ hooks: { flaky: [{ status: 500 }, { reset: true }, { status: 200 }] } });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("flaky") }));
    await eventually(
      () => read(id),
      ({ webhooks }) => webhooks[0]?.state === "delivered",
    );
    const hooks = await world.calls("hook");
    expect(hooks).toHaveLength(3);
    expect(new Set(hooks.map(({ body }) => body)).size).toBe(1);
    expect(new Set(hooks.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("stops retrying a webhook at the end of the schedule", async () => {
    const world = await play({ hooks: { dead: [{ status: 500 }] } });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("dead") }));
    await eventually(
      () => read(id),
      ({ webhooks }) => webhooks[0]?.state === "failed",
    );
    // RETRY_DELAYS_SECONDS has three delays in these tests, so there are four attempts.
    expect(await world.calls("hook")).toHaveLength(4);
  });
});
