// A standing endpoint that recovers after a thousand generations ended while it was down.

import { expect, it } from "vitest";
import type { Answer } from "../support/scenario.ts";
import { call, eventually, play, request } from "../worker/support.ts";

const MANY = 1_000;

it("fault 44: a host that recovers gets its backlog of a thousand, each once more and spread out", async () => {
  // Longer than creating all generations takes, so that no retry comes before the last one.
  const down: Answer = { status: 503, headers: { "retry-after": "40" } };
  const world = await play({
    submit: [{ status: 400, body: { message: "no" } }],
    hooks: { x: [...Array<Answer>(MANY).fill(down), { status: 204 }] },
  });
  const endpoint = await call("/v1/webhook-endpoints", {
    json: { url: world.hook("x"), events: ["generation.failed"] },
  });
  expect(endpoint.status).toBe(201);
  // The provider refuses each submission at once, so each generation ends at once.
  for (let made = 0; made < MANY; made += 50) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call("/v1/generations", { json: request(world.prompt) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(400));
  }
  const hooks = await eventually(
    () => world.calls("hook"),
    (calls) => calls.length >= 2 * MANY,
    90_000,
  );
  const perDelivery = Map.groupBy(hooks, ({ headers }) => headers["webhook-id"]);
  expect(perDelivery.size).toBe(MANY);
  expect(hooks).toHaveLength(2 * MANY);
  const times = hooks.slice(MANY).map(({ at }) => at);
  const perSecond = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  expect(Math.max(...perSecond)).toBeLessThan(MANY / 4);
  for (const attempts of perDelivery.values()) {
    expect(new Set(attempts.map(({ body }) => body)).size).toBe(1);
    expect(attempts.map(({ headers }) => headers["reelhook-attempt"])).toEqual(["1", "2"]);
  }
  // The endpoint is healthy again and still enabled.
  const { data } = await (await call("/v1/webhook-endpoints")).json<{ data: unknown[] }>();
  expect(data).toMatchObject([{ enabled: true, health: { failing_since: null } }]);
}, 180_000);
