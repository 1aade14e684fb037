import type { Delivery } from "../webhooks/delivery.ts";
import type { Generation } from "./record.ts";

/** All that is saved about one generation. */
export interface Life {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
}
