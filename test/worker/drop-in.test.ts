// The drop-in API: the provider's own paths, requests and answers.

import { describe, expect, it } from "vitest";
import { COMPLETED, GENERATING, QUEUED } from "../support/scenario.ts";
import { call, eventually, OTHER, play, read, request, TEST } from "./support.ts";

const PATHS = ["/v2/generate/video/runway/generation", "/v2/video/generations"];

interface ProviderJob {
  readonly id: string;
  readonly status: string;
  readonly video: { readonly url: string } | null;
}

describe.each(PATHS)("%s", (path) => {
  const poll = async (id: string) =>
    (await call(`${path}?generation_id=${encodeURIComponent(id)}`)).json<ProviderJob>();

  it("accepts a job and reports it in the provider's format until its video is stored", async () => {
    const world = await play({ poll: [QUEUED, GENERATING, COMPLETED], file: [{ bytes: 1_000 }] });
    const json = { model: "runway/gen4_aleph", ...request(world.prompt, { webhook_url: world.hook("x") }) };
    const response = await call(path, { json });
    expect(response.status).toBe(201);
    const { id, ...rest } = await response.json<ProviderJob>();
    expect(rest).toEqual({ status: "queued" });
    const seen = new Set<string>();
    const done = await eventually(
      async () => {
        const job = await poll(id);
        seen.add(job.status);
        return job;
      },
      ({ status }) => status === "completed",
    );
    expect([...seen]).toEqual(["queued", "generating", "completed"]);
    expect(done).toEqual({
      id,
      status: "completed",
      video: { url: expect.stringContaining("signature=") },
      error: null,
      meta: { usage: { credits_used: 120_000 } },
    });
    const video = await call(done.video?.url ?? "", { key: null });
    expect((await video.arrayBuffer()).byteLength).toBe(1_000);
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    // Reelhook's own API shows the same generation.
    expect(await read(id)).toMatchObject({ status: "completed", model: "runway/gen4_aleph" });
  });

  it("fault 63: passes on fields that are not in the schema, and shows them in the generation", async () => {
    const world = await play({});
    const known = { model: "gen3a_turbo", prompt: world.prompt, image_url: "https://example.com/i.png" };
    const unknown = { ratio: "16:9", last_image_url: "https://example.com/j.png", n: 1, extra: { deep: [null, 1.5] } };
    const response = await call(path, { json: { ...known, ...unknown, webhook_url: world.hook("x") } });
    expect(response.status).toBe(201);
    const { id } = await response.json<ProviderJob>();
    const [sent] = await world.calls("submit");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ ...known, ...unknown });
    const { model: _, ...input } = { ...known, ...unknown };
    expect((await read(id)).input).toEqual(input);
  });

  it("reports generating while the video is being stored, and error after a cancel", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 20_000, stallAfter: 10_000 }] });
    const { id } = await (await call(path, { json: request(world.prompt) })).json<ProviderJob>();
    await eventually(
      () => read(id),
      ({ status }) => status === "storing",
    );
    expect(await poll(id)).toMatchObject({ id, status: "generating", video: null, error: null });
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    expect(await poll(id)).toMatchObject({ status: "error", video: null, error: { name: "canceled" } });
  });

  it("honors an Idempotency-Key", async () => {
    const world = await play({ poll: [GENERATING] });
    const headers = { "idempotency-key": world.name };
    const first = await call(path, { json: request(world.prompt), headers });
    const again = await call(path, { json: request(world.prompt), headers });
    expect([again.status, await again.json()]).toEqual([201, await first.json()]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await world.calls("submit")).toHaveLength(1);
    const other = await call(path, { json: request(world.prompt, { seed: 1 }), headers });
    expect([other.status, await other.json()]).toMatchObject([422, { statusCode: 422 }]);
  });

  it("reports a failure in the provider's format", async () => {
    const failed = { body: { id: "{{id}}", status: "error", error: { name: "Moderation", message: "not this" } } };
    const world = await play({ poll: [failed] });
    const { id } = await (await call(path, { json: request(world.prompt) })).json<ProviderJob>();
    const job = await eventually(
      () => poll(id),
      ({ status }) => status === "error",
    );
    expect(job).toMatchObject({ video: null, error: { name: expect.any(String), message: "not this" } });
  });

  it.each<[string, () => Promise<Response>, number]>([
    ["a request without a required field", () => call(path, { json: { model: "gen3a_turbo", ratio: "16:9" } }), 400],
    ["a lone surrogate", () => call(path, { json: request("p", { x: "\ud83d" }) }), 400],
    ["a bad body", () => call(path, { json: request("p", { duration: 7 }) }), 400],
    [
      "invalid JSON",
      () => call(path, { method: "POST", body: "{", headers: { "content-type": "application/json" } }),
      400,
    ],
    ["a poll without an id", () => call(path), 400],
    ["a wrong key", () => call(path, { key: "wrong", json: request("p") }), 401],
    ["an unknown id", () => call(`${path}?generation_id=123`), 404],
    ["another account's id", async () => call(`${path}?generation_id=${await made()}`, { key: OTHER }), 404],
    ["an id of the other mode", async () => call(`${path}?generation_id=${await made()}`, { key: TEST }), 404],
    ["an unsupported method", () => call(path, { method: "DELETE" }), 405],
    ["an unknown path", () => call("/v2/nothing"), 404],
  ])("answers %s with an error in the provider's format", async (_, ask, status) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      message: expect.any(String),
      path: expect.stringMatching(/^\/v2\//),
      requestId: response.headers.get("x-request-id"),
      statusCode: status,
      timestamp: expect.stringMatching(/Z$/),
    });
  });

  async function made(): Promise<string> {
    const { prompt } = await play({ poll: [GENERATING] });
    return (await (await call(path, { json: request(prompt) })).json<ProviderJob>()).id;
  }

  it.each([
    [400, 400],
    [403, 403],
    [401, 502],
  ])("returns the provider's %i as %i", async (theirs, ours) => {
    const world = await play({ submit: [{ status: theirs, body: { message: "their words" } }] });
    const response = await call(path, { json: request(world.prompt) });
    expect(response.status).toBe(ours);
    expect(await response.json()).toMatchObject({ message: "their words", statusCode: ours });
  });
});
