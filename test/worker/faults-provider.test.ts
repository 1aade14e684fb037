// Rows of the fault table (docs/reliability.md) about the API and the provider, each injected into the real runtime.

import { describe, expect, it } from "vitest";
import { type Answer, COMPLETED, GENERATING, QUEUED } from "../support/scenario.ts";
import { amend, call, crash, eventually, finished, play, read, record, request, submit, wake } from "./support.ts";

const okSubmit: Answer = { status: 201, body: { id: "{{id}}", status: "queued" } };
const refusal = (status: number, headers = {}): Answer => ({
  status,
  headers,
  body: { message: "their reason", statusCode: status },
});

describe.concurrent("faults of the API", () => {
  it("fault 1: a create retried with its Idempotency-Key returns the same generation, submitted once", async () => {
    const world = await play({});
    const init = { json: request(world.prompt), headers: { "idempotency-key": world.name } };
    const first = await call("/v1/generations", init);
    const second = await call("/v1/generations", init);
    expect((await second.json<{ id: string }>()).id).toBe((await first.json<{ id: string }>()).id);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("fault 2: the same key with a different body is refused", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    await submit(request(world.prompt), { headers });
    const response = await call("/v1/generations", { json: request(world.prompt, { seed: 2 }), headers });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "idempotency_mismatch" });
  });

  it("fault 3: a create repeated after a crash before the 202 runs to its end, submitted once", async () => {
    const world = await play({ submit: [{ hang: true }] });
    const init = { json: request(world.prompt), headers: { "idempotency-key": world.name } };
    const { generationIdFor } = await import("../../src/contract/ids.ts");
    const id = await generationIdFor({ account: "acme", mode: "live" }, world.name);
    const broken = call("/v1/generations", init);
    await eventually(
      () => world.calls("submit"),
      (calls) => calls.length === 1,
    );
    await crash(id);
    expect([202, 500]).toContain((await broken).status);
    const again = await call("/v1/generations", init);
    expect(again.status).toBe(202);
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect(await world.calls("submit")).toHaveLength(1);
  });
});

describe.concurrent("faults of a submission", () => {
  it.each([
    [400, 400, "invalid_input"],
    [401, 502, "provider_unauthorized"],
    [403, 402, "insufficient_credits"],
  ])("fault 5: %i reaches the waiting caller as %i %s, and is sent to the webhooks", async (theirs, ours, code) => {
    const world = await play({ submit: [refusal(theirs)] });
    const response = await call("/v1/generations", { json: request(world.prompt, { webhook_url: world.hook("x") }) });
    expect(response.status).toBe(ours);
    expect(await response.json()).toMatchObject({ code, detail: "their reason" });
    const [hook] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(JSON.parse(hook?.body ?? "")).toMatchObject({ type: "generation.failed", data: { error: { code } } });
  });

  it.each<[string, Answer]>([
    ["a lost connection", { reset: true }],
    ["500", refusal(500)],
    ["502", refusal(502)],
    ["504", refusal(504)],
  ])("fault 6: after %s the provider's log decides, and nothing is resent blindly", async (_, answer) => {
    const world = await play({ submit: [answer], logged: "succeeded" });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", provider: { id: `job:${world.name}/0` } });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("fault 6: a submission that the log never shows ends as submission_unknown and is not resent", async () => {
    const world = await play({ submit: [{ reset: true }], logged: "absent" });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await amend(id, (generation) => ({ ...generation, policy: { ...generation.policy, timeoutMs: 1 } }));
    await eventually(
      () => record(id),
      ({ generation }) => generation.state.phase !== "submitting",
    );
    await wake(id);
    expect(await finished(id)).toMatchObject({ error: { code: "submission_unknown", retryable: false } });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("fault 6: a submission that the log shows as failed is sent again", async () => {
    const world = await play({ submit: [refusal(500), okSubmit] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", provider: { id: `job:${world.name}/1` } });
  });

  it("fault 7: after a crash between the provider's acceptance and saving its id, the log decides", async () => {
    const world = await play({ submit: [{ hang: true }] });
    const pending = call("/v1/generations", {
      json: request(world.prompt),
      headers: { "idempotency-key": world.name },
    });
    const [sent] = await eventually(
      () => world.calls("submit"),
      (calls) => calls.length === 1,
    );
    const id = sent?.headers["x-client-request-id"]?.split(".")[0] ?? "";
    await crash(id);
    await pending;
    await wake(id);
    expect(await finished(id)).toMatchObject({ status: "completed", provider: { id: `job:${world.name}/0` } });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("fault 48: for a 2xx without a readable id, x-inference-id decides, otherwise the log", async () => {
    const named = await play({
      submit: [{ status: 201, headers: { "x-inference-id": "job:from-a-header" }, body: {} }],
    });
    const byHeader = await submit(request(named.prompt));
    expect(byHeader.provider.id).toBe("job:from-a-header");
    const unnamed = await play({ submit: [{ status: 201, body: "<html>" }] });
    const { id } = await submit(request(unnamed.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect(await unnamed.calls("submit")).toHaveLength(1);
  });

  it("fault 49: any other 4xx is a definite refusal", async () => {
    const world = await play({ submit: [refusal(418)] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ error: { code: "provider_error", message: "their reason" } });
    expect(await world.calls("submit")).toHaveLength(1);
  });
});

describe.concurrent("faults of a poll", () => {
  it.each<[string, Answer]>([
    ["500", refusal(500)],
    ["a lost connection", { reset: true }],
  ])("fault 8: %s does not fail the generation, and polling returns to its grid", async (_, answer) => {
    const world = await play({ poll: [answer, GENERATING, COMPLETED] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    const polls = (await world.calls("poll")).map(({ at }) => at);
    const [first = 0, second = 0, third = 0] = polls;
    expect(second - first).toBeGreaterThan(3_500);
    expect(third - second).toBeLessThan(1_600);
  });

  it.each([429, 503])("fault 8: %i makes polls rarer, and does not fail the generation", async (status) => {
    const world = await play({ poll: [refusal(status, { "retry-after": "1" }), COMPLETED] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    const [first = 0, second = 0] = (await world.calls("poll")).map(({ at }) => at);
    // The interval is one second. The first poll may have been late.
    expect(second - first).toBeGreaterThan(1_500);
  });

  it("fault 9: 404 is tolerated five times in a row, then the generation fails", async () => {
    const world = await play({ poll: [{ status: 404, body: { message: "Not found" } }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ error: { code: "provider_error" } });
    expect((await world.calls("poll")).length).toBe(6);
    const known = await play({ poll: [{ status: 404, body: {} }, { status: 404, body: {} }, COMPLETED] });
    expect(await finished((await submit(request(known.prompt))).id)).toMatchObject({ status: "completed" });
  });

  it.each<[string, Answer]>([
    ["an unknown status", { body: { id: "{{id}}", status: "daydreaming" } }],
    ["an answer that is not JSON", { body: "<html>" }],
  ])("fault 10: %s keeps the generation polling", async (_, answer) => {
    const world = await play({ poll: [answer, COMPLETED] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
  });

  it("fault 11: a poll that hangs is abandoned, and later polls continue", async () => {
    const world = await play({ poll: [{ hang: true }, COMPLETED] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length === 1,
    );
    // Slots pass while the poll hangs, and the alarm is always set for a later slot.
    const { alarm } = await record(id);
    expect(alarm).toBeGreaterThan(Date.now() - 1_000);
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length > 1,
    );
    expect(await finished(id)).toMatchObject({ status: "completed" });
  }, 60_000);

  it("fault 12: a job that never ends times out at its deadline and sends generation.failed", async () => {
    const world = await play({ poll: [GENERATING] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await amend(id, (generation) => ({ ...generation, policy: { ...generation.policy, timeoutMs: 2_500 } }));
    expect(await finished(id)).toMatchObject({ status: "failed", error: { code: "timed_out" } });
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1 && calls[0]?.body.includes("generation.failed") === true,
    );
  });

  it("fault 13: a status that goes backwards is ignored", async () => {
    const world = await play({ poll: [GENERATING, QUEUED, QUEUED, COMPLETED] });
    const { id } = await submit(
      request(world.prompt, { webhooks: [{ url: world.hook("x"), events: ["generation.started"] }] }),
    );
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length >= 3,
    );
    expect((await read(id)).status).toBe("generating");
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect(await world.calls("hook")).toHaveLength(1);
  });

  it.each([null, { url: "javascript:alert(1)" }])(
    "fault 14: a completed job without a usable link (%j) is polled again, then fails",
    async (video) => {
      const bare: Answer = { body: { id: "{{id}}", status: "completed", video } };
      const world = await play({ poll: [bare] });
      const { id } = await submit(request(world.prompt));
      expect(await finished(id)).toMatchObject({ error: { code: "provider_error", retryable: false } });
      expect((await world.calls("poll")).length).toBe(6);
      const late = await play({ poll: [bare, bare, COMPLETED] });
      expect(await finished((await submit(request(late.prompt))).id)).toMatchObject({ status: "completed" });
    },
  );

  it.each([401, 403])("fault 50: a poll answered %i is retried, since a paid job may be running", async (status) => {
    const world = await play({ poll: [refusal(status), COMPLETED] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
  });
});
