// Standing webhook endpoints and webhook secrets, through the API, with real receivers.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import type { DeliveryView } from "../../src/contract/deliveries.ts";
import { newEndpointId } from "../../src/contract/ids.ts";
import type { EndpointView, NewEndpointView } from "../../src/contract/webhook-endpoints.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import type { Call } from "../support/scenario.ts";
import {
  amend,
  amendDeliveries,
  call,
  crash,
  eventually,
  finished,
  OTHER,
  type Played,
  play,
  read,
  record,
  request,
  submit,
  TEST,
  testEnv,
} from "./support.ts";

const PATH = "/v1/webhook-endpoints";

async function create(json: Record<string, unknown>): Promise<NewEndpointView> {
  const response = await call(PATH, { json });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<NewEndpointView>();
}

const readEndpoint = async (id: string) => (await call(`${PATH}/${id}`)).json<EndpointView>();
const post = (path: string, json?: unknown) => call(path, { method: "POST", ...(json === undefined ? {} : { json }) });

async function secretOf(id: string): Promise<string> {
  return (await (await call(`${PATH}/${id}/secret`)).json<{ secret: string }>()).secret;
}

async function deliveriesOf(id: string): Promise<DeliveryView[]> {
  return (await (await call(`/v1/generations/${id}/deliveries`)).json<{ data: DeliveryView[] }>()).data;
}

async function callsTo(world: Played, receiver: string): Promise<Call[]> {
  return (await world.calls("hook")).filter(({ path }) => path.endsWith(`/${receiver}`));
}

function verifies(secret: string, { body, headers }: Call): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const signaturesOf = ({ headers }: Call) => (headers["webhook-signature"] ?? "").split(" ");

/** Waits until the generation has ended and the account has named the endpoints that get its events. */
async function told(id: string): Promise<void> {
  await finished(id);
  await eventually(
    () => record(id),
    ({ generation }) => generation.unresolved.length === 0,
  );
}

/** The number of recoveries that have not finished. */
function runningIn({ kv }: DurableObjectStorage): number {
  const recoveries = [...kv.list<{ finishedAt: number | null }>({ prefix: "recovery:" })];
  return recoveries.filter(([, { finishedAt }]) => finishedAt === null).length;
}

/** Endpoints get every event of their scope, so those of one test must not outlive it. */
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  const { data } = await (await call(PATH)).json<{ data: EndpointView[] }>();
  for (const { id } of data) await call(`${PATH}/${id}`, { method: "DELETE" });
});

describe("/v1/webhook-endpoints", () => {
  it("creates, lists, reads, changes and deletes", async () => {
    const response = await call(PATH, { json: { url: "https://a.example.com/in", description: "orders" } });
    expect(response.status).toBe(201);
    const { secret, ...created } = await response.json<NewEndpointView>();
    expect(await (await call(`${PATH}/${created.id}/secret`)).json()).toEqual({ secret });
    expect(response.headers.get("location")).toBe(`${PATH}/${created.id}`);
    expect(created).toEqual({
      id: expect.stringMatching(/^we_[0-9a-hjkmnp-tv-z]{26}$/),
      object: "webhook_endpoint",
      url: "https://a.example.com/in",
      events: ["generation.completed", "generation.failed", "generation.canceled"],
      description: "orders",
      headers: {},
      client_certificate: false,
      enabled: true,
      disabled_at: null,
      disabled_reason: null,
      created_at: expect.any(String),
      health: {
        ...{ last_success_at: null, last_failure_at: null, failing_since: null, recent: [] },
        ...{ last_attempt: null, hours: [] },
      },
      recovery: null,
    });
    const { secret: _, ...second } = await create({
      url: "https://b.example.com/",
      events: ["generation.started"],
      enabled: false,
    });
    expect(second).toMatchObject({ enabled: false, disabled_reason: "Disabled through the API." });
    expect(await (await call(PATH)).json()).toEqual({ object: "list", data: [created, second] });
    const change = { url: "https://c.example.com/", enabled: true, headers: { "x-key": "v" } };
    const changed = await call(`${PATH}/${second.id}`, { method: "PATCH", json: change });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toEqual({ ...second, ...change, disabled_at: null, disabled_reason: null });
    expect(await readEndpoint(second.id)).toMatchObject(change);
    expect((await call(`${PATH}/${second.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await call(`${PATH}/${second.id}`, { method: "DELETE" })).status).toBe(404);
    expect((await call(`${PATH}/${second.id}`)).status).toBe(404);
  });

  it("hides endpoints from other scopes", async () => {
    const { id } = await create({ url: "https://a.example.com/" });
    for (const key of [OTHER, TEST]) {
      expect(await (await call(PATH, { key })).json()).toEqual({ object: "list", data: [] });
      for (const [path, method] of [
        [id, "GET"],
        [id, "DELETE"],
        [`${id}/secret`, "GET"],
        [`${id}/rotate-secret`, "POST"],
        [`${id}/test`, "POST"],
      ]) {
        expect((await call(`${PATH}/${path}`, { key, method: method ?? "GET" })).status).toBe(404);
      }
      expect((await call(`${PATH}/${id}`, { key, method: "PATCH", json: { enabled: false } })).status).toBe(404);
      const since = "2026-01-01T00:00:00Z";
      expect((await call(`${PATH}/${id}/recover`, { key, json: { since } })).status).toBe(404);
    }
    expect(await readEndpoint(id)).toMatchObject({ enabled: true });
  });

  it.each([
    ["no URL", {}, "/url"],
    ["a private address", { url: "https://10.0.0.1/" }, "/url"],
    ["this Worker's own URL", { url: "https://reelhook.example.com/hook" }, "/url"],
    ["an unknown event", { url: "https://a.example.com/", events: ["generation.exploded"] }, "/events/0"],
    ["an empty list of events", { url: "https://a.example.com/", events: [] }, "/events"],
    ["an unknown field", { url: "https://a.example.com/", secret: "mine" }, "/secret"],
    ["a reserved header", { url: "https://a.example.com/", headers: { "Webhook-Id": "x" } }, "/headers/Webhook-Id"],
    [
      "a header with a line break",
      { url: "https://a.example.com/", headers: { "x-key": "b\r\nc: d" } },
      "/headers/x-key",
    ],
    ["a body that is not an object", [], ""],
  ])("refuses %s and points to the field", async (_, json, pointer) => {
    const response = await call(PATH, { json });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
  });

  it("audit 15: refuses every header that is not in the list, and says where the list is", async () => {
    const headers = {
      Forwarded: "for=127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-team": "blue",
      "X-Webhook-Team": "blue",
    };
    const { id } = await create({ url: "https://a.example.com/", headers: { authorization: "Bearer a" } });
    for (const [path, method] of [
      [PATH, "POST"],
      [`${PATH}/${id}`, "PATCH"],
    ] as const) {
      const response = await call(path, { method, json: { url: "https://a.example.com/", headers } });
      expect(response.status).toBe(400);
      const { errors } = await response.json<{ errors: { pointer: string; message: string }[] }>();
      expect(errors.map(({ pointer }) => pointer)).toEqual(["/headers/Forwarded", "/headers/x-real-ip"]);
      expect(errors[0]?.message).toBe(
        'its name must be in the list under "Custom headers" in docs/webhooks.md, ' +
          "or a name of your own, such as x-custom-name",
      );
    }
    expect((await readEndpoint(id)).headers).toEqual({ authorization: "Bearer a" });
  });

  it("audit 15: shows a header that was stored under other rules, and does not send it", async () => {
    const world = await play({});
    const headers = { "x-real-ip": "127.0.0.1", "x-team": "blue" };
    const fields = { url: world.hook("x"), events: [], description: "", headers, clientCertificate: false };
    const id = newEndpointId();
    await testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live")).createEndpoint(id, fields, true);
    expect(await readEndpoint(id)).toMatchObject({ headers });
    expect(await (await post(`${PATH}/${id}/test`)).json()).toMatchObject({ state: "delivered" });
    const [sent] = await callsTo(world, "x");
    expect(sent?.headers).toMatchObject({ "x-team": "blue" });
    expect(sent?.headers).not.toHaveProperty("x-real-ip");
    const change = await call(`${PATH}/${id}`, { method: "PATCH", json: { headers: { "x-team": "red" } } });
    expect(await change.json()).toMatchObject({ headers: { "x-team": "red" } });
  });

  it("audit 14: accepts client_certificate only for the hosts that the operator lists", async () => {
    const on = (url: string) => ({ url, client_certificate: true });
    const refusal = async (path: string, method: string, json: object) => {
      const response = await call(path, { method, json });
      if (response.status < 300) return null;
      const { errors } = await response.json<{ errors: { pointer: string; message: string }[] }>();
      expect([response.status, errors.length]).toEqual([400, 1]);
      expect(errors[0]?.message).toMatch(/WEBHOOK_CERTIFICATE_HOSTS/);
      return errors[0]?.pointer;
    };
    for (const url of [
      "https://mtls.example.com.evil.example/",
      "https://x.example.com/",
      "https://mtls.example.org/",
    ]) {
      expect(await refusal(PATH, "POST", on(url))).toBe("/client_certificate");
    }
    const { id } = await create(on("https://MTLS.example.com.:8443/in"));
    const path = `${PATH}/${id}`;
    expect(await refusal(path, "PATCH", { url: "https://x.example.com/" })).toBe("/url");
    expect(await refusal(path, "PATCH", on("https://x.example.com/"))).toBe("/client_certificate");
    expect(await readEndpoint(id)).toMatchObject(on("https://MTLS.example.com.:8443/in"));
    expect(await refusal(path, "PATCH", { url: "https://a.mtls.example.org/" })).toBeNull();
    expect(await refusal(path, "PATCH", { url: "https://x.example.com/", client_certificate: false })).toBeNull();
    expect(await refusal(path, "PATCH", { client_certificate: true })).toBe("/client_certificate");
    expect(await refusal(path, "PATCH", { description: "orders", enabled: false })).toBeNull();
    expect((await call(`${PATH}/we_0`, { method: "PATCH", json: on("https://x.example.com/") })).status).toBe(404);
  });

  it("accepts a hundred endpoints and refuses another", async () => {
    for (let at = 0; at < 100; at++) await create({ url: `https://h${at}.example.com/` });
    const response = await call(PATH, { json: { url: "https://one-too-many.example.com/" } });
    expect(response.status).toBe(400);
    expect((await response.json<{ detail: string }>()).detail).toBe("The limit of 100 endpoints is reached.");
  });
});

describe("a standing endpoint", () => {
  it("gets the events it subscribed to, signed with its own secret, alongside the request's webhooks", async () => {
    const world = await play({});
    const end = await create({ url: world.hook("end"), headers: { "x-tenant": "acme" } });
    const all = await create({ url: world.hook("all"), events: ["generation.started", "generation.completed"] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("own") }));
    await finished(id);
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 4,
    );
    const told = hooks.map(({ path, body }) => `${path.split("/").at(-1)} ${JSON.parse(body).type}`).sort();
    expect(told).toEqual([
      "all generation.completed",
      "all generation.started",
      "end generation.completed",
      "own generation.completed",
    ]);
    const [[toEnd], [toOwn]] = await Promise.all([callsTo(world, "end"), callsTo(world, "own")]);
    if (toEnd === undefined || toOwn === undefined) throw new Error("a receiver was not called");
    const scopeSecret = (await (await call("/v1/webhook-secret")).json<{ secret: string }>()).secret;
    const secrets = [await secretOf(end.id), await secretOf(all.id), scopeSecret];
    expect(secrets.map((secret) => verifies(secret, toEnd))).toEqual([true, false, false]);
    expect(secrets.map((secret) => verifies(secret, toOwn))).toEqual([false, false, true]);
    expect(signaturesOf(toEnd).map((each) => each.split(",")[0])).toEqual(["v1", "v1a"]);
    expect(toEnd.headers["x-tenant"]).toBe("acme");
    // Every receiver of an event gets the same body.
    expect(toEnd.body).toBe(toOwn.body);
    const deliveries = await deliveriesOf(id);
    expect(deliveries.map(({ endpoint_id }) => endpoint_id).sort()).toEqual([all.id, all.id, end.id, null].sort());
    // The generation's view lists only the request's own webhooks.
    expect((await read(id)).webhooks.map(({ url }) => url)).toEqual([world.hook("own")]);
    await eventually(
      () => readEndpoint(all.id),
      ({ health }) => health.recent.length === 2 && health.last_success_at !== null && health.failing_since === null,
    );
  });

  it("is called once if it has the same URL as a webhook of the request or another endpoint", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }, { status: 204 }] } });
    const one = await create({ url: world.hook("x") });
    const two = await create({ url: world.hook("x") });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await finished(id);
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 2,
    );
    expect(new Set(hooks.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    // By the second attempt the account has answered, so all three secrets sign.
    const last = hooks[1] as Call;
    const scopeSecret = (await (await call("/v1/webhook-secret")).json<{ secret: string }>()).secret;
    for (const secret of [await secretOf(one.id), await secretOf(two.id), scopeSecret]) {
      expect(verifies(secret, last)).toBe(true);
    }
    for (const { id: endpointId } of [one, two]) {
      await eventually(
        () => readEndpoint(endpointId),
        ({ health }) => health.last_success_at !== null,
      );
    }
    expect(await deliveriesOf(id)).toHaveLength(1);
  });

  it("gets nothing once it is disabled or deleted, not even pending deliveries", async () => {
    const world = await play({ hooks: { a: [{ status: 500 }], b: [{ status: 500 }] } });
    const a = await create({ url: world.hook("a") });
    const b = await create({ url: world.hook("b") });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length >= 2,
    );
    await call(`${PATH}/${a.id}`, { method: "DELETE" });
    await call(`${PATH}/${b.id}`, { method: "PATCH", json: { enabled: false } });
    const before = (await world.calls("hook")).length;
    const deliveries = await eventually(
      () => deliveriesOf(id),
      (each) => each.every(({ state }) => state === "failed"),
    );
    expect(deliveries.map(({ attempts }) => attempts.at(-1)?.error).sort()).toEqual([
      "not sent: the endpoint has been deleted",
      "not sent: the endpoint is disabled",
    ]);
    // Only attempts that were already under way may still arrive.
    expect((await world.calls("hook")).length).toBeLessThanOrEqual(before + 2);
    const silent = (await world.calls("hook")).length;
    const next = await submit(request((await play({})).prompt));
    await told(next.id);
    expect(await deliveriesOf(next.id)).toEqual([]);
    expect(await world.calls("hook")).toHaveLength(silent);
  });

  it("is disabled with a reason when it answers 410, until it is enabled again", async () => {
    const world = await play({ hooks: { x: [{ status: 410 }, { status: 204 }] } });
    const { id } = await create({ url: world.hook("x") });
    await finished((await submit(request(world.prompt))).id);
    const disabled = await eventually(
      () => readEndpoint(id),
      ({ enabled }) => !enabled,
    );
    expect(disabled).toMatchObject({ disabled_reason: "Answered 410 Gone.", disabled_at: expect.any(String) });
    await told((await submit(request((await play({})).prompt))).id);
    expect(await world.calls("hook")).toHaveLength(1);
    const enabled = await call(`${PATH}/${id}`, { method: "PATCH", json: { enabled: true } });
    expect(await enabled.json()).toMatchObject({ enabled: true, disabled_reason: null });
    await finished((await submit(request((await play({})).prompt))).id);
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 2,
    );
  });

  it("takes over the pending deliveries of a deleted endpoint with the same URL", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }, { status: 204 }] } });
    const old = await create({ url: world.hook("x") });
    await submit(request(world.prompt));
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    const heir = await create({ url: world.hook("x") });
    expect((await call(`${PATH}/${old.id}`, { method: "DELETE" })).status).toBe(204);
    const [, second] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 2,
    );
    expect(verifies(await secretOf(heir.id), second as Call)).toBe(true);
  });

  it("does not take over deliveries of events that it did not subscribe to", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }] } });
    const old = await create({ url: world.hook("x"), events: ["generation.completed"] });
    await create({ url: world.hook("x"), events: ["generation.failed"] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    await call(`${PATH}/${old.id}`, { method: "DELETE" });
    const [delivery] = await eventually(
      () => deliveriesOf(id),
      ([each]) => each?.state === "failed",
    );
    expect(delivery?.attempts.at(-1)?.error).toBe("not sent: the endpoint has been deleted");
  });

  it("gets pending deliveries at its new URL after its URL changes", async () => {
    const world = await play({ hooks: { old: [{ status: 500 }] } });
    const { id } = await create({ url: world.hook("old") });
    const generation = await submit(request(world.prompt));
    await eventually(
      () => callsTo(world, "old"),
      (calls) => calls.length > 0,
    );
    await call(`${PATH}/${id}`, { method: "PATCH", json: { url: world.hook("new") } });
    const [moved] = await eventually(
      () => callsTo(world, "new"),
      (calls) => calls.length > 0,
    );
    const [first] = await callsTo(world, "old");
    expect(moved?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(moved?.body).toBe(first?.body);
    expect(await deliveriesOf(generation.id)).toMatchObject([{ url: world.hook("new") }]);
  });

  it("gets a test event, and its answer is returned", async () => {
    const world = await play({ hooks: { x: [{ status: 418, body: "short and stout" }] } });
    const { id } = await create({ url: world.hook("x"), events: ["generation.failed"] });
    const response = await post(`${PATH}/${id}/test`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      object: "delivery",
      event: "webhook.test",
      endpoint_id: id,
      state: "failed",
      attempts: [{ status_code: 418, response: "short and stout" }],
    });
    const [sent] = await world.calls("hook");
    if (sent === undefined) throw new Error("not sent");
    expect(JSON.parse(sent.body)).toMatchObject({ type: "webhook.test", data: { id, object: "webhook_endpoint" } });
    expect(verifies(await secretOf(id), sent)).toBe(true);
    expect(await readEndpoint(id)).toMatchObject({ health: { recent: [{ status_code: 418 }] } });
  });

  it("gets missed events again through a recovery", async () => {
    const world = await play({ hooks: { x: [...Array(4).fill({ status: 500 }), { status: 204 }] } });
    const { id } = await create({ url: world.hook("x") });
    const generation = await submit(request(world.prompt));
    const since = generation.created_at;
    await eventually(
      () => deliveriesOf(generation.id),
      ([delivery]) => delivery?.state === "failed",
    );
    const path = `${PATH}/${id}/recover`;
    expect((await post(path, { since: "yesterday" })).status).toBe(400);
    expect((await post(`${PATH}/we_none/recover`, { since })).status).toBe(404);
    for (const year of ["0000", "9999-12-31T23:59:59-23:59"]) {
      const far = { since: year.padEnd(10, "-01-01").padEnd(20, "T00:00:00Z") };
      expect((await post(path, far)).status).toBe(400);
    }
    const later = new Date(Date.parse(since) + 1).toISOString();
    expect((await post(path, { since: later })).status).toBe(202);
    const account = testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live"));
    await runDurableObjectAlarm(account);
    expect((await deliveriesOf(generation.id)).map(({ state }) => state)).toEqual(["failed"]);
    expect((await post(path, { since })).status).toBe(202);
    const [recovered] = await eventually(
      () => deliveriesOf(generation.id),
      ([delivery]) => delivery?.state === "delivered",
    );
    expect(recovered?.attempts).toHaveLength(5);
    const hooks = await world.calls("hook");
    expect(new Set(hooks.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("gets them no faster if other endpoints of the account recover, too", async () => {
    const account = testEnv.ACCOUNTS.getByName("turns/live");
    const scope = { account: "turns", mode: "live" } as const;
    const url = "https://hooks.example.com/";
    const fields = {
      url,
      events: ["generation.failed"],
      description: "",
      headers: {},
      clientCertificate: false,
    } as const;
    // Time stands still, so that the pause between two steps does not pass.
    vi.useFakeTimers({ toFake: ["Date"] });
    await runInDurableObject(account, async (object, { storage }) => {
      const left = () => runningIn(storage);
      for (const id of ["we_1", "we_2", "we_3"]) {
        object.createEndpoint(id, fields, true);
        object.recoverEndpoint(id, scope, 0);
      }
      expect(left()).toBe(3);
      // Nothing was missed, so one step ends a recovery.
      await object.alarm();
      expect(left()).toBe(2);
      await object.alarm();
      expect(left()).toBe(2);
      expect(await storage.getAlarm()).toBe(Date.now() + 1_000);
    });
    vi.useRealTimers();
    await eventually(
      () => runInDurableObject(account, (_, { storage }) => runningIn(storage)),
      (left) => left === 0,
    );
  });
});

describe("a standing endpoint that has failed for three days", () => {
  it("is disabled with a reason, and gets everything it missed once enabled and recovered", async () => {
    // Retry-After gives the account time to learn of the failure before the next attempt.
    const busy = { status: 503, headers: { "retry-after": "3" } };
    const world = await play({ hooks: { x: [busy, { status: 204 }] } });
    const url = world.hook("x");
    const { id } = await create({ url });
    const account = testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live"));
    const earlier = { generationId: "gen_x", deliveryId: "msg_x", event: "generation.completed", url } as const;
    const failure = { endpointId: id, status: 500, error: null, durationMs: 1 };
    for (const hours of [73, 48, 24]) {
      await account.recordAttempt({ ...earlier, ...failure, at: Date.now() - hours * 3_600_000 });
    }
    expect(await readEndpoint(id)).toMatchObject({ enabled: true, health: { failing_since: expect.any(String) } });
    const first = await submit(request(world.prompt));
    const disabled = await eventually(
      () => readEndpoint(id),
      ({ enabled }) => !enabled,
    );
    expect(disabled.disabled_reason).toMatch(/^Every attempt since .+Z failed\. Last result: status 503\.$/);
    const second = await submit(request(world.prompt));
    await told(second.id);
    expect(await deliveriesOf(second.id)).toMatchObject([{ state: "failed", attempts: [] }]);
    const [waited] = await eventually(
      () => deliveriesOf(first.id),
      ([delivery]) => delivery?.state === "failed",
    );
    expect(waited?.attempts.map(({ error }) => error)).toEqual([
      null,
      ...Array(3).fill("not sent: the endpoint is disabled"),
    ]);
    expect(await world.calls("hook")).toHaveLength(1);
    const enabled = await call(`${PATH}/${id}`, { method: "PATCH", json: { enabled: true } });
    expect(await enabled.json()).toMatchObject({ enabled: true, disabled_reason: null });
    expect((await post(`${PATH}/${id}/recover`, { since: first.created_at })).status).toBe(202);
    for (const generation of [first, second]) {
      await eventually(
        () => deliveriesOf(generation.id),
        ([delivery]) => delivery?.state === "delivered",
      );
    }
    const ended = (await world.calls("hook")).map(({ body }) => JSON.parse(body).data.id);
    expect(ended.sort()).toEqual([first.id, first.id, second.id].sort());
  });
});

describe("secrets", () => {
  it("fault 43: an endpoint's secret rotated between attempts still signs, along with the new one", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }, { status: 500 }, { status: 204 }] } });
    const { id } = await create({ url: world.hook("x") });
    const old = await secretOf(id);
    await submit(request(world.prompt));
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    const response = await post(`${PATH}/${id}/rotate-secret`);
    expect(response.status).toBe(200);
    const { secret } = await response.json<{ secret: string }>();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secret).not.toBe(old);
    expect(await secretOf(id)).toBe(secret);
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 3,
    );
    expect(hooks.map((each) => verifies(old, each))).toEqual([true, true, true]);
    expect(verifies(secret, hooks[0] as Call)).toBe(false);
    expect(verifies(secret, hooks[2] as Call)).toBe(true);
  });

  it("fault 43: a scope's secret and key pair rotated between attempts sign along with the new ones", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }, { status: 500 }, { status: 204 }] } });
    const old = await (await call("/v1/webhook-secret")).json<{ secret: string; public_key: string }>();
    await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    const response = await post("/v1/webhook-secret/rotate");
    expect(response.status).toBe(200);
    const rotated = await response.json<{ secret: string; public_key: string; public_key_url: string }>();
    expect(await (await call("/v1/webhook-secret")).json()).toEqual(rotated);
    expect([rotated.secret, rotated.public_key]).not.toContain(old.secret);
    const published = await (await call(rotated.public_key_url, { key: null })).json<{ public_keys: string[] }>();
    expect(published.public_keys.slice(0, 2)).toEqual([rotated.public_key, old.public_key]);
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 3,
    );
    expect(hooks.map((each) => verifies(old.secret, each))).toEqual([true, true, true]);
    expect(verifies(rotated.secret, hooks[2] as Call)).toBe(true);
    expect(signaturesOf(hooks[2] as Call).filter((each) => each.startsWith("v1a,")).length).toBeGreaterThanOrEqual(2);
  });
});

describe("an account that does not answer", () => {
  it("fault 53: delays only deliveries to standing endpoints", async () => {
    const world = await play({});
    await create({ url: world.hook("standing") });
    const silent = new Error("silenced by the test");
    const report = vi.spyOn(AccountObject.prototype, "report").mockRejectedValue(silent);
    const signing = vi.spyOn(AccountObject.prototype, "deliveryInstructions").mockRejectedValue(silent);
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("own") }));
    await finished(id);
    await eventually(
      () => callsTo(world, "own"),
      (calls) => calls.length === 1,
    );
    expect(await callsTo(world, "standing")).toEqual([]);
    expect((await record(id)).generation.unresolved.map(({ type }) => type)).toEqual([
      "generation.started",
      "generation.completed",
    ]);
    report.mockRestore();
    signing.mockRestore();
    const [told] = await eventually(
      () => callsTo(world, "standing"),
      (calls) => calls.length === 1,
    );
    expect(JSON.parse(told?.body ?? "")).toMatchObject({ type: "generation.completed", data: { id } });
    expect((await record(id)).generation.unresolved).toEqual([]);
  });
});

describe("a record with an older schema", () => {
  it("fault 54: with pending deliveries is upgraded, and nothing is lost or sent twice", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }, { status: 500 }, { status: 204 }], y: [] } });
    const webhooks = [{ url: world.hook("x") }, { url: world.hook("y") }];
    const { id } = await submit(request(world.prompt, { webhooks }));
    await eventually(
      () => record(id),
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ attempts }) => attempts.length === 1),
    );
    await amend(id, ({ unresolved: _, rotation: __, ...generation }) => ({ ...generation, schema: 1 }) as never);
    await amendDeliveries(id, ({ requested: _, endpointId: __, ...delivery }) => delivery as Delivery);
    // As after a deploy, the object reads its record from storage again.
    await crash(id);
    await eventually(
      () => read(id),
      (seen) => seen.webhooks.every(({ state }) => state === "delivered"),
    );
    expect(await callsTo(world, "x")).toHaveLength(3);
    expect(await callsTo(world, "y")).toHaveLength(1);
  });
});

describe("a delivery that loops back to this Worker", () => {
  it("is recognized by its header and refused on every path", async () => {
    const world = await play({});
    await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    const [sent] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    const { host: _, "content-length": __, ...headers } = sent?.headers ?? {};
    for (const path of ["/v1/generations", "/healthz", "/"]) {
      const response = await call(path, { headers, method: "POST", body: sent?.body ?? "" });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_request" });
    }
  });
});
