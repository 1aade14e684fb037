// The filters of a list of generations, over real HTTP.

import { afterAll, beforeAll, expect, it } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { listQuerySchema } from "../../../src/contract/requests.ts";
import { json, Loopback } from "../../support/loopback.ts";

const server = new Loopback();
beforeAll(() => server.start());
afterAll(() => server.stop());

it("filters by everything that the API can filter by, on each page", async () => {
  server.answer(
    json({ object: "list", data: [], has_more: true, next_cursor: "c" }),
    json({ object: "list", data: [{ id: "gen_1" }], has_more: false, next_cursor: null }),
  );
  const filters = {
    status: "failed",
    error: "timed_out",
    model: "acme/m",
    deliveries: "failed",
    q: "a fairy",
    created_after: "2026-11-26T00:00:00+01:00",
    created_before: "2026-11-27T00:00:00.000Z",
    limit: 50,
  } as const;
  const { generations } = new Reelhook({ baseUrl: server.url, apiKey: "rh_test_acme_0123456789" });
  const pages = generations.list({ ...filters, metadata: { order: "42", "customer.id": "a&b" } });
  expect(await Array.fromAsync(pages)).toEqual([{ id: "gen_1" }]);
  const wanted = { ...filters, limit: "50", "metadata.order": "42", "metadata.customer.id": "a&b" };
  const queries = server.received.map(({ path }) => Object.fromEntries(new URL(path, server.url).searchParams));
  expect(queries).toEqual([wanted, { ...wanted, cursor: "c" }]);
  // No filter of the API is missing here.
  const known = Object.keys(listQuerySchema._zod.def.shape).filter((name) => name !== "metadata.KEY");
  expect(Object.keys({ ...filters, cursor: "" }).sort()).toEqual(known.sort());
});
