// The header `Reelhook-Simulate`: scripts of the sandbox for models without a prompt.

import { describe, expect, it } from "vitest";
import { SANDBOX_SCRIPTS } from "../../src/contract/words.ts";
import { call, finished, LIVE, read, request, submit, TEST } from "./support.ts";

const POSTS = ["/v1/generations", "/v2/generate/video/runway/generation", "/v2/video/generations"];

/** A model without a prompt. */
const ACT_TWO = {
  model: "runway/act_two",
  character: { type: "image", url: "https://example.com/i.png" },
  reference: { type: "video", url: "https://example.com/v.mp4" },
};

const withScript = (script: string, more: Record<string, string> = {}) => ({
  key: TEST,
  headers: { "reelhook-simulate": script, ...more },
});

describe.each(POSTS)("Reelhook-Simulate on POST %s", (path) => {
  it("completes at the first poll with instant", async () => {
    const response = await call(path, { json: ACT_TWO, ...withScript("instant") });
    const { id } = await response.json<{ id: string }>();
    const done = await finished(id, TEST);
    expect(done).toMatchObject({ status: "completed", provider: { polls: 1 }, video: { content_type: "video/mp4" } });
    expect(done.started_at).not.toBeNull();
  });

  it("takes precedence over the marker in the prompt", async () => {
    const response = await call(path, { json: request("[instant]"), ...withScript("refused") });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      path.startsWith("/v1")
        ? { code: "invalid_input", detail: "Refused by the sandbox, as requested with [refused]." }
        : { message: "Refused by the sandbox, as requested with [refused]." },
    ]);
  });

  it.each([
    ["in live mode", LIVE, "instant", "Reelhook-Simulate works only in test mode"],
    ["with an unknown word", TEST, "[instant]", `Reelhook-Simulate must be one of ${SANDBOX_SCRIPTS.join(", ")}.`],
    ["with two words", TEST, "slow, fail", "Reelhook-Simulate must be one of "],
    ["without a word", TEST, "", "Reelhook-Simulate must be one of "],
  ])("is refused %s", async (_, key, script, message) => {
    const response = await call(path, { json: ACT_TWO, key, headers: { "reelhook-simulate": script } });
    const answer = await response.json<{ code?: string; detail?: string; message?: string }>();
    expect([response.status, answer.detail ?? answer.message]).toEqual([400, expect.stringContaining(message)]);
    if (path.startsWith("/v1")) expect(answer.code).toBe("invalid_request");
  });
});

describe("the sandbox", () => {
  it("accepts any model", async () => {
    const json = { model: "vendor/new-model", anything: [1] };
    const { id } = await submit(json, withScript("instant"));
    expect(await finished(id, TEST)).toMatchObject({
      status: "completed",
      model: json.model,
      provider: { name: "sandbox" },
    });
  });
});

describe("a retry", () => {
  it("with another script or without one is a different request", async () => {
    const key = { "idempotency-key": crypto.randomUUID() };
    const first = await submit(ACT_TWO, withScript("never", key));
    const again = await submit(ACT_TWO, withScript("never", key));
    expect(again.id).toBe(first.id);
    for (const headers of [key, { ...key, "reelhook-simulate": "slow" }]) {
      const other = await call("/v1/generations", { json: ACT_TWO, key: TEST, headers });
      expect([other.status, await other.json()]).toMatchObject([422, { code: "idempotency_mismatch" }]);
    }
    await call(`/v1/generations/${first.id}/cancel`, { method: "POST", key: TEST });
    expect((await read(first.id, TEST)).status).toBe("canceled");
  });
});
