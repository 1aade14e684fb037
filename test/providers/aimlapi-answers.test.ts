import { describe, expect, it } from "vitest";
import { messageOf, readJob, refusal } from "../../src/providers/aimlapi-answers.ts";

describe("an answer of the provider", () => {
  it.each([
    ["queued", "queued"],
    ["waiting", "queued"],
    ["generating", "generating"],
    ["active", "generating"],
    ["processing", "generating"],
    ["completed", "done"],
    ["complete", "done"],
    ["succeeded", "done"],
    ["COMPLETED", "done"],
    ["error", "failed"],
    ["failed", "failed"],
    ["daydreaming", "unknown"],
    ["constructor", "unknown"],
  ])("with status %s is %s", (status, stage) => {
    expect(readJob({ id: "j", status })).toMatchObject({ stage, status });
  });

  it.each([
    [{ url: "https://v/" }, "https://v/"],
    [["https://v/"], "https://v/"],
    [[null, "https://v/"], "https://v/"],
    [[{ url: "https://v/" }], "https://v/"],
    [[], null],
    [[null], null],
    [{ url: "" }, null],
    [{ url: null }, null],
    [{}, null],
    ["https://v/", "https://v/"],
    [null, null],
    [undefined, null],
    [7, null],
  ])("with video %j has the URL %j", (video, url) => {
    expect(readJob({ id: "j", status: "completed", video })?.videoUrl).toBe(url);
  });

  it.each([
    [{ id: "j" }, "j"],
    [{ generation_id: "j" }, "j"],
    [{ id: 42 }, "42"],
    [{ id: 2 ** 63 }, null],
    [{ id: "j".repeat(1025) }, null],
    [{ id: "", generation_id: "g" }, "g"],
    [{ id: null }, null],
    [{ id: { nested: true } }, null],
    [{}, null],
  ])("%j has the job id %j", (body, id) => {
    expect(readJob(body)?.id).toBe(id);
  });

  it.each([
    [
      { name: "E", message: "broke" },
      { code: "provider_error", message: "broke" },
    ],
    [
      { name: "SafetyError", message: "broke" },
      { code: "moderated", message: "broke" },
    ],
    ["content policy violation", { code: "moderated", message: "content policy violation" }],
    [
      { detail: [{ loc: ["body", "prompt"], msg: "too long", type: "x" }] },
      { code: "provider_error", message: "body.prompt: too long" },
    ],
    [{ name: { toString: 1 } }, { code: "provider_error", message: "The provider gave no reason." }],
    [{ detail: [{ loc: [{ toString: 1 }], msg: "odd" }] }, { code: "provider_error", message: "odd" }],
    [{ name: "OnlyAName" }, { code: "provider_error", message: "OnlyAName" }],
    [null, { code: "provider_error", message: "The provider gave no reason." }],
    [undefined, { code: "provider_error", message: "The provider gave no reason." }],
  ])("with error %j is the failure %j", (error, failure) => {
    expect(readJob({ id: "j", status: "error", error })?.failure).toEqual(failure);
  });

  it.each([
    [{ usage: { credits_used: 120000 } }, 120000],
    [{ usage: {} }, null],
    [null, null],
    ["odd", null],
  ])("with meta %j has the credits %j", (meta, credits) => {
    expect(readJob({ id: "j", status: "completed", meta })?.credits).toBe(credits);
  });

  it.each([undefined, null, "text", 7, []])("that is %j is not a job", (body) => {
    expect(readJob(body)).toBeNull();
  });
});

it("reads an answer whose fields pose as texts", () => {
  const poser = { length: { toString: 1 } };
  expect(readJob({ id: poser, status: poser })).toMatchObject({ id: null, status: null });
});

describe("the message of an error", () => {
  it.each([
    [{ message: "m" }, "m"],
    [{ message: ["a", "b"] }, "a; b"],
    [{ error: { message: "m" } }, "m"],
    [{ statusCode: "400" }, null],
    ["", null],
    [null, null],
  ])("%j is %j", (body, message) => {
    expect(messageOf(body)).toBe(message);
  });
});

describe("a refusal", () => {
  it.each([
    [400, "Body validation error", "invalid_input"],
    [400, "blocked by moderation", "moderated"],
    [401, "bad key", "provider_unauthorized"],
    [402, "pay", "insufficient_credits"],
    [403, "out of credits", "insufficient_credits"],
    [404, "no such path", "provider_error"],
    [413, "too large", "provider_error"],
    [422, "unprocessable", "invalid_input"],
  ])("with %i %j is %s", (status, message, code) => {
    expect(refusal(status, message)).toEqual({ code, message });
  });
});
