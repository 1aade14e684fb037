// Rows of the fault table (docs/reliability.md) about the content of the provider's answers, injected into the real
// runtime.

import { describe, expect, it } from "vitest";
import type { Answer } from "../support/scenario.ts";
import { call, eventually, finished, play, record, request, submit } from "./support.ts";

const FILE = "{{file}}";
const THUMBNAIL = "https://cdn.example.com/thumbnail.jpg";

const answer = (fields: object): Answer => ({ body: { id: "{{id}}", ...fields } });

async function ended(...poll: Answer[]) {
  const world = await play({ poll });
  const { id } = await submit(request(world.prompt));
  return { world, id, view: await finished(id) };
}

describe.concurrent("what a poll says", () => {
  it.each<[string, object]>([
    ["done", { status: "done", video: { url: FILE } }],
    ["succeed", { status: "succeed", video: { url: FILE } }],
    ["an unknown word", { status: "wrapped_up", video: { url: FILE } }],
  ])("fault 70: %s with a link to a video ends the job, and the video is stored", async (_, fields) => {
    expect((await ended(answer(fields))).view).toMatchObject({ status: "completed", provider: { polls: 1 } });
  });

  it.each<[string, object]>([
    ["expired", { status: "expired", error: { message: "their reason" } }],
    ["Canceled", { status: "Canceled", message: "their reason" }],
    ["an unknown word", { status: "kaput", failure: "their reason" }],
  ])("fault 71: %s fails the generation at once, with the provider's reason", async (_, fields) => {
    expect((await ended(answer(fields))).view).toMatchObject({
      status: "failed",
      provider: { polls: 1 },
      error: { code: "provider_error", message: "their reason", retryable: false },
    });
  });

  it.each<[string, object]>([
    ["videos[]", { status: "completed", videos: [{ thumbnail: THUMBNAIL, url: FILE }] }],
    ["output[]", { status: "completed", output: [THUMBNAIL, FILE] }],
    ["video_url", { status: "completed", image_url: THUMBNAIL, video_url: FILE }],
    ["video.uri", { status: "completed", video: { uri: FILE } }],
    ["a wrapper", { data: { task_status: "succeed", task_result: { videos: [{ url: FILE }] } } }],
  ])("fault 72: a link in %s is found", async (_, fields) => {
    expect((await ended(answer(fields))).view.status).toBe("completed");
  });

  it("fault 73: an answer of 2 MiB is read, and one of more than 8 MiB is reported in the error", async () => {
    const preview = (mebibytes: number) => "x".repeat(mebibytes * 1024 * 1024);
    const large = answer({ status: "completed", preview: preview(2), video: { url: FILE } });
    expect((await ended(large)).view.status).toBe("completed");
    const world = await play({ poll: [answer({ status: "completed", preview: preview(8), video: { url: FILE } })] });
    const { id } = await submit(request(world.prompt));
    const { generation } = await eventually(
      () => record(id),
      ({ generation: { state } }) => "polling" in state && state.polling.failures > 0,
    );
    expect(generation.state).toMatchObject({ polling: { problem: expect.stringMatching(/more than 8 MiB$/) } });
  });

  it.each<[string, object, string]>([
    ["a code of moderation", { error: { code: "SAFETY.INPUT.TEXT", message: "no" } }, "moderated"],
    ["a phrase of moderation", { error: "The prompt may contain sensitive information" }, "moderated"],
    ["a phrase that only looks like moderation", { error: "moderate motion is not supported" }, "provider_error"],
  ])("fault 74: %s is classified correctly", async (_, fields, code) => {
    const retryable = code !== "moderated";
    expect((await ended(answer({ status: "failed", ...fields }))).view.error).toMatchObject({ code, retryable });
  });

  it("fault 75: 90,000 nested errors fail the generation without a reason", async () => {
    const body = `{"id": "{{id}}", "status": "error", "error": ${'{"error": '.repeat(90_000)}1${"}".repeat(90_000)}}`;
    expect((await ended({ body })).view.error).toMatchObject({
      code: "provider_error",
      message: "The provider gave no reason.",
    });
  });

  it("fault 76: a webhook stays well-formed with a lone surrogate, or a cut in the middle of a character", async () => {
    const message = `\ud83d ${"x".repeat(997)}😀`;
    const world = await play({ poll: [answer({ status: "\ude00 failed", error: { message } })] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    const { error } = await finished(id);
    expect(error?.message).toBe(`\ufffd ${"x".repeat(997)}`);
    const [hook] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(hook?.body).not.toMatch(/\\ud[89a-f]/i);
    expect(JSON.parse(hook?.body ?? "").data.error).toEqual(error);
  });
});

describe.concurrent("what a refusal says", () => {
  it("fault 77: a firewall's page with 403 is not reported as insufficient credits, and not retried", async () => {
    const page = { status: 403, headers: { "content-type": "text/html" }, body: "<html>Blocked</html>" };
    const world = await play({ submit: [page] });
    const response = await call("/v1/generations", { json: request(world.prompt) });
    expect(response.status).toBe(202);
    const { id } = await response.json<{ id: string }>();
    expect((await finished(id)).error).toMatchObject({
      code: "provider_error",
      message: expect.stringMatching(/^POST 127\.0\.0\.1:\d+: status 403, not JSON$/),
      retryable: false,
    });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it.each([301, 405, 413])("fault 78: %i is a definite refusal, and not retryable", async (status) => {
    const world = await play({ submit: [{ status, body: { message: "their reason" } }] });
    const { id } = await submit(request(world.prompt));
    expect((await finished(id)).error).toMatchObject({ code: "provider_error", retryable: false });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it.each<[string, string]>([
    ["900 kB", JSON.stringify({ id: "j".repeat(900_000) })],
    ["a number that JSON cannot carry", '{"id": 9007199254740993}'],
    ["nothing", '{"id": ""}'],
  ])("fault 79: an id of %s is ignored, so the log decides", async (_, body) => {
    const world = await play({ submit: [{ status: 201, body }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", provider: { id: `job:${world.name}/0` } });
    expect(await world.calls("submit")).toHaveLength(1);
  });
});
