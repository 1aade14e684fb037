// The line of a webhook host that fails, in the real runtime: `WEBHOOK_MAX_PER_SECOND_PER_HOST` is 40 here.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import { type Answer, COMPLETED } from "../support/scenario.ts";
import { call, eventually, finished, type Played, play, record, request, submit, testEnv, WORLD } from "./support.ts";

const PER_SECOND = 40;

const DOWN: Answer = { status: 503 };

/** The world is reached under two names, which are two hosts. */
const elsewhere = (url: string) => url.replace("127.0.0.1", "localhost");

afterEach(() => {
  vi.restoreAllMocks();
});

const receivers = (count: number) => Array.from({ length: count }, (_, at) => `x${at}`);

/** Generations that have ended, each with as many webhooks on one host that is down. */
async function callingDown(generations: number, webhooksEach: number, others: readonly string[] = []) {
  const hooks = Object.fromEntries(receivers(webhooksEach).map((receiver) => [receiver, [DOWN]]));
  const world = await play({ poll: [COMPLETED], hooks });
  const webhooks = [...receivers(webhooksEach).map((receiver) => world.hook(receiver)), ...others];
  const json = request(world.prompt, { webhooks: webhooks.map((url) => ({ url })) });
  const created = await Promise.all(Array.from({ length: generations }, () => submit(json)));
  const ids = created.map(({ id }) => id);
  await Promise.all(ids.map((id) => finished(id)));
  return { world, ids };
}

/** From now on the host answers. Its calls are counted anew. */
async function comeBack({ name }: Played): Promise<void> {
  await (await fetch(`${WORLD}/_scenarios/${name}`, { method: "PUT", body: "{}" })).text();
}

const deliveriesOf = async (ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => record(id)))).flatMap(({ deliveries }) => deliveries);

const allDelivered = (ids: readonly string[]) =>
  eventually(
    () => deliveriesOf(ids),
    (deliveries) => deliveries.every(({ state }) => state === "delivered"),
  );

/** Waits until every delivery has been tried or has a turn. */
const allWaiting = (ids: readonly string[]) =>
  eventually(
    () => deliveriesOf(ids),
    (deliveries) => deliveries.every(({ attempts, turnAt }) => attempts.length > 0 || turnAt !== undefined),
  );

function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

it("fault 103: a host that comes back is not met by all that has waited for it", async () => {
  const healthy = await play({});
  const { world, ids } = await callingDown(20, 10, [elsewhere(healthy.hook("x"))]);
  const waiting = (await allWaiting(ids)).filter(({ url }) => url.startsWith(WORLD));
  // The other host of the same generations has been called, and nothing has waited for its turn.
  await eventually(
    () => healthy.calls("hook"),
    (calls) => calls.length === 20,
  );
  const before = await deliveriesOf(ids);
  // More than a second's worth. How many more depends on how fast this machine is: the line moves meanwhile.
  expect(waiting.filter(({ turnAt }) => turnAt !== undefined).length).toBeGreaterThan(PER_SECOND);
  expect(before.filter(({ url, turnAt }) => !url.startsWith(WORLD) && turnAt !== undefined)).toEqual([]);
  await comeBack(world);
  const after = await allDelivered(ids);
  const times = (await world.calls("hook")).map(({ at }) => at);
  expect(times).toHaveLength(200);
  // The rate, as much at once, and as much again that came late.
  expect(busiestSecond(times)).toBeLessThanOrEqual(3 * PER_SECOND);
  // Waiting used up no attempt, and is not logged as one.
  for (const { attempts } of after.filter(({ url }) => url.startsWith(WORLD))) {
    expect(attempts.slice(0, -1).every(({ status }) => status === 503)).toBe(true);
  }
});

it.each<[string, () => unknown]>([
  [
    "has restarted",
    () =>
      runInDurableObject(testEnv.ACCOUNTS.getByName("acme/live"), async (_, state) => {
        await state.storage.sync();
        state.abort("aborted by the test");
      }).catch(() => {}),
  ],
  [
    "does not answer",
    () => vi.spyOn(AccountObject.prototype, "deliveryInstructions").mockRejectedValue(new Error("no answer")),
  ],
])("fault 104: deliveries that wait for their turns are sent if the account %s", async (_, breakAccount) => {
  const { world, ids } = await callingDown(3, 20);
  await allWaiting(ids);
  await breakAccount();
  await comeBack(world);
  await allDelivered(ids);
  expect(await world.calls("hook")).toHaveLength(60);
});

it("fault 105: a redelivery by hand does not wait in line", async () => {
  const { world, ids } = await callingDown(10, 20);
  const waiting = (await allWaiting(ids)).filter(({ turnAt }) => typeof turnAt === "number");
  const last = waiting.reduce((a, b) => (Number(b.turnAt) > Number(a.turnAt) ? b : a));
  const records = await Promise.all(ids.map((id) => record(id)));
  const owner = records.find(({ deliveries }) => deliveries.some(({ id }) => id === last.id));
  await comeBack(world);
  const path = `/v1/generations/${owner?.generation.id}/deliveries/${last.id}/redeliver`;
  expect((await call(path, { method: "POST" })).status).toBe(202);
  const calls = await eventually(
    () => world.calls("hook"),
    (calls) => calls.some(({ headers }) => headers["webhook-id"] === last.id),
  );
  // It was the last of 200.
  expect(calls.length).toBeLessThan(100);
});

it("a host that answers costs nothing more: no question, no report, and no turn", async () => {
  const world = await play({ poll: [COMPLETED] });
  const asked = vi.spyOn(AccountObject.prototype, "deliveryInstructions");
  const reported = vi.spyOn(AccountObject.prototype, "recordAttempts");
  const urls = receivers(3).map((receiver) => elsewhere(world.hook(receiver)));
  const { id } = await submit(request(world.prompt, { webhooks: urls.map((url) => ({ url })) }));
  const deliveries = await allDelivered([(await finished(id)).id]);
  expect(deliveries.map(({ attempts, turnAt }) => [attempts.length, turnAt])).toEqual(Array(3).fill([1, undefined]));
  const questions = asked.mock.calls.filter(([targets]) => targets.some(({ url }) => url.includes(world.name)));
  expect(questions).toEqual([]);
  expect(reported.mock.calls.flat(2).filter(({ generationId }) => generationId === id)).toEqual([]);
});
