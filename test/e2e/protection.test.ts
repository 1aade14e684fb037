// The limits on generations in flight and on memory for bodies, and that logs contain no secrets.

import { once } from "node:events";
import { type ClientRequest, request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { type CallOptions, LIVE, OTHER, SIGNING_SECRET, type Stage, setStage } from "../support/stage.ts";
import type { World } from "../support/world.ts";

const lines: string[] = [];
let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await setStage({
    settings: { POLL_INTERVAL_SECONDS: "0.5", MAX_IN_FLIGHT_PER_ACCOUNT: "2" },
    onLog: (line) => lines.push(line),
  });
  world = stage.world;
});

afterAll(() => stage.stop());

const call = (path: string, options?: CallOptions) => stage.call(path, options);

const request = (scenario: string, more: object = {}) => ({
  prompt: `a prompt that is nobody's business scenario=${scenario}`,
  video_url: "https://example.com/raccoon.mp4?token=input-token",
  ...more,
});

describe("audit 2: memory for large bodies", () => {
  const BYTES = 2 * 1024 * 1024;

  /** Begins to send a body that is not JSON. */
  function begin(length: number, first: string): ClientRequest {
    const headers = { authorization: `Bearer ${LIVE}`, "content-type": "application/json", "content-length": length };
    const sent = httpRequest(`${stage.url}/v1/generations`, { method: "POST", headers });
    sent.on("error", () => {});
    sent.write(first);
    return sent;
  }

  const statusOf = async (sent: ClientRequest) => {
    const [response] = await once(sent, "response");
    response.resume();
    return response.statusCode;
  };

  it("is free again as soon as a client that was sending a body goes away", async () => {
    const slow = begin(32 * 1024 * 1024, "x".repeat(1_000));
    const send = () => statusOf(begin(BYTES, "x".repeat(BYTES)));
    // Others get 400 at once until the slow body has its memory. From then on, they get 503 after ten seconds.
    let status = 400;
    for (let tries = 0; tries < 100 && status === 400; tries++) status = await send();
    expect(status).toBe(503);
    const waiting = send();
    slow.destroy();
    expect(await waiting).toBe(400);
  });

  it("is not taken by callers without a valid API key", async () => {
    const headers = { "content-type": "application/json", "content-length": 32 * 1024 * 1024 };
    const slow = httpRequest(`${stage.url}/v1/generations`, { method: "POST", headers });
    slow.on("error", () => {});
    slow.write("{");
    expect(await statusOf(slow)).toBe(401);
    expect(await statusOf(begin(BYTES, "x".repeat(BYTES)))).toBe(400);
    slow.destroy();
  });
});

describe("MAX_IN_FLIGHT_PER_ACCOUNT", () => {
  it("refuses generations above the account's limit until one ends, without affecting other accounts", async () => {
    world.play("long", { poll: [GENERATING] });
    const first = await call("/v1/generations", { json: request("long"), headers: { "idempotency-key": "one" } });
    expect(first.status).toBe(202);
    const racing = await Promise.all([1, 2, 3].map(() => call("/v1/generations", { json: request("long") })));
    expect(racing.map(({ status }) => status).sort()).toEqual([202, 429, 429]);
    const refused = racing.find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(await refused?.json()).toMatchObject({ code: "too_many_in_flight" });
    // A replay of a generation in flight needs no further place.
    const replayed = await call("/v1/generations", { json: request("long"), headers: { "idempotency-key": "one" } });
    expect(replayed.headers.get("idempotent-replayed")).toBe("true");
    expect((await call("/v1/generations", { json: request("long"), key: OTHER })).status).toBe(202);
    world.play("long", { poll: [COMPLETED] });
    let status = 429;
    for (let tries = 0; tries < 500 && status === 429; tries++) {
      ({ status } = await call("/v1/generations", { json: request("long") }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(status).toBe(202);
    const list = (await (await call("/v1/generations?limit=100")).json()) as { data: { id: string }[] };
    for (const { id } of list.data) await call(`/v1/generations/${id}`, { headers: { prefer: "wait=20" } });
  });

  it("reserves no place for a key whose generation was deleted", async () => {
    world.play("deleted", { poll: [GENERATING] });
    const headers = { "idempotency-key": "deleted" };
    const once = () => call("/v1/generations", { json: request("deleted"), headers, key: OTHER });
    const first = await once();
    expect(first.status).toBe(202);
    const { id } = (await first.json()) as { id: string };
    await call(`/v1/generations/${id}/cancel`, { method: "POST", key: OTHER });
    expect((await call(`/v1/generations/${id}`, { method: "DELETE", key: OTHER })).status).toBe(204);
    for (let tries = 0; tries < 3; tries++) {
      const again = await once();
      expect(again.status).toBe(409);
      expect(await again.json()).toMatchObject({ code: "idempotency_key_deleted" });
    }
    const list = (await (await call("/v1/generations", { key: OTHER })).json()) as { data: { id: string }[] };
    expect(list.data.map((each) => each.id)).not.toContain(id);
    // The same 409 is returned when no place is free.
    const statuses: number[] = [];
    for (let tries = 0; tries < 3; tries++) {
      statuses.push((await call("/v1/generations", { json: request("deleted"), key: OTHER })).status);
    }
    expect(statuses).toContain(429);
    expect(await (await once()).json()).toMatchObject({ code: "idempotency_key_deleted" });
  });
});

describe("the log", () => {
  it("reports the life of a generation and contains no secrets", async () => {
    world.play("logged", { poll: [GENERATING, COMPLETED], hooks: { in: [{ status: 500 }, { status: 204 }] } });
    const hook = `${world.url}/hooks/logged/in?token=webhook-token`;
    const endpoint = await call("/v1/webhook-endpoints", {
      json: { url: `${hook}&standing=1`, headers: { authorization: "Bearer header-secret" } },
    });
    const { id: endpointId } = (await endpoint.json()) as { id: string };
    const { secret } = (await (await call(`/v1/webhook-endpoints/${endpointId}/secret`)).json()) as { secret: string };
    const own = (await (await call("/v1/webhook-secret")).json()) as { secret: string };
    const made = await call("/v1/generations", {
      json: request("logged", { webhook_url: hook, metadata: { note: "metadata-secret" } }),
      headers: { "idempotency-key": "key-secret", prefer: "wait=20" },
    });
    const { id, video } = (await made.json()) as { id: string; video: { url: string } };
    expect((await fetch(video.url)).status).toBe(200);
    expect((await call("/v1/generations", { key: "a-wrong-key-0123456789", json: {} })).status).toBe(401);
    await call("/v1/generations", {
      json: request("logged", { prompt: 7, webhook_url: "https://10.0.0.1/?q=refused-token" }),
    });
    const attempts = () => lines.filter((line) => line.includes("attempt.ended"));
    for (let tries = 0; tries < 1_000 && attempts().length < 3; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const events = new Set(lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).event));
    for (const event of ["request", "action.ended", "attempt.ended", "generation.ended"])
      expect(events).toContain(event);
    const all = lines.join("\n");
    expect(all).toContain(id);
    const secrets = [
      LIVE,
      OTHER,
      SIGNING_SECRET,
      "provider-key",
      "a-wrong-key",
      secret,
      own.secret,
      "whsec_",
      "nobody's business",
      "header-secret",
      "metadata-secret",
      "key-secret",
      "-token",
      "token=",
      "signature=",
      new URL(video.url).searchParams.get("signature") ?? "",
    ];
    expect(secrets.filter((each) => all.includes(each))).toEqual([]);
  });
});
