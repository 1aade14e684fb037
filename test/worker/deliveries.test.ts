// Pages of a generation's deliveries, and the limit on sending again.

import { afterEach, describe, expect, it, vi } from "vitest";
import type { DeliveryPage } from "../../src/contract/deliveries.ts";
import type { ProblemView } from "../../src/contract/problem.ts";
import { COMPLETED } from "../support/scenario.ts";
import { call, eventually, LIVE, OTHER, type Played, play, read, request, submit, TEST } from "./support.ts";

/** A generation whose webhooks, one for each name, have been called. */
async function delivered(names: readonly string[], key = LIVE): Promise<{ id: string; world: Played }> {
  const world = await play({ poll: [COMPLETED] });
  const webhooks = names.map((name) => ({ url: world.hook(name) }));
  const { id } = await submit(request(world.prompt, { webhooks }), { key });
  await eventually(
    () => read(id, key),
    ({ webhooks }) => webhooks.every(({ state }) => state === "delivered"),
  );
  return { id, world };
}

async function pageOf(id: string, query = ""): Promise<DeliveryPage> {
  return (await call(`/v1/generations/${id}/deliveries${query}`)).json<DeliveryPage>();
}

describe("GET /v1/generations/{id}/deliveries", () => {
  it("audit 18: has pages, each with a cursor for the next one", async () => {
    const { id } = await delivered(["a", "b", "c", "d", "e"]);
    const all = await pageOf(id);
    expect(all).toMatchObject({ object: "list", has_more: false, next_cursor: null });
    expect(all.data).toHaveLength(5);
    const data: DeliveryPage["data"][number][] = [];
    let query = "?limit=2";
    for (const hasMore of [true, true, false]) {
      const page = await pageOf(id, query);
      expect(page.has_more).toBe(hasMore);
      data.push(...page.data);
      query = `?limit=2&cursor=${page.next_cursor}`;
    }
    expect(data).toEqual(all.data);
  });

  it("audit 18: names each parameter that is wrong or unknown", async () => {
    const { id } = await delivered([]);
    const path = `/v1/generations/${id}/deliveries`;
    for (const [query, pointer] of [
      ["limit=0", "/limit"],
      ["limit=101", "/limit"],
      ["cursor=x", "/cursor"],
      [`cursor=a-${id}`, "/cursor"],
      ["page=2", "/page"],
    ]) {
      const refused = await call(`${path}?${query}`);
      expect(refused.status, query).toBe(400);
      expect((await refused.json<ProblemView>()).errors?.[0]?.pointer).toBe(pointer);
    }
  });
});

describe("the limit on redeliveries, tests and recoveries", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const post = (path: string, json?: unknown, key = LIVE) =>
    call(path, { method: "POST", key, ...(json === undefined ? {} : { json }) });

  it("audit 13: refuses the 61st of an account and mode with a correct Retry-After, and changes nothing", async () => {
    const { id, world } = await delivered(["a"]);
    const created = await post("/v1/webhook-endpoints", { url: world.hook("b") });
    const endpoint = await created.json<{ id: string }>();
    const [delivery] = (await pageOf(id)).data;
    const redeliver = `/v1/generations/${id}/deliveries/${delivery?.id}/redeliver`;
    const test = `/v1/webhook-endpoints/${endpoint.id}/test`;
    const recover = `/v1/webhook-endpoints/${endpoint.id}/recover`;
    const since = { since: "2026-01-01T00:00:00Z" };
    // Time stands still, so that nothing refills.
    vi.useFakeTimers({ toFake: ["Date"] });

    expect((await post(recover, since)).status).toBe(202);
    expect((await post(redeliver)).status).toBe(202);
    for (let times = 0; times < 58; times++) expect((await post(test)).status).toBe(202);
    const before = await eventually(
      () => pageOf(id),
      ({ data }) => data[0]?.attempts.length === 2,
    );
    const sent = (await world.calls("hook")).length;
    for (const [path, json] of [[redeliver], [test], [recover, since]] as const) {
      const refused = await post(path, json);
      expect(refused.status, path).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    }
    expect(await pageOf(id)).toEqual(before);
    expect((await world.calls("hook")).length).toBe(sent);

    // A delivery or endpoint that does not exist, or is another account's, is still 404.
    const none = `/v1/generations/${id}/deliveries/msg_none/redeliver`;
    for (const path of [none, test.replace(endpoint.id, "we_none")]) expect((await post(path)).status).toBe(404);
    for (const key of [OTHER, TEST]) expect((await post(redeliver, undefined, key)).status).toBe(404);

    // Other accounts and modes are not affected.
    const testMode = await post("/v1/webhook-endpoints", { url: world.hook("c") }, TEST);
    const own = await testMode.json<{ id: string }>();
    expect((await post(`/v1/webhook-endpoints/${own.id}/test`, undefined, TEST)).status).toBe(202);

    vi.setSystemTime(Date.now() + 1_000);
    expect((await post(redeliver)).status).toBe(202);
    expect((await post(redeliver)).status).toBe(429);
  });
});
