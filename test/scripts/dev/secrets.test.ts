import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Read, Secrets } from "../../../scripts/dev/secrets.ts";

const SECRET = `whsec_${Buffer.from("s".repeat(32)).toString("base64")}`;
const OLD = `whsec_${Buffer.from("o".repeat(32)).toString("base64")}`;
const BODY = "{}";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function signed(secret: string): Record<string, string> {
  const at = new Date();
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign("msg_1", at, BODY),
  };
}

/** Secrets of one account, and the paths that they read. */
function secretsOf(answer: () => Promise<string>) {
  const reads: string[] = [];
  const read = async <T>(path: string) => {
    reads.push(path);
    return (path === "/v1/webhook-secret" ? { secret: await answer() } : { data: [] }) as T;
  };
  return { reads, secrets: new Secrets([{ account: "acme", mode: "test", key: "key" }], 8788, read satisfies Read) };
}

it("verifies a callback that arrives while secrets are read that were made before its own", async () => {
  const old = Promise.withResolvers<string>();
  const answers = [old.promise, Promise.resolve(SECRET)];
  const { secrets } = secretsOf(() => answers.shift() ?? Promise.reject(new Error("unexpected")));
  const before = secrets.verify(signed(OLD), BODY);
  const after = secrets.verify(signed(SECRET), BODY);
  old.resolve(OLD);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([(await before).reason, (await after).reason]).toEqual([null, null]);
});

it("reads no secrets for what none can have signed", async () => {
  const { secrets, reads } = secretsOf(async () => SECRET);
  const reason = "a webhook-… header is missing";
  expect(await secrets.verify({}, BODY)).toEqual({ scope: null, reason });
  const stale = { ...signed(SECRET), "webhook-timestamp": "1" };
  expect((await secrets.verify(stale, BODY)).reason).toBe("it was signed over five minutes ago");
  expect(reads).toEqual([]);
});
