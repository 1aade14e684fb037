// What can happen to a generation and be told to callers, and who asked to be told.

import { iso } from "../times.ts";

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
  readonly error: { readonly source_url?: string } | null;
}

/**
 * Fewer than {@link MAX_EVENT_BYTES}: what is too large loses its `input`, then its `metadata`, then the provider's link.
 * The lengths of all else that can be in it are bounded where it enters.
 */
export function buildEventBody(type: EventType, at: number, data: Truncatable): string {
  const withoutInput = { ...data, input: TRUNCATED };
  const withoutMetadata = { ...withoutInput, metadata: TRUNCATED };
  const { source_url: _, ...error } = data.error ?? {};
  const least = { ...withoutMetadata, error: data.error && error };
  for (const each of [data, withoutInput, withoutMetadata]) {
    const body = envelope(type, at, each);
    if (fits(body)) return body;
  }
  return envelope(type, at, least);
}

function fits(body: string): boolean {
  return new TextEncoder().encode(body).byteLength < MAX_EVENT_BYTES;
}

/** What an endpoint is sent to try it. */
export function testBody(at: number, data: { readonly id: string; readonly object: "webhook_endpoint" }): string {
  return envelope("webhook.test", at, data);
}

function envelope(type: EventType | "webhook.test", at: number, data: object): string {
  return JSON.stringify({ type, timestamp: iso(at), data });
}
