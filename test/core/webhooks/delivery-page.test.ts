import { describe, expect, it } from "vitest";
import { type DeliveryPage, deliveryPageSchema } from "../../../src/contract/deliveries.ts";
import { type PageQuery, readCursor } from "../../../src/core/cursor.ts";
import { boundedLog, type Delivery } from "../../../src/core/webhooks/delivery.ts";
import { deliveryPage } from "../../../src/core/webhooks/delivery-page.ts";
import { delivery, T0 } from "../../support/lives.ts";

/** The largest log that a receiver can cause: answers of control characters, and the longest errors and URLs. */
const LOUD = boundedLog(
  Array.from({ length: 100 }, (_, at) => ({
    at: T0 + at,
    durationMs: 15_000,
    status: 500,
    error: "é".repeat(500),
    response: "\u0001".repeat(1024),
  })),
);
const LONG_URL = `https://example.com/${"é".repeat(2000)}`;

/** In order neither of id nor of creation, and several with the same time. */
function deliveriesOf(count: number, change: Partial<Delivery> = {}): Delivery[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `msg_${String((7 * at) % count).padStart(26, "0")}`;
    return delivery(id, { createdAt: T0 + (at % 3), ...change });
  });
}

function pageOf(deliveries: readonly Delivery[], query: Partial<PageQuery> = {}) {
  const json = deliveryPage(deliveries, { limit: 100, after: null, ...query }, () => null);
  const page: DeliveryPage = deliveryPageSchema.parse(JSON.parse(json));
  return { ...page, bytes: new TextEncoder().encode(json).byteLength };
}

function allPages(deliveries: readonly Delivery[], limit = 100) {
  const pages = [pageOf(deliveries, { limit })];
  for (let cursor = pages[0]?.next_cursor ?? null; cursor !== null; cursor = pages.at(-1)?.next_cursor ?? null) {
    pages.push(pageOf(deliveries, { limit, after: readCursor(cursor, "msg") }));
  }
  return pages;
}

const idsOf = (pages: readonly DeliveryPage[]) => pages.flatMap(({ data }) => data.map(({ id }) => id));

describe("a page of deliveries", () => {
  it("audit 18: has at most 2 MB, however much the receivers answer, and every delivery is on one page", () => {
    const deliveries = deliveriesOf(240, { url: LONG_URL, attempts: LOUD });
    const pages = allPages(deliveries);
    for (const { bytes, data } of pages) {
      expect(bytes).toBeLessThan(2_001_000);
      expect(data.length).toBeGreaterThan(0);
    }
    expect(idsOf(pages).sort()).toEqual(deliveries.map(({ id }) => id).sort());
  });

  it("audit 18: has at most 100 deliveries", () => {
    const pages = allPages(deliveriesOf(240));
    expect(pages.map(({ data, has_more }) => [data.length, has_more])).toEqual([
      [100, true],
      [100, true],
      [40, false],
    ]);
  });

  it("has no successor if everything fits", () => {
    expect(pageOf(deliveriesOf(40))).toMatchObject({ has_more: false, next_cursor: null });
    expect(pageOf([])).toMatchObject({ object: "list", data: [], has_more: false, next_cursor: null });
  });

  it("is in order of creation, then of id, whatever the order in memory", () => {
    const deliveries = deliveriesOf(20);
    const ids = idsOf(allPages(deliveries, 3));
    expect(idsOf(allPages(deliveries.toReversed(), 7))).toEqual(ids);
    const keys = new Map(deliveries.map(({ id, createdAt }) => [id, `${createdAt} ${id}`]));
    expect(ids.map((id) => keys.get(id))).toEqual([...keys.values()].sort());
  });

  it("starts after its cursor, even if the delivery that it names is gone", () => {
    const deliveries = deliveriesOf(5);
    const [first = "", ...rest] = idsOf([pageOf(deliveries)]);
    const after = { createdAt: T0, id: first };
    expect(
      idsOf([
        pageOf(
          deliveries.filter(({ id }) => id !== first),
          { after },
        ),
      ]),
    ).toEqual(rest);
  });
});

describe("a cursor", () => {
  it("is refused if it is from another list or malformed", () => {
    const cursor = pageOf(deliveriesOf(2), { limit: 1 }).next_cursor ?? "";
    expect(readCursor(cursor, "msg")).not.toBeNull();
    for (const other of [cursor.replace("msg_", "gen_"), `${cursor}0`, "", "x"]) {
      expect(readCursor(other, "msg")).toBeNull();
    }
  });
});
