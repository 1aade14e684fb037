// The closed lists of the API: modes, statuses, events, codes. Without zod, so that it is not bundled into the
// dashboard.

export const MODES = ["live", "test"] as const;
export type Mode = (typeof MODES)[number];

export const PROVIDER_NAMES = ["aimlapi", "sandbox"] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/**
 * Outcomes that the sandbox, the provider of test mode, can simulate. A request selects one with a marker in the
 * prompt, such as `[fail]`, or with the header `Reelhook-Simulate: fail`. If a prompt has several markers, the first in
 * this list counts.
 */
export const SANDBOX_SCRIPTS = [
  "refused",
  "no-credits",
  "busy",
  "lost",
  "fail",
  "moderated",
  "slow",
  "flaky",
  "expired-url",
  "no-url",
  "never",
  "instant",
] as const;
export type SandboxScript = (typeof SANDBOX_SCRIPTS)[number];

/** A generation reaches exactly one of these and then never changes its status again. */
export const TERMINAL_STATUSES = ["completed", "failed", "canceled"] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export const STATUSES = ["queued", "generating", "storing", ...TERMINAL_STATUSES] as const;
export type Status = (typeof STATUSES)[number];

export function isTerminalStatus(status: Status): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly Status[]).includes(status);
}

/** Default events of a webhook without `events`. */
export const TERMINAL_EVENTS = [
  "generation.completed",
  "generation.failed",
  "generation.canceled",
] as const satisfies readonly `generation.${TerminalStatus}`[];

export const EVENT_TYPES = ["generation.started", ...TERMINAL_EVENTS] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent only when a test of a webhook endpoint is requested. */
export const TEST_EVENT_TYPE = "webhook.test";

/** Why a generation failed or was canceled. */
export const ERROR_CODES = [
  "invalid_input",
  "moderated",
  "insufficient_credits",
  "provider_unauthorized",
  "provider_error",
  "submission_unknown",
  "timed_out",
  "storage_failed",
  "canceled",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** `gone`: the webhook answered 410 and gets nothing more. */
export const DELIVERY_STATES = ["pending", "delivered", "failed", "gone"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Values of the filter `deliveries` of a list: with at least one delivery that failed or is gone, or that is pending. */
export const DELIVERY_FILTERS = ["failed", "pending"] as const;
export type DeliveryFilter = (typeof DELIVERY_FILTERS)[number];

/** A webhook of a generation: the state of its deliveries, or `skipped` if no event that it subscribed to happened. */
export const WEBHOOK_STATES = [...DELIVERY_STATES, "skipped"] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];
