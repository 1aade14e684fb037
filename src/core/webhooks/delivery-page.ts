// Pages of a generation's deliveries.

import type { DeliveryPage } from "../../contract/deliveries.ts";
import type { Json } from "../../contract/json.ts";
import { type PageQuery, type Position, writeCursor } from "../cursor.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryView } from "./delivery-view.ts";

/**
 * A page ends early before it has more bytes than this. A generation has at most 240 deliveries: two events (its start
 * and its end), each for 20 webhooks of the request and 100 webhook endpoints. One delivery takes at most about 120 kB:
 * 50 attempts, 12 of them with 1 KiB of an answer, which takes 6 KiB as JSON if it consists of control characters.
 */
const MAX_PAGE_BYTES = 2_000_000;

const encoder = new TextEncoder();

/**
 * The deliveries after the position, oldest first: at most `limit`, and at least one if there are more.
 *
 * @param attemptingSince when the delivery's attempt under way began; null if none is.
 */
export function deliveryPage(
  deliveries: readonly Delivery[],
  { limit, after }: PageQuery,
  attemptingSince: (delivery: Delivery) => number | null,
): Json<DeliveryPage> {
  const rest = deliveries.filter((each) => after === null || compare(each, after) > 0).sort(compare);
  const data: string[] = [];
  let bytes = 0;
  for (const delivery of rest.slice(0, limit)) {
    const json = JSON.stringify(deliveryView(delivery, attemptingSince(delivery)));
    bytes += encoder.encode(json).byteLength;
    if (data.length > 0 && bytes > MAX_PAGE_BYTES) break;
    data.push(json);
  }
  const last = rest[data.length - 1];
  const next = last !== undefined && data.length < rest.length ? writeCursor(last) : null;
  const page = `{"object":"list","data":[${data.join(",")}],"has_more":${next !== null},"next_cursor":${JSON.stringify(next)}}`;
  return page as Json<DeliveryPage>;
}

function compare(a: Position, b: Position): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}
