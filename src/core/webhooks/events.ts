// Events: what can happen to a generation, and the webhooks that a request names for them.

import type { EventData, TestEventView } from "../../contract/events.ts";
import type { EventType } from "../../contract/words.ts";
import { iso } from "../times.ts";

/** A webhook named in a request. */
export interface RequestedWebhook {
  readonly url: string;
  readonly events: readonly EventType[];
}

/** An event with the body that every attempt of every delivery carries, byte for byte. */
export interface FrozenEvent {
  readonly type: EventType;
  readonly at: number;
  readonly body: string;
}

/** Standard Webhooks asks for payloads under 20 kB: https://www.standardwebhooks.com */
export const MAX_EVENT_BYTES = 20_000;

const TRUNCATED = { truncated: true };

/**
 * The body of an event, smaller than {@link MAX_EVENT_BYTES}. A larger one has `input`, then `metadata`, replaced by
 * `{"truncated": true}`, and then loses `error.source_url`. The request's limits bound everything else.
 */
export function buildEventBody(type: EventType, at: number, data: EventData): string {
  const withoutInput = { ...data, input: TRUNCATED };
  const withoutMetadata = { ...withoutInput, metadata: TRUNCATED };
  const { source_url: _, ...error } = data.error ?? {};
  const smallest = { ...withoutMetadata, error: data.error && error };
  for (const each of [data, withoutInput, withoutMetadata]) {
    const body = envelope(type, at, each);
    if (fits(body)) return body;
  }
  return envelope(type, at, smallest);
}

function fits(body: string): boolean {
  return new TextEncoder().encode(body).byteLength < MAX_EVENT_BYTES;
}

/** The body of a `webhook.test` event. */
export function testBody(at: number, endpoint: TestEventView["data"]): string {
  return envelope("webhook.test", at, endpoint);
}

function envelope(type: EventType | "webhook.test", at: number, data: object): string {
  return JSON.stringify({ type, timestamp: iso(at), data });
}
