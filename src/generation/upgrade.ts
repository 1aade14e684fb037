// Upgrades records of earlier schemas, because deliveries can outlive deploys. Steps are never removed.

import { type Generation, SCHEMA, UNKNOWN_FACTS } from "../core/generation/record.ts";
import { DEFAULT_MODEL, RUNWAY_PATH, UNIVERSAL_PATH } from "../core/models/model.ts";
import { boundedLog, type Delivery } from "../core/webhooks/delivery.ts";
import { unrotated } from "../core/webhooks/rotation.ts";

type Stored = { readonly schema: number };

/** Each step upgrades a record by one schema; the first one starts at schema 1. */
const STEPS: readonly ((record: Stored) => Stored)[] = [
  // From schema 1 to 2, which added webhook endpoints, rotation of the scope's secret, the open upload, retention and
  // facts of the video.
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

/**
 * Upgrades a record of an earlier release. Fields that older records cannot have are optional and need no step:
 * `retirement`, `simulate`, `estimate`, `cost`, `line`, the `usd` of a job, the `queueTimeoutMs` of the policy, and the
 * `hasTurn` of a state.
 *
 * @throws if the record's schema is newer than this version: an error is better than a wrong answer.
 */
export function upgraded(record: Stored): Generation {
  if (record.schema > SCHEMA) throw new Error(`record has schema ${record.schema}; the newest supported is ${SCHEMA}`);
  const generation = STEPS.slice(record.schema - 1).reduce((older, step) => step(older), record) as Generation;
  return "path" in generation ? generation : { ...(generation as Generation), path: earlierPath(generation) };
}

/** The path that earlier releases used for a model. Their records do not include it. */
function earlierPath({ model }: Pick<Generation, "model">): string {
  return model === DEFAULT_MODEL ? RUNWAY_PATH : UNIVERSAL_PATH;
}

/** All deliveries of schema 1 went to webhooks named in the request. Earlier releases kept longer logs. */
export function upgradedDelivery(stored: Delivery): Delivery {
  const delivery = { ...stored, attempts: boundedLog(stored.attempts) };
  return "endpointId" in stored ? delivery : { ...(delivery as Delivery), requested: true, endpointId: null };
}
