// Answers of the API about webhook endpoints in states that take hours or days to come about.

import type { Page } from "playwright-core";
import type { LoggedDeliveryView } from "../../src/contract/deliveries.ts";
import type { EndpointView } from "../../src/contract/webhook-endpoints.ts";

const HOUR_MS = 60 * 60 * 1000;

/** An RFC 3339 time. */
export function ago(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}

export const ENDPOINT_ID = `we_${"0".repeat(26)}`;
export const GENERATION_ID = `gen_${"0".repeat(26)}`;

/** Made when it is called, so that its ages are. */
export function endpointAnswer(
  more: Partial<EndpointView> = {},
  health: Partial<EndpointView["health"]> = {},
): EndpointView {
  return {
    id: ENDPOINT_ID,
    object: "webhook_endpoint",
    url: "https://hooks.example.com/reelhook/video?token=secret",
    events: ["generation.completed", "generation.failed"],
    description: "Orders of the web shop",
    headers: { authorization: "Bearer abc" },
    client_certificate: false,
    enabled: true,
    disabled_at: null,
    disabled_reason: null,
    created_at: ago(500),
    health: {
      last_success_at: ago(3.2),
      last_failure_at: ago(0.1),
      failing_since: ago(3),
      recent: [],
      last_attempt: {
        at: ago(0.1),
        status_code: 503,
        duration_ms: 240,
        error: null,
        response: "<html><head><title>503 Service Temporarily Unavailable</title></head>",
      },
      hours: Array.from({ length: 20 }, (_, index) => ({
        at: ago(19 - index).replace(/:.*/, ":00:00.000Z"),
        succeeded: index < 16 ? 7 + ((index * 5) % 9) : 0,
        failed: index < 16 ? index % 3 : 12 + index,
      })),
      ...health,
    },
    recovery: null,
    ...more,
  };
}

/** A delivery of the log. @param index 0 for the newest one. */
export function loggedDelivery(index: number, more: Partial<LoggedDeliveryView> = {}): LoggedDeliveryView {
  const at = ago(index / 4);
  return {
    id: `msg_${String(index).padStart(26, "0")}`,
    object: "delivery",
    event: "generation.completed",
    generation_id: GENERATION_ID,
    state: "failed",
    attempt_count: 12,
    created_at: at,
    next_attempt_at: null,
    last_attempt: { at, status_code: 503, duration_ms: 240, error: null },
    ...more,
  };
}

const API = "**/v1/webhook-endpoints";

/** Answers for the endpoint and its log. @returns the endpoint that is answered, which may be replaced. */
export async function playEndpoint(page: Page, endpoint: EndpointView, log: readonly LoggedDeliveryView[]) {
  const played = { endpoint, log };
  await page.route(API, (route) =>
    route.request().method() === "GET"
      ? route.fulfill({ json: { object: "list", data: [played.endpoint] } })
      : route.continue(),
  );
  await page.route(`${API}/${endpoint.id}`, (route) =>
    route.request().method() === "GET" ? route.fulfill({ json: played.endpoint }) : route.continue(),
  );
  await page.route(`${API}/${endpoint.id}/deliveries?*`, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const state = query.get("state");
    const all = played.log.filter((each) => state === null || each.state === state);
    const end = from + Number(query.get("limit"));
    const next = end < all.length ? String(end) : null;
    return route.fulfill({
      json: { object: "list", data: all.slice(from, end), has_more: next !== null, next_cursor: next },
    });
  });
  return played;
}
