// Creates generations and receives their callbacks.

import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { type GenerationInput, Reelhook, ReelhookError } from "reelhook";
import { verifyWebhook, type WebhookEvent, WebhookVerificationError } from "reelhook/webhooks";

const { REELHOOK_URL = "", REELHOOK_API_KEY = "", WEBHOOK_SECRET = "", PUBLIC_URL, PORT = "3000" } = process.env;

const reelhook = new Reelhook({ baseUrl: REELHOOK_URL, apiKey: REELHOOK_API_KEY });
const app = new Hono();

// Add authentication before you deploy this: each generation costs money.
app.post("/videos", async (c) => {
  // Reelhook answers 400 if a field is missing or malformed.
  const order = await c.req.json<GenerationInput | null>().catch(() => null);
  try {
    const { id, status } = await reelhook.generations.create({
      prompt: order?.prompt,
      video_url: order?.video_url,
      // Without a public URL, `reelhook listen` sends the callbacks.
      ...(PUBLIC_URL ? { webhook_url: `${PUBLIC_URL}/hooks/video` } : {}),
    });
    return c.json({ id, status }, 202);
  } catch (error) {
    if (!(error instanceof ReelhookError)) throw error;
    return c.json({ code: error.code, message: error.message, errors: error.errors }, error.status === 400 ? 400 : 502);
  }
});

// The same callback can arrive more than once, for about three days. Keep these ids in your database for that long, and
// save each in the same transaction as what the callback changes.
const seen = new Set<string>();

app.post("/hooks/video", async (c) => {
  let event: WebhookEvent;
  try {
    event = await verifyWebhook(c.req.raw, { secret: WEBHOOK_SECRET });
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.error(`refused a callback: ${error.message}`);
    return c.body(null, 400);
  }
  const id = c.req.header("webhook-id") ?? "";
  if (!seen.has(id)) {
    act(event);
    seen.add(id);
  }
  return c.body(null, 204);
});

/** Replace this with what your app does. If it takes longer than a few seconds, answer the callback first. */
function act(event: WebhookEvent): void {
  switch (event.type) {
    case "generation.completed":
      // The link expires. For a fresh one, call reelhook.generations.get(event.data.id).
      console.log(`${event.data.id} completed: ${event.data.video.url}`);
      break;
    case "generation.failed":
    case "generation.canceled":
      console.log(`${event.data.id} ${event.data.status}: ${event.data.error.message}`);
      break;
  }
}

serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`listening on http://localhost:${port}`));
