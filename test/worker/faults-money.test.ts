// Rows of the fault table (docs/reliability.md) about money: estimates, prices, budgets and usage.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { UsageView } from "../../src/contract/usage.ts";
import type { Summary } from "../../src/core/generation/action.ts";
import { createApp } from "../../src/http/app.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import { fixedModels, PRICED } from "../support/models.ts";
import { type Answer, COMPLETED, GENERATING } from "../support/scenario.ts";
import { eventually, gateways, play, request, testEnv } from "./support.ts";

const models = fixedModels([PRICED]);

/** A new account with this budget. @param replaced gateways that replace the real ones. */
function accountWith(name: string, budget: object, replaced: Partial<Gateways> = {}) {
  const app = createApp(() => gateways({ models, ...replaced }));
  const key = `rh_live_${name}_0123456789`;
  const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }), BUDGETS: JSON.stringify({ [name]: budget }) };
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { ...headers, ...init.headers } }, env) as Promise<Response>;
  return {
    object: testEnv.ACCOUNTS.getByName(`${name}/live`),
    create(body: object, more: Record<string, string> = {}) {
      return call("/v1/generations", { method: "POST", headers: more, body: JSON.stringify(body) });
    },
    read: async (id: string) => (await call(`/v1/generations/${id}`)).json<GenerationView>(),
    remove: (id: string) => call(`/v1/generations/${id}`, { method: "DELETE" }),
    usage: async () => (await call("/v1/usage")).json<UsageView>(),
  };
}

const priced = (prompt: string) => ({ model: PRICED.id, prompt });

function completedWith(usage: unknown, headers: Record<string, string> = {}): Answer {
  return { headers, body: { ...(COMPLETED.body as object), meta: { usage } } };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("faults of money", () => {
  it("fault 90: the watchdog gives back the estimate of a request that dies before it creates the generation", async () => {
    const { generations } = gateways();
    const dead = async () => {
      throw new Error("died in the test");
    };
    const budget = { usd_per_day: 1 };
    const dying = accountWith("fault-90", budget, { generations: { ...generations, create: dead, wasMade: dead } });
    const account = accountWith("fault-90", budget);
    const { prompt, calls } = await play({ poll: [GENERATING] });
    vi.useFakeTimers({ toFake: ["Date"] });
    const reservedAt = Date.now();
    expect((await dying.create(priced(prompt))).status).toBe(500);
    expect((await account.usage()).budget?.day).toMatchObject({ reserved_usd: 1 });
    expect((await account.create(priced(prompt))).status).toBe(402);
    const checkAt = await runInDurableObject(account.object, (_, { storage }) => storage.getAlarm());
    expect((checkAt ?? 0) - reservedAt).toBeLessThanOrEqual(60_000);
    vi.setSystemTime(checkAt ?? 0);
    await runDurableObjectAlarm(account.object);
    expect((await account.usage()).budget?.day).toMatchObject({ reserved_usd: 0 });
    expect((await account.create(priced(prompt))).status).toBe(202);
    expect(await calls("submit")).toHaveLength(1);
  });

  it("fault 91: nothing is accepted or submitted while the account does not answer", async () => {
    const account = accountWith("fault-91", { usd_per_day: 1 });
    const { prompt, calls } = await play({ poll: [GENERATING] });
    const key = { "idempotency-key": "order-42" };
    const reserve = vi.spyOn(AccountObject.prototype, "reserve").mockImplementation(() => {
      throw new Error("silenced by the test");
    });
    expect((await account.create(priced(prompt), key)).status).toBe(500);
    expect(await calls()).toEqual([]);
    reserve.mockRestore();
    expect((await account.create(priced(prompt), key)).status).toBe(202);
    expect(await calls("submit")).toHaveLength(1);
  });

  it("fault 92: a generation is counted once if its reports are lost, repeated or reordered", async () => {
    const account = accountWith("fault-92", { usd_per_day: 2 });
    const { prompt } = await play({ poll: [completedWith({ usd_spent: 0.25 })] });
    const { report } = AccountObject.prototype;
    const reported: Summary[] = [];
    let lost = 0;
    vi.spyOn(AccountObject.prototype, "report").mockImplementation(async function (
      this: AccountObject,
      summary,
      events,
    ) {
      const answer = await report.call(this, summary, events);
      // Generations of other tests may still be running.
      if (this.ctx.id.name !== "fault-92/live") return answer;
      reported.push(summary);
      // The account has counted it, but the generation does not learn of it.
      if (summary.settlement !== null && lost++ === 0) throw new Error("lost by the test");
      return answer;
    });
    const { id } = await (await account.create(priced(prompt))).json<{ id: string }>();
    await eventually(
      async () => reported.filter(({ settlement }) => settlement !== null).length,
      (count) => count === 2,
    );
    await runInDurableObject(account.object, async (object) => {
      for (const summary of [...reported].reverse()) await report.call(object, summary, []);
    });
    const expectCountedOnce = async () => {
      const { total, budget } = await account.usage();
      expect(total).toMatchObject({ generations: 1, completed: 1, usd: 0.25 });
      expect(budget?.day).toMatchObject({ spent_usd: 0.25, reserved_usd: 0 });
    };
    await expectCountedOnce();
    // The deletion is reported with the cost, too.
    expect((await account.remove(id)).status).toBe(204);
    await eventually(
      async () => reported,
      (all) => all.some(({ status }) => status === "deleted"),
    );
    await expectCountedOnce();
  });

  it("fault 93: an invalid price is not shown, and the estimate counts towards the budget", async () => {
    const account = accountWith("fault-93", { usd_per_day: 10 });
    const answers = [
      ...[-1, "free", 1e12, {}, [0.5]].map((usd_spent) => completedWith({ usd_spent })),
      completedWith({}, { "x-aimlapi-usd-spent": "-0.5" }),
    ];
    const ids = await Promise.all(
      answers.map(async (answer) => {
        const { prompt } = await play({ poll: [answer] });
        return (await (await account.create(priced(prompt))).json<{ id: string }>()).id;
      }),
    );
    const { total, budget } = await eventually(account.usage, ({ total }) => total.completed === answers.length);
    expect(total.usd).toBe(0);
    expect(budget?.day).toMatchObject({ spent_usd: answers.length, reserved_usd: 0 });
    const generations = await Promise.all(ids.map(account.read));
    expect(generations.map(({ usage }) => usage)).toEqual(answers.map(() => null));
  });

  it("fault 94: with a budget, a generation runs alone while the catalogue cannot be read", async () => {
    // The provider has no catalogue. Built-in models work without it, but their prices are not known.
    const { models } = gateways();
    const account = accountWith("fault-94", { usd_per_day: 100 }, { models });
    const { prompt, calls } = await play({ poll: [GENERATING] });
    const accepted = await account.create(request(prompt));
    expect(accepted.status).toBe(202);
    expect(await accepted.json()).toMatchObject({ estimate: { usd: null } });
    const refused = await account.create(request(prompt));
    expect(refused.status).toBe(402);
    expect(await refused.json()).toMatchObject({ code: "budget_exceeded", detail: expect.stringContaining("price") });
    expect(await calls("submit")).toHaveLength(1);
  });
});
