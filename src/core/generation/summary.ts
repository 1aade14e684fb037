// What a generation reports to its account's index.

import { DATA_URI, SHORTENED_DATA_URI } from "../data-uri.ts";
import { cutText } from "../text.ts";
import { countsOf, type DeliveryStage, stageOf } from "../webhooks/counts.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import { type EndpointDelivery, MAX_PROMPT_LENGTH, type Summary } from "./action.ts";
import { settlementOf, usageOf } from "./cost.ts";
import type { Life } from "./life.ts";
import { type Generation, isInFlight, isTerminal, publicStatus, type ReportedStatus } from "./record.ts";

/** How long a lost alarm can go unnoticed. */
export const CHECK_INTERVAL_MS = 10 * 60 * 1000;

export function reportedStatus(generation: Generation): ReportedStatus {
  return generation.deletedAt === null ? publicStatus(generation) : "deleted";
}

/** The stage of the deliveries. Null before the generation has ended and all of them are known, and after deletion. */
export function deliveryStage(life: Life): DeliveryStage | null {
  return areDeliveriesKnown(life) ? stageOf(life.deliveries) : null;
}

function areDeliveriesKnown({ generation }: Life): boolean {
  return isTerminal(generation) && generation.unresolved.length === 0 && generation.deletedAt === null;
}

export function summaryOf(life: Life, now: number): Summary {
  const { generation, deliveries } = life;
  const { id, version, model, createdAt, estimate = null, metadata, state, deletedAt } = generation;
  return {
    id,
    version,
    status: reportedStatus(generation),
    inFlight: isInFlight(generation),
    model,
    createdAt,
    estimate,
    usage: usageOf(generation),
    settlement: settlementOf(generation),
    checkAt: now + CHECK_INTERVAL_MS,
    prompt: promptOf(generation),
    metadata,
    error: deletedAt === null && "error" in state ? state.error.code : null,
    deliveries: countsOf(deliveries),
    video: deletedAt === null && state.phase === "completed" ? { durationMs: state.video.durationMs } : null,
    endpointDeliveries:
      areDeliveriesKnown(life) && deliveries.every(hasBegun) ? deliveries.flatMap(endpointDelivery) : [],
  };
}

/** What the summaries of earlier releases lack. */
const EARLIER = {
  ...{ estimate: null, usage: null, settlement: null },
  ...{ prompt: null, metadata: {}, error: null, deliveries: null, video: null, endpointDeliveries: [] },
};

/** The summary with all fields. During a deploy, the object of a generation may still run an earlier release. */
export function completeSummary(reported: Partial<Summary> & Omit<Summary, keyof typeof EARLIER>): Summary {
  return { ...EARLIER, ...reported };
}

function promptOf({ input: { prompt } }: Generation): string | null {
  if (typeof prompt !== "string" || DATA_URI.test(prompt) || SHORTENED_DATA_URI.test(prompt)) return null;
  return cutText(prompt, MAX_PROMPT_LENGTH);
}

/** Whether it has had its first attempt, has settled, or is sent again. */
function hasBegun({ nextAttemptAt, tries, manual }: Delivery): boolean {
  return nextAttemptAt === null || tries > 0 || manual === true;
}

function endpointDelivery(delivery: Delivery): readonly EndpointDelivery[] {
  const { id, event, endpointId, url, state, createdAt, nextAttemptAt, attempts } = delivery;
  if (endpointId === null) return [];
  const { response: _, ...last } = attempts.at(-1) ?? { response: null };
  const lastAttempt = "at" in last ? last : null;
  return [{ id, event, endpointId, url, state, createdAt, nextAttemptAt, attempts: attempts.length, lastAttempt }];
}
