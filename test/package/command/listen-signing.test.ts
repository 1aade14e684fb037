import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { Secrets } from "../../../packages/reelhook/src/command/listen/secrets.ts";
import { headersOf, messageId } from "../../../packages/reelhook/src/command/listen/signing.ts";

const OLD = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const callback = { id: "msg_1", type: "generation.completed", generationId: "gen_1", body: '{"über":"\u2028"}' };

describe("the signature", () => {
  it("verifies with each secret, and not with another", () => {
    const headers = headersOf(callback, { secrets: [NEW, OLD], at: Date.now(), attempt: 1 });
    for (const secret of [NEW, OLD])
      expect(new Webhook(secret).verify(callback.body, headers)).toEqual({ über: "\u2028" });
    const other = new Webhook(`whsec_${Buffer.alloc(32, 3).toString("base64")}`);
    expect(() => other.verify(callback.body, headers)).toThrow();
  });

  it("has the time and the number of the attempt", () => {
    const headers = headersOf(callback, { secrets: [NEW], at: 1_795_366_926_999, attempt: 3 });
    expect(headers).toMatchObject({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1795366926",
      "reelhook-attempt": "3",
    });
  });
});

describe("the id", () => {
  it("is the same for the same event, and another for another generation or type", () => {
    const id = messageId("gen_1", "generation.completed");
    expect(id).toMatch(/^msg_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(messageId("gen_1", "generation.completed")).toBe(id);
    expect(messageId("gen_2", "generation.completed")).not.toBe(id);
    expect(messageId("gen_1", "generation.started")).not.toBe(id);
  });
});

/** Secrets of a deployment whose answer and clock the test sets. */
function secretsOf(first: string) {
  const world = { now: 0, answer: first as string | Error, reads: 0, rotations: 0 };
  const secrets = new Secrets(first, {
    now: () => world.now,
    read: async () => {
      world.reads++;
      if (world.answer instanceof Error) throw world.answer;
      return world.answer;
    },
    onRotated: () => world.rotations++,
  });
  return { world, secrets };
}

describe("the secrets", () => {
  it("are read again at most once a minute", async () => {
    const { world, secrets } = secretsOf(OLD);
    world.now = 59_999;
    await secrets.current();
    expect(world.reads).toBe(0);
    world.now = 60_000;
    await secrets.current();
    await secrets.current();
    expect(world.reads).toBe(1);
  });

  it("are read again once they have expired", async () => {
    const { world, secrets } = secretsOf(OLD);
    secrets.expire();
    await secrets.current();
    await secrets.current();
    expect(world.reads).toBe(1);
  });

  it("are both used for 24 hours after a rotation", async () => {
    const { world, secrets } = secretsOf(OLD);
    world.answer = NEW;
    world.now = 60_000;
    expect(await secrets.current()).toEqual([NEW, OLD]);
    world.now += 24 * 60 * 60_000 - 1;
    expect(await secrets.current()).toEqual([NEW, OLD]);
    world.now += 1;
    expect(await secrets.current()).toEqual([NEW]);
    expect(world.rotations).toBe(1);
  });

  it("stay the last ones while the deployment does not answer", async () => {
    const { world, secrets } = secretsOf(OLD);
    world.answer = new Error("away");
    world.now = 60_000;
    expect(await secrets.current()).toEqual([OLD]);
    await secrets.current();
    expect(world.reads).toBe(1);
  });
});
