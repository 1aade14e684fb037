// Budgets: what an account may spend in a day and in a month.

import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import { newGenerationId } from "../../src/contract/ids.ts";
import type { UsageView } from "../../src/contract/usage.ts";
import { createApp } from "../../src/http/app.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import { stagedInputs } from "../../src/videos/staged-inputs.ts";
import { holdToDescription } from "../support/description.ts";
import { fixedModels, modelWith, PRICED } from "../support/models.ts";
import { type Answer, COMPLETED, GENERATING } from "../support/scenario.ts";
import { amend, eventually, gateways, ORIGIN, play, pollNow, record, stub, testEnv, wake } from "./support.ts";

const UNPRICED = modelWith(null, "acme/unpriced");

const models = fixedModels([PRICED, UNPRICED]);

const ACCEPTED: Answer = { status: 201, body: { id: "{{id}}" } };

/** The provider charges a quarter of a dollar for the job. */
const CHARGED: Answer = {
  body: { id: "{{id}}", status: "completed", video: { url: "{{file}}" }, meta: { usage: { usd_spent: 0.25 } } },
};

interface Refused {
  readonly code: string;
  readonly detail: string;
  readonly budget_resets_at?: string;
}

interface CreateOptions {
  readonly model?: string;
  readonly key?: string;
  readonly more?: object;
}

/**
 * A new account in a deployment with these budgets.
 *
 * @param settings further settings.
 * @param replaced gateways that replace the real ones.
 */
function accountWith(
  name: string,
  budgets: object | null,
  { settings = {}, replaced = {} }: { settings?: Record<string, string>; replaced?: Partial<Gateways> } = {},
) {
  const app = createApp(() => gateways({ models, ...replaced }));
  const keys = { live: `rh_live_${name}_0123456789`, test: `rh_test_${name}_0123456789` };
  const env = {
    ...testEnv,
    API_KEYS: JSON.stringify({ [name]: Object.values(keys) }),
    ...(budgets === null ? {} : { BUDGETS: JSON.stringify(budgets) }),
    ...settings,
  };
  /** @throws if the answer does not match the OpenAPI description. */
  const callIn = async (mode: "live" | "test", path: string, { headers = {}, ...init }: RequestInit = {}) => {
    const authorized = { ...headers, authorization: `Bearer ${keys[mode]}`, "content-type": "application/json" };
    const response = await app.request(path, { ...init, headers: authorized }, env);
    await holdToDescription(init.method ?? "GET", ORIGIN + path, response);
    return response;
  };
  const call = (path: string, init: RequestInit = {}) => callIn("live", path, init);
  const createIn = (mode: "live" | "test", prompt: string, options: CreateOptions = {}) => {
    const { model = PRICED.id, key, more = {} } = options;
    const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
    const body = JSON.stringify({ model, prompt, ...more });
    return callIn(mode, "/v1/generations", { method: "POST", headers, body });
  };
  const create = (prompt: string, options: CreateOptions = {}) => createIn("live", prompt, options);
  return {
    call,
    create,
    createIn,
    /** The status of the answer. */
    async status(prompt: string, options: CreateOptions = {}): Promise<number> {
      return (await create(prompt, options)).status;
    },
    /** The id of a new generation. @throws if it is refused. */
    async accepted(prompt: string, options: CreateOptions = {}): Promise<string> {
      const response = await create(prompt, options);
      if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json<{ id: string }>()).id;
    },
    async refused(prompt: string, options: CreateOptions = {}): Promise<Refused & { readonly retryAfter: number }> {
      const response = await create(prompt, options);
      expect(response.status).toBe(402);
      const refused = await response.json<Refused>();
      expect(refused.code).toBe("budget_exceeded");
      return { ...refused, retryAfter: Number(response.headers.get("retry-after")) };
    },
    /** Waits until a new generation is accepted. @returns its id. */
    async eventuallyAccepted(prompt: string, options: CreateOptions = {}): Promise<string> {
      const response = await eventually(
        () => create(prompt, options),
        ({ status }) => status === 202,
      );
      return (await response.json<{ id: string }>()).id;
    },
    cancel: (id: string) => call(`/v1/generations/${id}/cancel`, { method: "POST" }),
    remove: (id: string) => call(`/v1/generations/${id}`, { method: "DELETE" }),
    usage: async (query = "") => (await call(`/v1/usage${query}`)).json<UsageView>(),
    /** Waits until the budget of the day has spent and reserved this much, in dollars. */
    async holds(spent: number, reserved: number): Promise<void> {
      await eventually(
        async () => (await (await call("/v1/usage")).json<UsageView>()).budget?.day,
        (day) => day?.spent_usd === spent && day.reserved_usd === reserved,
      );
    },
  };
}

const GENERATES = { poll: [GENERATING] };

describe.concurrent("a budget", () => {
  it("for three generations accepts exactly three of twenty racing requests", async () => {
    const account = accountWith("budget-race", { "budget-race": { usd_per_day: 3 } });
    const { prompt, calls } = await play(GENERATES);
    const answers = await Promise.all(Array.from({ length: 20 }, () => account.create(prompt)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(3).fill(202), ...Array(17).fill(402)]);
    expect(await calls("submit")).toHaveLength(3);
    expect((await account.usage()).budget).toMatchObject({ day: { limit_usd: 3, spent_usd: 0, reserved_usd: 3 } });
  });

  it("limits a day and a month, and says when it resets", async () => {
    const { prompt } = await play(GENERATES);
    for (const period of ["day", "month"] as const) {
      const name = `budget-${period}`;
      const account = accountWith(name, { [name]: { [`usd_per_${period}`]: 1.5 } });
      await account.accepted(prompt);
      const { detail, budget_resets_at = "", retryAfter } = await account.refused(prompt);
      expect(detail).toContain(`$1.50 a ${period}`);
      const resetsAt = new Date(budget_resets_at);
      expect(resetsAt.toISOString()).toMatch(period === "day" ? /T00:00:00.000Z$/ : /-01T00:00:00.000Z$/);
      expect(Math.abs(retryAfter - (resetsAt.getTime() - Date.now()) / 1000)).toBeLessThan(60);
      const { budget } = await account.usage();
      const state = { limit_usd: 1.5, spent_usd: 0, reserved_usd: 1, resets_at: budget_resets_at };
      expect(budget).toEqual({ day: null, month: null, unpriced: 0, [period]: state });
    }
  });

  it("of * applies to each account without its own budget, and to no other", async () => {
    const { prompt } = await play(GENERATES);
    const budgets = { "*": { usd_per_day: 1 }, "budget-own": { usd_per_day: 2 } };
    const statuses = async (name: string, of: object = budgets) => {
      const account = accountWith(name, of);
      return [await account.status(prompt), await account.status(prompt), await account.status(prompt)];
    };
    expect(await statuses("budget-star-a")).toEqual([202, 402, 402]);
    expect(await statuses("budget-star-b")).toEqual([202, 402, 402]);
    expect(await statuses("budget-own")).toEqual([202, 202, 402]);
    expect(await statuses("budget-none", { "budget-own": { usd_per_day: 0 } })).toEqual([202, 202, 202]);
  });

  it("does not limit test mode", async () => {
    const account = accountWith("budget-test", { "*": { usd_per_day: 0 } });
    const { prompt } = await play(GENERATES);
    await account.refused(prompt);
    const { estimate } = await (await account.createIn("test", "[slow]")).json<{ estimate: object }>();
    expect(estimate).toEqual({ usd: 1 });
  });

  it("does not use up an idempotency key when it refuses, and answers retries when it is used up", async () => {
    const account = accountWith("budget-keys", { "*": { usd_per_day: 1 } });
    const { prompt, calls } = await play({ poll: [COMPLETED] });
    const id = await account.accepted(prompt, { key: "first" });
    await account.refused(prompt, { key: "second" });
    for (const [spent, reserved] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await account.holds(spent, reserved);
      const retry = await account.create(prompt, { key: "first" });
      expect(retry.headers.get("idempotent-replayed")).toBe("true");
      expect(await retry.json()).toMatchObject({ id });
    }
    const raised = accountWith("budget-keys", { "*": { usd_per_day: 2 } });
    await raised.accepted(prompt, { key: "second" });
    expect(await calls("submit")).toHaveLength(2);
  });

  it("counts racing requests with one idempotency key once", async () => {
    const account = accountWith("budget-once", { "*": { usd_per_day: 2 } });
    const { prompt, calls } = await play(GENERATES);
    const statuses = await Promise.all(Array.from({ length: 5 }, () => account.status(prompt, { key: "key" })));
    expect(statuses).toEqual(Array(5).fill(202));
    await account.holds(0, 1);
    await account.accepted(prompt);
    await account.refused(prompt);
    expect(await calls("submit")).toHaveLength(2);
  });

  it("gives the estimate back if the provider refuses or fails the generation", async () => {
    const account = accountWith("budget-refused", { "*": { usd_per_day: 1 } });
    const refusals = [400, 401, 403].map((status) => ({ status, body: { message: "no" } }));
    const failed = { body: { id: "{{id}}", status: "error", error: { message: "no" } } };
    const { prompt } = await play({ submit: [...refusals, ACCEPTED], poll: [failed] });
    for (const [status, code] of [
      [400, "invalid_input"],
      [502, "provider_unauthorized"],
      [402, "insufficient_credits"],
    ]) {
      const refused = await account.create(prompt);
      expect(refused.status).toBe(status);
      expect(await refused.json()).toMatchObject({ code });
      await account.holds(0, 0);
    }
    await account.accepted(prompt);
    await account.refused(prompt);
    await account.eventuallyAccepted(prompt);
    expect((await account.usage()).total).toMatchObject({ generations: 5, failed: 4, usd: 0 });
  });

  it("counts what the provider has charged, once the generation has ended, deleted or not", async () => {
    const account = accountWith("budget-settles", { "*": { usd_per_day: 1.5 } });
    const { prompt } = await play({ poll: [CHARGED] });
    const id = await account.accepted(prompt);
    await account.refused(prompt);
    await account.holds(0.25, 0);
    const { data, total } = await account.usage("?group_by=model");
    expect(total).toMatchObject({ generations: 1, completed: 1, usd: 0.25 });
    expect((await account.remove(id)).status).toBe(204);
    await eventually(
      () => record(id),
      ({ generation }) => generation.report.acknowledged === "deleted",
    );
    expect((await account.usage("?group_by=model")).data).toEqual(data);
    await account.holds(0.25, 0);
    await account.accepted(prompt);
    await account.refused(prompt);
  });

  it("counts the estimate if the provider states no price, even after the end of the retention", async () => {
    const account = accountWith("budget-retention", { "*": { usd_per_day: 1 } });
    const { prompt } = await play({ poll: [COMPLETED] });
    const id = await account.accepted(prompt);
    await account.holds(1, 0);
    await amend(id, (generation) => ({ ...generation, policy: { ...generation.policy, retentionMs: 1 } }));
    await stub(id).ensure();
    await eventually(
      () => record(id),
      ({ generation }) => generation.deletedBy === "retention" && generation.report.acknowledged === "deleted",
    );
    await account.holds(1, 0);
    await account.refused(prompt);
  });

  it.each([
    ["canceled", false],
    ["canceled and deleted", true],
  ])(
    "keeps the estimate of a %s generation until its job has ended, and then counts its price",
    async (_, isDeleted) => {
      const account = accountWith(`budget-canceled-${isDeleted}`, { "*": { usd_per_day: 1.25 } });
      const { prompt } = await play({ poll: [CHARGED] });
      const id = await account.accepted(prompt);
      expect((await account.cancel(id)).status).toBe(200);
      if (isDeleted) expect((await account.remove(id)).status).toBe(204);
      await eventually(
        () => record(id),
        ({ generation }) => generation.report.acknowledged === (isDeleted ? "deleted" : "canceled"),
      );
      await account.holds(0, 1);
      await account.refused(prompt);
      await pollNow(id);
      await account.holds(0.25, 0);
      expect((await account.usage()).total).toMatchObject({ generations: 1, canceled: 1, usd: 0.25 });
      await account.accepted(prompt);
    },
  );

  it("that changes applies at once, and counts generations that are under way or have ended", async () => {
    const name = "budget-changes";
    const without = accountWith(name, null);
    const charged = await play({ poll: [CHARGED] });
    const { prompt } = await play(GENERATES);
    await without.accepted(charged.prompt);
    await without.accepted(prompt);
    await eventually(
      () => without.usage(),
      ({ total }) => total.completed === 1,
    );
    expect((await without.usage()).budget).toBeNull();
    // Now the account has a budget: a quarter is spent, and a dollar is reserved.
    const of = (usd: number) => accountWith(name, { [name]: { usd_per_day: usd } });
    await of(2.24).holds(0.25, 1);
    await of(2.24).refused(prompt);
    await of(2.25).accepted(prompt);
    await of(2.25).refused(prompt);
    await of(3.25).accepted(prompt);
    await of(0).refused(prompt);
    await without.accepted(prompt);
  });

  it("makes a generation whose price is not known run alone", async () => {
    const account = accountWith("budget-alone", { "*": { usd_per_day: 100 } });
    const completes = await play({ poll: [CHARGED] });
    const { prompt } = await play(GENERATES);
    await account.accepted(completes.prompt, { model: UNPRICED.id });
    for (const model of [PRICED.id, UNPRICED.id]) {
      const { detail, retryAfter, ...refused } = await account.refused(prompt, { model });
      expect(detail).toContain("whose price is not known is under way");
      expect(retryAfter).toBeGreaterThan(0);
      expect(refused).not.toHaveProperty("budget_resets_at");
    }
    expect((await account.usage()).budget?.unpriced).toBe(1);
    // It counts what the provider has charged.
    await account.holds(0.25, 0);
    await account.accepted(prompt);
    const { detail, retryAfter } = await account.refused(prompt, { model: UNPRICED.id });
    expect(detail).toContain("accepted only while no other generation is under way");
    expect(retryAfter).toBeGreaterThan(0);
    await account.accepted(prompt);
  });

  it("refuses a generation whose price is not known once it is used up", async () => {
    const account = accountWith("budget-used", { "*": { usd_per_day: 0.25 } });
    const { prompt } = await play({ poll: [CHARGED] });
    await account.accepted(prompt, { model: UNPRICED.id });
    await account.holds(0.25, 0);
    const { budget_resets_at } = await account.refused(prompt, { model: UNPRICED.id });
    expect(budget_resets_at).toBeDefined();
  });

  it("refuses requests to the provider's API in the provider's format", async () => {
    const account = accountWith("budget-drop-in", { "*": { usd_per_day: 0.5 } });
    const { prompt, calls } = await play(GENERATES);
    const path = "/v2/video/generations";
    const body = JSON.stringify({ model: PRICED.id, prompt });
    const refused = await account.call(path, { method: "POST", body });
    expect(refused.status).toBe(402);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({
      message: expect.stringContaining("$0.50 a day"),
      path,
      requestId: refused.headers.get("x-request-id"),
      statusCode: 402,
      timestamp: expect.any(String),
    });
    expect(await calls("submit")).toEqual([]);
  });

  it("works together with a limit of generations in flight", async () => {
    const budgets = { "*": { usd_per_day: 1.25 } };
    const account = accountWith("budget-places", budgets, { settings: { MAX_IN_FLIGHT_PER_ACCOUNT: "1" } });
    const { prompt } = await play({ poll: [CHARGED] });
    await account.accepted(prompt);
    expect(await account.status(prompt)).toBe(429);
    expect((await account.usage()).budget?.day?.reserved_usd).toBe(1);
    await account.holds(0.25, 0);
    await account.accepted(prompt);
    const more = accountWith("budget-places", budgets, { settings: { MAX_IN_FLIGHT_PER_ACCOUNT: "2" } });
    await more.refused(prompt);
  });
});

describe.concurrent("a reservation", () => {
  const DATA_URI = { more: { video_url: "data:video/mp4;base64,AAAA" } };
  const BUDGETS = { "*": { usd_per_day: 1 } };

  it("is given back if the input cannot be staged", async () => {
    const { inputs } = gateways();
    const put = async () => Promise.reject(new Error("put: internal error (10001)"));
    const account = accountWith("reserve-r2", BUDGETS, { replaced: { inputs: { ...inputs, put } } });
    const { prompt } = await play(GENERATES);
    expect(await account.status(prompt, DATA_URI)).toBe(500);
    await account.accepted(prompt);
  });

  it("is given back if R2 does not answer in time", async () => {
    let read: ReadableStream<Uint8Array> | null = null;
    const bucket = new Proxy(testEnv.VIDEOS, {
      get: (target, name) =>
        name === "put"
          ? (_: string, body: ReadableStream<Uint8Array>) => {
              read = body;
              return new Promise(() => {});
            }
          : Reflect.get(target, name),
    });
    const replaced = { inputs: stagedInputs(bucket, { putTimeoutMs: 50 }) };
    const account = accountWith("reserve-hangs", BUDGETS, { replaced });
    const { prompt, calls } = await play(GENERATES);
    expect(await account.status(prompt, DATA_URI)).toBe(500);
    // A late upload fails, so nothing is left behind.
    await expect((read ?? new ReadableStream()).getReader().read()).rejects.toThrow();
    expect(await calls("submit")).toEqual([]);
    await account.accepted(prompt);
  });

  it("is given back if the generation certainly does not exist", async () => {
    const { generations } = gateways();
    const create = () => Promise.reject(new Error("overloaded"));
    const account = accountWith("reserve-object", BUDGETS, { replaced: { generations: { ...generations, create } } });
    const { prompt } = await play(GENERATES);
    expect(await account.status(prompt)).toBe(500);
    await account.holds(0, 0);
  });
});

describe("over time, a budget", () => {
  // At this time, no alarm fires on its own, and no day or month ends.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime("2030-11-15T12:00:00.000Z");
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const watchdog = (name: string) => runDurableObjectAlarm(testEnv.ACCOUNTS.getByName(`${name}/live`));

  it("gets the estimate of a lost request back within a minute", async () => {
    const name = "budget-lost";
    const account = accountWith(name, { "*": { usd_per_day: 1 } });
    const { prompt } = await play(GENERATES);
    const place = { id: newGenerationId(), createdAt: Date.now(), model: PRICED.id, estimate: 1_000_000 };
    const limits = { places: null, budget: { day: 1_000_000, month: null } };
    await gateways().index.reserve({ account: name, mode: "live" }, place, limits);
    await account.refused(prompt);
    later(45_000);
    await watchdog(name);
    await account.refused(prompt);
    later(6_000);
    await watchdog(name);
    await account.accepted(prompt);
  });

  it("holds if a request reaches its generation's object after its reservation was given back", async () => {
    const name = "budget-late";
    const { generations } = gateways();
    const create: Gateways["generations"]["create"] = async (...request) => {
      later(51_000);
      await watchdog(name);
      return generations.create(...request);
    };
    const budgets = { "*": { usd_per_day: 1 } };
    const late = accountWith(name, budgets, { replaced: { generations: { ...generations, create } } });
    const { prompt, calls } = await play(GENERATES);
    expect(await late.status(prompt, { key: "late" })).toBe(500);
    expect(await calls("submit")).toEqual([]);
    const account = accountWith(name, budgets);
    await account.accepted(prompt, { key: "late" });
    await account.refused(prompt);
  });

  it("keeps the estimate of a generation whose reports do not arrive", async () => {
    const name = "budget-unreported";
    const account = accountWith(name, { "*": { usd_per_day: 1 } });
    const { prompt } = await play(GENERATES);
    const report = vi.spyOn(AccountObject.prototype, "report").mockRejectedValue(new Error("no answer"));
    const id = await account.accepted(prompt);
    later(51_000);
    await watchdog(name);
    await account.refused(prompt);
    report.mockRestore();
    later(10_000);
    await wake(id);
    await eventually(
      () => account.usage(),
      ({ total }) => total.generations === 1,
    );
    await account.refused(prompt);
  });

  it("resets with each day and month, and counts a generation on the day on which it was accepted", async () => {
    const account = accountWith("budget-days", { "*": { usd_per_day: 1, usd_per_month: 2 } });
    const { prompt } = await play({ poll: [CHARGED] });
    vi.setSystemTime("2030-11-29T23:59:59.999Z");
    const first = await account.accepted(prompt);
    expect(await account.refused(prompt)).toMatchObject({
      budget_resets_at: "2030-11-30T00:00:00.000Z",
      retryAfter: 1,
    });
    vi.setSystemTime("2030-11-30T00:00:00.000Z");
    const second = await account.accepted(prompt);
    // Both are used up. The month resets last.
    expect(await account.refused(prompt)).toMatchObject({
      budget_resets_at: "2030-12-01T00:00:00.000Z",
      retryAfter: 86_400,
    });
    vi.setSystemTime("2030-12-01T00:00:00.000Z");
    await account.accepted(prompt);
    await account.refused(prompt);
    for (const id of [first, second]) await wake(id);
    const { data } = await eventually(
      () => account.usage("?from=2030-11-29&to=2030-12-31&group_by=day"),
      ({ total }) => total.completed === 2,
    );
    expect(data.map(({ day, generations, completed, usd }) => [day, generations, completed, usd])).toEqual([
      ["2030-11-29", 1, 1, 0.25],
      ["2030-11-30", 1, 1, 0.25],
      ["2030-12-01", 1, 0, 0],
    ]);
    expect((await account.usage()).budget).toMatchObject({
      day: { spent_usd: 0, reserved_usd: 1, resets_at: "2030-12-02T00:00:00.000Z" },
      month: { spent_usd: 0, reserved_usd: 1, resets_at: "2031-01-01T00:00:00.000Z" },
    });
  });
});

// Runs last, because afterwards this isolate knows of a line, and later tests would wait in it.
describe("a budget of an account that waits in line", () => {
  it("gives the estimate back if a generation is canceled before its submission", async () => {
    const account = accountWith("budget-unsent", { "*": { usd_per_day: 1 } });
    const { prompt } = await play({ submit: [{ status: 429 }, ACCEPTED], poll: [GENERATING] });
    const id = await account.accepted(prompt);
    await account.refused(prompt);
    await account.cancel(id);
    await account.eventuallyAccepted(prompt);
  });
});
