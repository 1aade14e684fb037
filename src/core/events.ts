// What can happen to a generation and be told to callers, and who asked to be told.

import { iso } from "./times.ts";

export const EVENT_TYPES = [
  "generation.started",
  "generation.completed",
  "generation.failed",
  "generation.canceled",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** What a webhook gets that names no events: the ends. */
export const TERMINAL_EVENTS: readonly EventType[] = [
  "generation.completed",
  "generation.failed",
  "generation.canceled",
];

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

interface Truncatable {
  readonly input: unknown;
  readonly metadata: unknown;
}

/** At most {@link MAX_EVENT_BYTES}: what is too large loses its `input`, then its `metadata`. */
export function eventBody(type: EventType, at: number, data: Truncatable): string {
  const render = (value: Truncatable) => envelope(type, at, value);
  const fits = (body: string) => new TextEncoder().encode(body).byteLength < MAX_EVENT_BYTES;
  const whole = render(data);
  if (fits(whole)) return whole;
  const withoutInput = { ...data, input: TRUNCATED };
  const shorter = render(withoutInput);
  return fits(shorter) ? shorter : render({ ...withoutInput, metadata: TRUNCATED });
}

/** What an endpoint is sent to try it. */
export function testBody(at: number, data: { readonly id: string; readonly object: "webhook_endpoint" }): string {
  return envelope("webhook.test", at, data);
}

function envelope(type: EventType | "webhook.test", at: number, data: object): string {
  return JSON.stringify({ type, timestamp: iso(at), data });
}
