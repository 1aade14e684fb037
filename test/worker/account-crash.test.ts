// Aborts an account's object while a generation is reserved, created and counted.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import type { UsageView } from "../../src/contract/usage.ts";
import { createApp } from "../../src/http/app.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import { fixedModels, PRICED } from "../support/models.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { eventually, gateways, play, testEnv } from "./support.ts";

/** The provider charges a quarter of the price in the catalogue. */
const CHARGED = { body: { ...(COMPLETED.body as object), meta: { usage: { usd_spent: 0.25 } } } };

const stubOf = (account: string) => testEnv.ACCOUNTS.getByName(`${account}/live`);

/** Aborts the account's object. Its memory is lost, its writes are kept. */
async function crash(account: string): Promise<void> {
  await runInDurableObject(stubOf(account), async (_, state) => {
    await state.storage.sync();
    state.abort("aborted by the test");
  }).catch(() => {});
}

/** A new account that may spend a dollar a month. @param replaced calls to generations that replace the real ones. */
function accountWithADollar(name: string, replaced: Partial<Gateways["generations"]> = {}) {
  const real = gateways();
  const generations = { ...real.generations, ...replaced };
  const app = createApp(() => ({ ...real, generations, models: fixedModels([PRICED]) }));
  const key = `rh_live_${name}_0123456789`;
  const budgets = { [name]: { usd_per_month: 1 } };
  const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }), BUDGETS: JSON.stringify(budgets) };
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const call = (path: string, init: RequestInit = {}) => app.request(path, { ...init, headers }, env);
  return {
    async create(prompt: string): Promise<number> {
      const body = JSON.stringify({ model: PRICED.id, prompt });
      return (await call("/v1/generations", { method: "POST", body })).status;
    },
    async usage() {
      const { budget, total } = await (await call("/v1/usage")).json<UsageView>();
      const { spent_usd, reserved_usd } = budget?.month ?? {};
      return { spent_usd, reserved_usd, generations: total.generations, usd: total.usd, bytes: total.bytes };
    },
  };
}

const NOTHING = { spent_usd: 0, reserved_usd: 0, generations: 0, usd: 0, bytes: 0 };
const COUNTED_ONCE = { spent_usd: 0.25, reserved_usd: 0, generations: 1, usd: 0.25, bytes: 100_000 };

describe("an account's object that is aborted", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("after it has reserved an estimate counts it once, and what it has cost once", async () => {
    const { generations } = gateways();
    const account = accountWithADollar("crash-a", {
      async create(...args) {
        await crash("crash-a");
        return generations.create(...args);
      },
    });
    const { prompt } = await play({ poll: [GENERATING, CHARGED] });
    expect(await account.create(prompt)).toBe(202);
    expect(await account.usage()).toMatchObject({ spent_usd: 0, reserved_usd: 1 });
    expect(await account.create(prompt)).toBe(402);
    await eventually(account.usage, ({ reserved_usd }) => reserved_usd === 0);
    expect(await account.usage()).toEqual(COUNTED_ONCE);
  });

  it("after it has reserved an estimate gives it back within a minute if no generation takes it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const lost = Promise.withResolvers<void>();
    const account = accountWithADollar("crash-b", {
      create() {
        lost.resolve();
        return new Promise<never>(() => {});
      },
    });
    const { prompt, calls } = await play({ poll: [CHARGED] });
    void account.create(prompt);
    await lost.promise;
    await crash("crash-b");
    expect(await account.usage()).toEqual({ ...NOTHING, reserved_usd: 1 });
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(stubOf("crash-b"));
    expect(await account.usage()).toEqual(NOTHING);
    expect(await calls("submit")).toEqual([]);
  });

  it.each(["before", "after"] as const)(
    "%s it has stored the final report counts the generation once",
    async (side) => {
      const { report } = AccountObject.prototype;
      const reported: number[] = [];
      vi.spyOn(AccountObject.prototype, "report").mockImplementation(async function (this: AccountObject, ...args) {
        const [{ settlement, version }] = args;
        if (settlement === null) return report.apply(this, args);
        reported.push(version);
        if (reported.length > 1) return report.apply(this, args);
        const { ctx } = this as unknown as { ctx: DurableObjectState };
        if (side === "after") {
          await report.apply(this, args);
          await ctx.storage.sync();
        }
        ctx.abort("aborted by the test");
        return new Promise<never>(() => {});
      });
      const account = accountWithADollar(`crash-${side}`);
      const { prompt } = await play({ poll: [CHARGED] });
      expect(await account.create(prompt)).toBe(202);
      await eventually(
        async () => reported.length,
        (times) => times === 2,
      );
      await eventually(account.usage, ({ reserved_usd }) => reserved_usd === 0);
      expect(await account.usage()).toEqual(COUNTED_ONCE);
      // The same report arrived twice.
      expect(new Set(reported).size).toBe(1);
    },
  );
});
