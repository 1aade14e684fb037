// Lists, webhooks, refusals and everything about an account with the client of packages/reelhook, against the Worker.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { errorOf } from "../../support/reelhook-error.ts";
import { COMPLETED, GENERATING } from "../../support/scenario.ts";
import { LIVE, OTHER, type Stage, setStage, TEST } from "../../support/stage.ts";

let stage: Stage;
/** In test mode, and in live mode, where the world plays the provider. */
let test: Reelhook;
let live: Reelhook;

beforeAll(async () => {
  stage = await setStage();
  test = new Reelhook({ baseUrl: stage.url, apiKey: TEST });
  live = new Reelhook({ baseUrl: stage.url, apiKey: LIVE });
});

afterAll(() => stage.stop());

const VIDEO_URL = "https://example.com/raccoon.mp4";
const INSTANT = { prompt: "[instant] A fairy.", video_url: VIDEO_URL };

/** Input of a generation whose provider plays a scenario. */
function played(name: string, scenario: Parameters<Stage["world"]["play"]>[1]) {
  stage.world.play(name, scenario);
  return { prompt: `scenario=${name}`, video_url: VIDEO_URL };
}

// These mostly wait, so they wait together.
describe.concurrent("a refusal", () => {
  it("of bad input names every bad field", async () => {
    // @ts-expect-error: retention_days is a number
    const error = await errorOf(test.generations.create({ ...INSTANT, frame_size: "1:1", retention_days: "7" }));
    expect(error).toMatchObject({ status: 400, code: "invalid_request", requestId: expect.stringMatching(/\w/) });
    expect(error.errors.map(({ pointer }) => pointer).sort()).toEqual(["/frame_size", "/retention_days"]);
    expect(error.message).toContain("/frame_size: ");
  });

  it("of an unknown field is lifted by `lenient`", async () => {
    const input = { ...INSTANT, style: "watercolor" };
    expect(await errorOf(test.generations.create(input))).toMatchObject({ errors: [{ pointer: "/style" }] });
    expect(await test.generations.create(input, { lenient: true })).toMatchObject({ input: { style: "watercolor" } });
  });

  it("of the provider names the generation that failed, and can be simulated in test mode", async () => {
    const input = { prompt: "A fairy.", video_url: VIDEO_URL };
    const error = await errorOf(test.generations.create(input, { simulate: "refused" }));
    expect(error).toMatchObject({ status: 400, code: "invalid_input", generationId: expect.stringMatching(/^gen_/) });
    expect(await test.generations.get(error.generationId ?? "")).toMatchObject({ status: "failed" });
  });

  it("of a key is the API's", async () => {
    const stranger = new Reelhook({ baseUrl: stage.url, apiKey: "rh_test_nobody_0123456789" });
    expect(await errorOf(stranger.account.get())).toMatchObject({ status: 401, code: "unauthorized" });
    expect(await errorOf(stranger.events().next())).toMatchObject({ status: 401, code: "unauthorized" });
  });

  it.each(["", "k".repeat(256)])("of a bad idempotency key is the API's", async (idempotencyKey) => {
    const error = await errorOf(test.generations.create(INSTANT, { idempotencyKey }));
    expect(error).toMatchObject({ status: 400, code: "invalid_request" });
    expect(error.detail).toBe("Idempotency-Key must have 1 to 255 characters.");
  });

  it("does not concern a wait that the API shortens", async () => {
    const { id } = await test.generations.create(INSTANT);
    expect(await test.generations.get(id, { wait: 61 })).toMatchObject({ status: "completed" });
  });
});

describe.concurrent("a list", () => {
  it("is read over all of its pages, newest first", async () => {
    const other = new Reelhook({ baseUrl: stage.url, apiKey: OTHER });
    const input = played("listed", { poll: [GENERATING] });
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.push((await other.generations.create(input)).id);
    await vi.waitFor(async () => {
      const listed = await Array.fromAsync(other.generations.list({ limit: 2 }), ({ id }) => id);
      expect(listed).toEqual(made.toReversed());
    }, 5_000);
    const sizes = await Array.fromAsync(other.generations.list({ limit: 2 }).pages(), ({ data }) => data.length);
    expect(sizes).toEqual([2, 2, 1]);
    await Promise.all(made.map((id) => other.generations.cancel(id)));
  });
});

describe.concurrent("webhooks", () => {
  it("are registered, tested, delivered to, read over pages, and sent again", async () => {
    const input = played("hooked", { hooks: { in: [{ status: 204 }], own: [{ status: 204 }] } });
    const hook = (name: string) => `${stage.world.url}/hooks/hooked/${name}`;
    const { webhookEndpoints, generations } = live;
    const created = await webhookEndpoints.create({ url: hook("in"), events: ["generation.completed"] });
    const { id: endpointId, secret } = created;
    expect(await webhookEndpoints.update(endpointId, { description: "orders" })).toMatchObject({
      description: "orders",
    });
    expect((await webhookEndpoints.list()).map(({ id }) => id)).toEqual([endpointId]);
    expect(await webhookEndpoints.secret(endpointId)).toBe(secret);
    expect([secret.slice(0, 6), await webhookEndpoints.rotateSecret(endpointId)]).not.toEqual(["whsec_", secret]);
    expect(await webhookEndpoints.test(endpointId)).toMatchObject({ event: "webhook.test", state: "delivered" });

    const { id } = await generations.create({ ...input, webhook_url: hook("own") }, { wait: 20 });
    const deliveries = await vi.waitFor(async () => {
      const all = await Array.fromAsync(generations.deliveries(id, { limit: 1 }));
      expect(all.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
      return all;
    }, 10_000);
    expect(deliveries.map(({ endpoint_id }) => endpoint_id).sort()).toEqual([null, endpointId].sort());
    const [{ id: deliveryId } = { id: "" }] = deliveries;
    const detail = await generations.delivery(id, deliveryId);
    expect(detail.body).toContain(id);
    await generations.redeliver(id, deliveryId);
    await vi.waitFor(async () => expect((await generations.delivery(id, deliveryId)).attempts).toHaveLength(2), 5_000);

    const sent = await Array.fromAsync(webhookEndpoints.deliveries(endpointId, { limit: 1 }));
    // Generations of other tests may have been delivered to it, too.
    const [own, tests] = [
      sent.filter((each) => each.generation_id === id),
      sent.filter(({ generation_id }) => generation_id === null),
    ];
    expect([own, tests].map(([each]) => each?.event)).toEqual(["generation.completed", "webhook.test"]);
    expect(await Array.fromAsync(webhookEndpoints.deliveries(endpointId, { state: "failed" }))).toEqual([]);
    const since = new Date(Date.now() - 60_000);
    const recovery = { endpoint_id: endpointId, since: since.toISOString(), matching: 0 };
    expect(await webhookEndpoints.recover(endpointId, { since, dryRun: true })).toMatchObject(recovery);
    expect((await webhookEndpoints.get(endpointId)).recovery).toBeNull();
    expect(await webhookEndpoints.recover(endpointId, { since })).toMatchObject(recovery);
    const { health, recovery: started } = await webhookEndpoints.get(endpointId);
    expect([health.failing_since, started?.since]).toEqual([null, since.toISOString()]);
    await webhookEndpoints.delete(endpointId);
    expect(await errorOf(webhookEndpoints.get(endpointId))).toMatchObject({ code: "not_found" });
  });

  it("named in requests are signed with the secret of the account", async () => {
    const before = await test.webhookSecret.get();
    expect(before).toMatchObject({
      secret: expect.stringMatching(/^whsec_/),
      public_key: expect.stringMatching(/^whpk_/),
    });
    const after = await test.webhookSecret.rotate();
    expect(after.secret).not.toBe(before.secret);
    expect(await test.webhookSecret.get()).toEqual(after);
  });
});

describe.concurrent("the account", () => {
  it("is that of the key", async () => {
    expect(await test.account.get()).toEqual({ object: "account", name: "acme", mode: "test" });
  });

  it("has its usage by day and model", async () => {
    await live.generations.create(played("paid", { poll: [COMPLETED] }), { wait: 20 });
    const today = new Date().toISOString().slice(0, 10);
    const usage = await vi.waitFor(async () => {
      const { data, total } = await live.usage.get({ from: today, group_by: "model" });
      expect(total.completed).toBeGreaterThan(0);
      return { data, total };
    }, 5_000);
    expect(usage.data).toMatchObject([{ model: "runway/gen4_aleph", credits: usage.total.credits }]);
    // @ts-expect-error: not a group
    expect(await errorOf(live.usage.get({ group_by: "week" }))).toMatchObject({ errors: [{ pointer: "/group_by" }] });
  });

  it("has the provider's models, with slashes in their ids", async () => {
    const models = await test.models.list();
    expect(models.map(({ id }) => id)).toContain("runway/gen4_aleph");
    const { input_schema } = await test.models.get("runway/gen4_aleph");
    expect(input_schema?.["required"]).toEqual(["prompt", "video_url"]);
    expect(await errorOf(test.models.get("nobody/nothing"))).toMatchObject({ code: "not_found" });
  });
});
