// The verifier of packages/reelhook with callbacks of the Worker.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import {
  type ReadRequest,
  verifyWebhook,
  type WebhookEvent,
  type WebhookKeys,
  WebhookVerificationError,
} from "../../../packages/reelhook/src/webhooks/index.ts";
import type { Call } from "../../support/scenario.ts";
import { LIVE, type Stage, setStage, TEST } from "../../support/stage.ts";

let stage: Stage;
let reelhook: Reelhook;

beforeAll(async () => {
  stage = await setStage();
  reelhook = new Reelhook({ baseUrl: stage.url, apiKey: TEST });
});

afterAll(() => stage.stop());

/** @returns the URL of a receiver that answers 204. */
function receiver(name: string): string {
  stage.world.play(name, {});
  return `${stage.world.url}/hooks/${name}/main`;
}

/** The first callbacks to a receiver. Waits until there are as many. */
async function callbacks(name: string, count: number): Promise<readonly Call[]> {
  for (;;) {
    const found = stage.world.calls(name, "hook");
    if (found.length >= count) return found.slice(0, count);
    await new Promise<void>((resolve) => {
      stage.world.onCall = () => resolve();
    });
  }
}

async function accountKeys(key = TEST): Promise<{ secret: string; publicKey: string }> {
  const answer: { secret: string; public_key: string } = await (await stage.call("/v1/webhook-secret", { key })).json();
  return { secret: answer.secret, publicKey: answer.public_key };
}

/** @returns the event, or the code of the refusal. */
async function outcome({ headers, body }: ReadRequest, keys: WebhookKeys): Promise<WebhookEvent | string> {
  return verifyWebhook({ headers, body }, keys).catch((error: unknown) => {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  });
}

const create = (prompt: string, webhooks: { url: string; events?: ["generation.started", "generation.completed"] }[]) =>
  reelhook.generations.create({ prompt, video_url: "https://example.com/raccoon.mp4", webhooks });

describe("callbacks of the Worker", () => {
  it("verify with the secret and the public key of the account and mode, and no other", async () => {
    const { id } = await create("[instant] A fairy.", [
      { url: receiver("request"), events: ["generation.started", "generation.completed"] },
    ]);
    const { secret, publicKey } = await accountKeys();
    const live = await accountKeys(LIVE);
    const calls = await callbacks("request", 2);
    const events = await Promise.all(calls.map((callback) => verifyWebhook(callback, { secret })));
    expect(await Promise.all(calls.map((callback) => verifyWebhook(callback, { publicKey })))).toEqual(events);
    const completed = events.find(({ type }) => type === "generation.completed");
    if (completed?.type !== "generation.completed") throw new Error("no such event");
    expect(completed.data).toMatchObject({ id, status: "completed", error: null });
    expect((await fetch(completed.data.video.url)).status).toBe(200);
    expect(events.map(({ type }) => type).sort()).toEqual(["generation.completed", "generation.started"]);
    for (const callback of calls) {
      for (const keys of [{ secret: live.secret }, { publicKey: live.publicKey }, live]) {
        expect(await outcome(callback, keys)).toBe("no_matching_signature");
      }
      const body = JSON.stringify(JSON.parse(callback.body), null, 2);
      expect(await outcome({ ...callback, body }, { secret })).toBe("body_changed");
    }
  });

  it("of a webhook endpoint verify with its own secret, and with the account's public key", async () => {
    const endpoint = await reelhook.webhookEndpoints.create({ url: receiver("endpoint") });
    await reelhook.webhookEndpoints.test(endpoint.id);
    const [callback] = await callbacks("endpoint", 1);
    if (callback === undefined) throw new Error("no callback");
    const { secret, publicKey } = await accountKeys();
    const own = endpoint.secret;
    expect(await outcome(callback, { secret })).toBe("no_matching_signature");
    const event = await verifyWebhook(callback, [{ secret: [secret, own] }]);
    expect(event).toMatchObject({ type: "webhook.test", data: { id: endpoint.id } });
    expect(await verifyWebhook(callback, { publicKey })).toEqual(event);
    await reelhook.webhookEndpoints.delete(endpoint.id);
  });

  it("verify with the old and the new keys while they are rotated", async () => {
    const old = await accountKeys();
    expect((await stage.call("/v1/webhook-secret/rotate", { key: TEST, method: "POST" })).status).toBe(200);
    const fresh = await accountKeys();
    expect(fresh.secret).not.toBe(old.secret);
    const { id } = await create("[instant] A raccoon.", [{ url: receiver("rotated") }]);
    const [callback] = await callbacks("rotated", 1);
    if (callback === undefined) throw new Error("no callback");
    for (const { secret, publicKey } of [old, fresh]) {
      for (const keys of [{ secret }, { publicKey }]) {
        expect(await outcome(callback, keys)).toMatchObject({ type: "generation.completed", data: { id } });
      }
    }
  });
});
