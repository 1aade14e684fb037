// Type-checked only: everything that the package exports, without the declarations of any other package.

import { type Generation, Reelhook, type ReelhookError } from "reelhook";
import { createReelhook } from "reelhook/ai-sdk";
import { verifyWebhook, type WebhookEvent } from "reelhook/webhooks";

const options = { baseUrl: "https://reelhook.example.com", apiKey: "rh_test_0123456789" };

export const model = createReelhook(options).video("runway/gen4_aleph");

export async function statusOf(id: string): Promise<Generation["status"]> {
  const { status } = await new Reelhook(options).generations.get(id);
  return status;
}

export async function receive(request: Request, secret: string): Promise<WebhookEvent["type"]> {
  const { type } = await verifyWebhook(request, { secret });
  return type;
}

export const fieldsOf = (error: ReelhookError): string[] => error.errors.map(({ pointer }) => pointer);
