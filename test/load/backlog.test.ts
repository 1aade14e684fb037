// A standing endpoint that recovers after five hundred generations ended while it was down.

import { expect, it } from "vitest";
import type { Answer } from "../support/scenario.ts";
import { call, eventually, play, request } from "../worker/support.ts";

const MANY = 500;
const AT_ONCE = 50;

interface Deliveries {
  readonly data: readonly [
    { readonly next_attempt_at: string | null; readonly attempts: readonly { readonly at: string }[] },
  ];
}

/** When the second attempt is planned, or was made. */
async function retryTime(id: string): Promise<number> {
  const list = await eventually(
    async () => await (await call(`/v1/generations/${id}/deliveries`)).json<Deliveries>(),
    ({ data: [{ attempts }] }) => attempts.length > 0,
    10_000,
  );
  const [{ next_attempt_at, attempts }] = list.data;
  return Date.parse(next_attempt_at ?? attempts[1]?.at ?? "");
}

it("fault 44: a host that recovers gets its backlog of five hundred, each once more and spread out", async () => {
  // Longer than creating all generations takes, so that no retry comes before the last one.
  const down: Answer = { status: 503, headers: { "retry-after": "25" } };
  const world = await play({
    submit: [{ status: 400, body: { message: "no" } }],
    hooks: { x: [...Array<Answer>(MANY).fill(down), { status: 204 }] },
  });
  const endpoint = await call("/v1/webhook-endpoints", {
    json: { url: world.hook("x"), events: ["generation.failed"] },
  });
  expect(endpoint.status).toBe(201);
  // The provider refuses each submission at once, so each generation ends at once.
  const ids: string[] = [];
  for (let made = 0; made < MANY; made += AT_ONCE) {
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => call("/v1/generations", { json: request(world.prompt) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(400));
    const problems = await Promise.all(answers.map((answer) => answer.json<{ generation_id: string }>()));
    ids.push(...problems.map(({ generation_id }) => generation_id));
  }
  await eventually(
    () => world.calls("hook"),
    (calls) => calls.length >= MANY,
    30_000,
  );
  // Planned times, because a busy machine may send late attempts together.
  const times: number[] = [];
  for (let read = 0; read < MANY; read += AT_ONCE) {
    times.push(...(await Promise.all(ids.slice(read, read + AT_ONCE).map(retryTime))));
  }
  const perSecond = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  expect(Math.max(...perSecond)).toBeLessThan(MANY / 4);
  const hooks = await eventually(
    () => world.calls("hook"),
    (calls) => calls.length >= 2 * MANY,
    90_000,
  );
  const perDelivery = Map.groupBy(hooks, ({ headers }) => headers["webhook-id"]);
  expect(perDelivery.size).toBe(MANY);
  expect(hooks).toHaveLength(2 * MANY);
  for (const attempts of perDelivery.values()) {
    expect(new Set(attempts.map(({ body }) => body)).size).toBe(1);
    expect(attempts.map(({ headers }) => headers["reelhook-attempt"])).toEqual(["1", "2"]);
  }
  // The endpoint is healthy again and still enabled.
  const { data } = await (await call("/v1/webhook-endpoints")).json<{ data: unknown[] }>();
  expect(data).toMatchObject([{ enabled: true, health: { failing_since: null } }]);
}, 180_000);
