// The log of a webhook endpoint when reports are lost and objects crash: in the end it must agree with the deliveries.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import counts from "../../bench/counts.json";
import { AccountObject } from "../../src/account/object.ts";
import type { EndpointDeliveryPage } from "../../src/contract/deliveries.ts";
import type { EndpointView, NewEndpointView } from "../../src/contract/webhook-endpoints.ts";
import { COMPLETED } from "../support/scenario.ts";
import { call, crash, eventually, play, record, request, submit, testEnv } from "./support.ts";

const PATH = "/v1/webhook-endpoints";
const account = () => testEnv.ACCOUNTS.getByName("acme/live");

async function create(url: string): Promise<string> {
  return (await (await call(PATH, { json: { url } })).json<NewEndpointView>()).id;
}

const logOf = async (id: string) => (await (await call(`${PATH}/${id}/deliveries`)).json<EndpointDeliveryPage>()).data;

/** Endpoints get every event of their scope, so those of one test must not outlive it. */
afterEach(async () => {
  vi.restoreAllMocks();
  const { data } = await (await call(PATH)).json<{ data: EndpointView[] }>();
  for (const { id } of data) await call(`${PATH}/${id}`, { method: "DELETE" });
});

describe("the log of a webhook endpoint", () => {
  it("agrees with the deliveries although reports of attempts were lost and both objects have crashed", async () => {
    const hooks = { down: [...Array(4).fill({ status: 500 }), { hang: true as const }], up: [{ status: 204 }] };
    const world = await play({ poll: [COMPLETED], hooks });
    const lost = vi.spyOn(AccountObject.prototype, "recordAttempts").mockRejectedValue(new Error("lost by the test"));
    const [down, up] = [await create(world.hook("down")), await create(world.hook("up"))];
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => record(id),
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ attempts }) => attempts.length > 0),
    );
    await crash(id);
    await runInDurableObject(account(), async (_, state) => {
      await state.storage.sync();
      state.abort("aborted by the test");
    }).catch(() => {});
    const [failed] = await eventually(
      () => logOf(down),
      ([delivery]) => delivery?.state === "failed",
    );
    const { deliveries } = await record(id);
    expect(lost).toHaveBeenCalled();
    for (const [endpoint, [row]] of [
      [down, [failed]],
      [up, await logOf(up)],
    ] as const) {
      const delivery = deliveries.find(({ endpointId }) => endpointId === endpoint);
      expect(row).toMatchObject({
        ...{ id: delivery?.id, generation_id: id, state: delivery?.state, next_attempt_at: null },
        attempt_count: delivery?.attempts.length,
        last_attempt: { at: new Date(delivery?.attempts.at(-1)?.at ?? 0).toISOString() },
      });
    }
    // While a redelivery is under way, the delivery is pending again, and no recovery counts it.
    await call(`/v1/generations/${id}/deliveries/${failed?.id}/redeliver`, { method: "POST" });
    await eventually(
      () => logOf(down),
      ([delivery]) => delivery?.state === "pending",
    );
    const since = "2026-01-01T00:00:00Z";
    const counted = await call(`${PATH}/${down}/recover`, { json: { since, dry_run: true } });
    expect(await counted.json()).toMatchObject({ matching: 0 });
  });

  it("costs a row for each attempt, in addition to the endpoint's health, and one more for a first failure", async () => {
    const id = await create((await play({})).hook("x"));
    const generation = { generationId: "gen_x", url: (await (await call(`${PATH}/${id}`)).json<EndpointView>()).url };
    const now = Date.now();
    const written = (status: number, attempts: number, deliveryId = "msg_x") =>
      runInDurableObject(account(), (object, { storage: { sql, kv } }) => {
        let rows = 0;
        const [exec, put] = [sql.exec.bind(sql), kv.put.bind(kv)];
        Object.assign(sql, {
          exec(query: string, ...bindings: unknown[]) {
            const cursor = exec(query, ...bindings);
            rows += cursor.rowsWritten;
            return cursor;
          },
        });
        Object.assign(kv, {
          put(key: string, value: unknown) {
            rows++;
            put(key, value);
          },
        });
        const after = { createdAt: now, generationCreatedAt: now, attempts, nextAttemptAt: null };
        object.recordAttempt({
          ...{ ...generation, deliveryId, event: "generation.completed", endpointId: id, response: "" },
          ...{ at: now + attempts, status, error: null, durationMs: 1 },
          after: { ...after, state: status === 204 ? "delivered" : "pending" },
        });
        Object.assign(sql, { exec });
        Object.assign(kv, { put });
        return rows;
      });
    // The first row creates the table.
    await written(204, 1, "msg_first");
    expect(await written(204, 1, "msg_second")).toBe(counts.endpoint_attempt.rows_written);
    // A first failure is added to the index of what is undelivered.
    expect([await written(500, 1), await written(500, 2), await written(204, 3)]).toEqual([3, 2, 2]);
  });
});
