import type { Delivery } from "./delivery.ts";
import type { Generation } from "./generation.ts";

/** All that is saved about one generation. */
export interface Life {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
}
