// Records of earlier schemas, as the present one: deliveries outlive deploys. Each step is kept for good.

import { type Generation, SCHEMA, UNKNOWN_FACTS } from "../core/generation/record.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import { unrotated } from "../core/webhooks/rotation.ts";

type Stored = { readonly schema: number };

/** From each schema to the next. */
const STEPS: readonly ((record: Stored) => Stored)[] = [
  // 1 → 2: standing endpoints, rotation of the scope's secret, uploads that are known, retention, facts of the video.
  (record) => {
    const { policy, state } = record as Stored & Pick<Generation, "policy" | "state">;
    const added = {
      unresolved: [],
      rotation: unrotated(0),
      openUpload: null,
      policy: { ...policy, retentionMs: null },
    };
    const video = state.phase === "completed" ? { video: { ...UNKNOWN_FACTS, ...state.video } } : {};
    return { ...record, ...added, schema: 2, state: { ...state, ...video } };
  },
];

/** @throws when the record is of a schema that this version does not know yet: better no answer than a wrong one. */
export function upgraded(record: Stored): Generation {
  if (record.schema > SCHEMA) throw new Error(`the record has schema ${record.schema}; this version knows ${SCHEMA}`);
  return STEPS.slice(record.schema - 1).reduce((older, step) => step(older), record) as Generation;
}

/** Deliveries of schema 1 were all of webhooks that the request had named. */
export function upgradedDelivery(delivery: Delivery): Delivery {
  return "endpointId" in delivery ? delivery : { ...(delivery as Delivery), requested: true, endpointId: null };
}
