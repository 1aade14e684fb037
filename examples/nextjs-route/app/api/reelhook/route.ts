// POST /api/reelhook receives callbacks.

import { verifyWebhook, type WebhookEvent, WebhookVerificationError } from "reelhook/webhooks";

// The same callback can arrive more than once, for about three days. Keep these ids in your database for that long, and
// save each in the same transaction as what the callback changes: other instances of this app do not share its memory.
const seen = new Set<string>();

export async function POST(request: Request): Promise<Response> {
  let event: WebhookEvent;
  try {
    event = await verifyWebhook(request, { secret: process.env["WEBHOOK_SECRET"] ?? "" });
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.error(`refused a callback: ${error.message}`);
    return new Response(null, { status: 400 });
  }
  const id = request.headers.get("webhook-id") ?? "";
  if (!seen.has(id)) {
    act(event);
    seen.add(id);
  }
  return new Response(null, { status: 204 });
}

/** Replace this with what your app does. If it takes longer than a few seconds, answer the callback first. */
function act(event: WebhookEvent): void {
  switch (event.type) {
    case "generation.completed":
      // The link expires. For a fresh one, call generations.get(event.data.id) of the client.
      console.log(`${event.data.id} completed: ${event.data.video.url}`);
      break;
    case "generation.failed":
    case "generation.canceled":
      console.log(`${event.data.id} ${event.data.status}: ${event.data.error.message}`);
      break;
  }
}
