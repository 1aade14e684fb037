import type { Delivery } from "../webhooks/delivery.ts";
import type { Generation } from "./record.ts";

/** Everything saved about one generation. */
export interface Life {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
}
