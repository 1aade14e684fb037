// What others have signed verifies here, and the other way round.

import { execFileSync, spawnSync } from "node:child_process";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyWebhook } from "../../../packages/reelhook/src/webhooks/index.ts";
import { BODY, EVENT, newKeys, signed } from "./signed.ts";

afterEach(() => vi.useRealTimers());

describe("published vectors", () => {
  it.each([
    {
      source: "the libraries of Standard Webhooks in JavaScript, Python, Go, PHP and Java",
      keys: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
      signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    {
      source: "the library of Standard Webhooks in Rust",
      keys: { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" },
      id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
      timestamp: 1649367553,
      body: '{"email":"test@example.com","username":"test_user"}',
      signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    },
    {
      // The specification shows this signature in its example of headers.
      source: "the server of Svix, asymmetric",
      keys: { publicKey: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=" },
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
      signature: "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    },
  ])("verify: $source", async ({ keys, id, timestamp, body, signature }) => {
    vi.useFakeTimers({ toFake: ["Date"], now: timestamp * 1000 });
    const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
    expect(await verifyWebhook({ headers, body }, keys)).toEqual(JSON.parse(body));
    for (const changed of [
      { headers: { ...headers, "webhook-id": `${id}a` }, body },
      { headers: { ...headers, "webhook-timestamp": String(timestamp + 1) }, body },
      { headers, body: `${body.slice(0, -1)},"more":1}` },
    ]) {
      await expect(verifyWebhook(changed, keys)).rejects.toMatchObject({ code: "no_matching_signature" });
    }
  });
});

describe("the library of Standard Webhooks", () => {
  it("signs what verifies here", async () => {
    const { secret } = await newKeys();
    const now = new Date();
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", now, BODY),
    };
    expect(await verifyWebhook({ headers, body: BODY }, { secret })).toEqual(EVENT);
  });

  it("verifies and refuses the same callbacks", async () => {
    const [own, other] = [await newKeys(), await newKeys()];
    const genuine = await signed([other.v1, own.v1, own.v1a]);
    const callbacks = [
      genuine,
      { ...genuine, body: `${BODY} ` },
      { ...genuine, headers: { ...genuine.headers, "webhook-id": "msg_2" } },
      await signed([other.v1]),
      await signed([own.v1a]),
      await signed([own.v1], { ageSeconds: 400 }),
      await signed([own.v1], { ageSeconds: -400 }),
    ];
    const here = await Promise.all(
      callbacks.map((callback) => verifyWebhook(callback, { secret: own.secret }).catch(() => "refused")),
    );
    const there = callbacks.map(({ body, headers }) => {
      try {
        return new Webhook(own.secret).verify(body, headers);
      } catch {
        return "refused";
      }
    });
    expect(here).toEqual(there);
    expect(here).toEqual([EVENT, ...new Array(6).fill("refused")]);
  });
});

const SIGN_IN_PYTHON = `
import base64, hashlib, hmac, json, sys, time
secret = sys.argv[1]
body = json.dumps({"type": "generation.completed", "data": {"id": "gen_1", "prompt": "Añade"}})
timestamp = str(int(time.time()))
key = base64.b64decode(secret.removeprefix("whsec_"))
mac = hmac.new(key, f"msg_1.{timestamp}.{body}".encode(), hashlib.sha256).digest()
signature = "v1," + base64.b64encode(mac).decode()
headers = {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}
print(json.dumps({"headers": headers, "body": body}))
`;

describe.skipIf(spawnSync("python3", ["--version"]).status !== 0)("the standard library of Python", () => {
  it("signs what verifies here", async () => {
    const { secret } = await newKeys();
    const callback = JSON.parse(execFileSync("python3", ["-c", SIGN_IN_PYTHON, secret], { encoding: "utf8" }));
    const event = { type: "generation.completed", data: { id: "gen_1", prompt: "Añade" } };
    expect(await verifyWebhook(callback, { secret })).toEqual(event);
    const body = JSON.stringify(event);
    // Python writes spaces and escapes that JavaScript does not, so this body cannot be told from a forged one.
    await expect(verifyWebhook({ ...callback, body }, { secret })).rejects.toMatchObject({
      code: "no_matching_signature",
    });
  });
});
