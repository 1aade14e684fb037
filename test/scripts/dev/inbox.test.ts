// The inbox of `npm run dev`, and how the Worker reads it.

import { request } from "node:http";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Inbox, startInbox } from "../../../scripts/dev/inbox.ts";
import type { InboxCallback, InboxView } from "../../../src/contract/inbox.ts";
import { AUTHORIZED, ENV, httpApp, KEY } from "../../support/http-app.ts";

const secret = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`;

const SECRETS: Record<string, string> = { test: secret("t"), live: secret("l"), brook: secret("b") };
const STANDING = secret("s");

let inbox: Inbox;
/** Whether a standing endpoint has the inbox's URL. */
let isStanding = false;
const seen: InboxCallback[] = [];

beforeAll(async () => {
  inbox = await startInbox({
    port: 0,
    workerPort: 8787,
    dashboard: "http://localhost:8787/#/inbox",
    keys: [
      { account: "acme", mode: "test", key: "test" },
      { account: "acme", mode: "live", key: "live" },
      { account: "brook", mode: "test", key: "brook" },
    ],
    read: async <T>(path: string, key: string) => {
      const endpoints = [
        ...(isStanding && key === "test" ? [{ id: "we_1", url: inbox.url.replace("localhost", "127.0.0.1") }] : []),
        { id: "we_2", url: "https://example.com/hook" },
      ];
      const answers: Record<string, unknown> = {
        "/v1/webhook-secret": { secret: SECRETS[key] },
        "/v1/webhook-endpoints": { data: endpoints },
        "/v1/webhook-endpoints/we_1/secret": { secret: STANDING },
      };
      if (answers[path] === undefined) throw new Error(`unexpected ${path}`);
      return answers[path] as T;
    },
    onCallback: (callback) => seen.push(callback),
  });
});

afterAll(() => inbox.stop());

function signed(id: string, body: string, key: string): Record<string, string> {
  const at = new Date();
  const signature = new Webhook(key).sign(id, at, body);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signature,
  };
}

const bodyOf = (mode: string) =>
  JSON.stringify({ type: "generation.completed", data: { id: "gen_1", object: "generation", mode } });

async function post(body: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(`${inbox.url}/any/path`, { method: "POST", body, headers })).status;
}

function statusOf(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "localhost", port: new URL(inbox.url).port, path, headers, method });
    sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
    sent.end();
  });
}

async function listed(mode: string, account = "acme"): Promise<InboxView["data"]> {
  const response = await fetch(`${inbox.url}/callbacks?${new URLSearchParams({ account, mode })}`);
  return ((await response.json()) as InboxView).data;
}

describe("the inbox", () => {
  it("takes a callback at any path, verifies it, and shows it to its own account and mode only", async () => {
    const body = bodyOf("test");
    expect(await post(body, signed("msg_1", body, SECRETS["test"] ?? ""))).toBe(204);
    const known = { webhook_id: "msg_1", type: "generation.completed", generation: "gen_1", path: "/any/path", body };
    expect(seen.at(-1)).toMatchObject({ ...known, attempt: 1, verified: true, reason: null });
    expect(await listed("test")).toEqual([seen.at(-1)]);
    expect([await listed("live"), await listed("test", "brook")]).toEqual([[], []]);
  });

  it("counts how often a webhook-id has arrived", async () => {
    const body = bodyOf("live");
    const headers = signed("msg_2", body, SECRETS["live"] ?? "");
    await post(body, headers);
    await post(body, headers);
    expect((await listed("live")).map(({ attempt }) => attempt)).toEqual([2, 1]);
  });

  it("verifies with the secret of a standing endpoint that was made after the last callback", async () => {
    isStanding = true;
    const body = JSON.stringify({ type: "webhook.test", data: { id: "we_1", object: "webhook_endpoint" } });
    expect(await post(body, signed("msg_3", body, STANDING))).toBe(204);
    expect((await listed("test"))[0]).toMatchObject({ webhook_id: "msg_3", verified: true, generation: null });
  });

  it("takes what it cannot verify, says why, and shows it in the mode that the body claims", async () => {
    const body = bodyOf("test");
    expect(await post(body, signed("msg_4", body, secret("x")))).toBe(204);
    expect(await post("no JSON")).toBe(204);
    expect((await listed("test")).slice(0, 2)).toMatchObject([
      { verified: false, reason: "a webhook-… header is missing", type: null },
      { verified: false, reason: "no known secret has signed it" },
    ]);
    expect((await listed("live"))[0]).toMatchObject({ body: "no JSON" });
    expect(await listed("test", "brook")).toEqual([]);
  });

  it("shows what it cannot verify to an account whose key it does not have", async () => {
    const unverified = (await listed("test")).filter(({ verified }) => !verified);
    expect(unverified.length).toBeGreaterThan(0);
    expect(await listed("test", "made-with-admin-key")).toEqual(unverified);
  });

  it("keeps the last hundred, refuses large bodies, and leads browsers to the dashboard", async () => {
    const body = bodyOf("live");
    for (let at = 0; at < 101; at++) await post(body, signed(`msg_x${at}`, body, SECRETS["live"] ?? ""));
    const all = await listed("live");
    expect([all.length, all[0]?.webhook_id]).toEqual([100, "msg_x100"]);
    expect(await post("x".repeat(70_000))).toBe(413);
    const page = await fetch(inbox.url, { redirect: "manual" });
    expect([page.status, page.headers.get("location")]).toEqual([302, "http://localhost:8787/#/inbox"]);
    expect((await fetch(inbox.url, { method: "PUT" })).status).toBe(405);
  });

  it("refuses a host name of another site that leads here, and what the page of another site sends", async () => {
    expect(await statusOf("/callbacks", { host: "rebound.example" })).toBe(403);
    for (const origin of ["https://other.example", "null"]) {
      expect(await statusOf("/", { origin }, "POST"), origin).toBe(403);
    }
    expect(await statusOf("/", { origin: "http://localhost:3000" }, "POST")).toBe(204);
  });

  it.each(["//", "http://", "/%ff?%ff"])("leads a browser that asks for %s to the dashboard, too", async (path) => {
    expect(await statusOf(path)).toBe(302);
  });

  it("does not take the port of the Worker", async () => {
    const taken = Number(new URL(inbox.url).port);
    const other = await startInbox({
      ...{ port: taken, workerPort: taken + 1, dashboard: "", keys: [], onCallback: () => {} },
      read: () => Promise.reject(new Error("unexpected")),
    });
    await other.stop();
    expect(Number(new URL(other.url).port)).toBeGreaterThan(taken + 1);
  });
});

describe("GET /dev/inbox", () => {
  const ask = (env: object, headers: Record<string, string> = AUTHORIZED, method = "GET") =>
    httpApp().get("/dev/inbox", { ...ENV, ...env }, headers, method);

  it("is not found unless ALLOW_LOCAL_URLS is true and INBOX_URL set", async () => {
    for (const env of [{}, { INBOX_URL: inbox.url }, { ALLOW_LOCAL_URLS: "true" }]) {
      const response = await ask(env);
      expect([response.status, await response.json()]).toEqual([404, expect.objectContaining({ code: "not_found" })]);
    }
  });

  it("passes on the callbacks of the caller, and needs an API key", async () => {
    const env = { ALLOW_LOCAL_URLS: "true", INBOX_URL: inbox.url };
    expect(KEY).toContain("live");
    const response = await ask(env);
    expect(await response.json()).toEqual({ object: "list", url: inbox.url, data: await listed("live") });
    expect((await ask(env, {})).status).toBe(401);
    expect((await ask(env, AUTHORIZED, "POST")).status).toBe(405);
  });

  it("says that the inbox does not answer", async () => {
    const env = { ALLOW_LOCAL_URLS: "true", INBOX_URL: "http://127.0.0.1:1" };
    const response = await ask(env);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: "The inbox at http://127.0.0.1:1 does not answer." });
  });
});
