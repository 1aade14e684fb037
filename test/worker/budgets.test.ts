// Budgets: what an account may spend in a day and in a month.

import { describe, expect, it } from "vitest";
import type { UsageView } from "../../src/contract/usage.ts";
import { createApp } from "../../src/http/app.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import { fixedModels, modelWith } from "../support/models.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { eventually, gateways, play, testEnv } from "./support.ts";

/** One dollar a video. */
const PRICED = {
  ...modelWith(null, "acme/priced"),
  pricing: { kind: "fixed", units: [{ name: "Video", measure: "video", price: 1, per: 1 }] },
} as const;
const UNPRICED = modelWith(null, "acme/unpriced");

const models = fixedModels([PRICED, UNPRICED]);

interface Refused {
  readonly code: string;
  readonly detail: string;
  readonly budget_resets_at?: string;
}

/** An account of its own with this budget. @param replaced gateways to use instead of the real ones. */
function accountWith(name: string, budget: object, replaced: Partial<Gateways> = {}) {
  const app = createApp(() => gateways({ models, ...replaced }));
  const key = `rh_live_${name}_0123456789`;
  const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }), BUDGETS: JSON.stringify({ [name]: budget }) };
  const call = (path: string, init: RequestInit = {}) =>
    app.request(
      path,
      { ...init, headers: { ...init.headers, authorization: `Bearer ${key}`, "content-type": "application/json" } },
      env,
    ) as Promise<Response>;
  return {
    call,
    create(
      prompt: string,
      { model = PRICED.id, headers = {} }: { model?: string; headers?: Record<string, string> } = {},
    ) {
      return call("/v1/generations", { method: "POST", headers, body: JSON.stringify({ model, prompt }) });
    },
    usage: async (query = "") => (await call(`/v1/usage${query}`)).json<UsageView>(),
  };
}

describe("a budget", () => {
  it("of three lets exactly three of twenty racing creates pass", async () => {
    const account = accountWith("budget-race", { usd_per_day: 3 });
    const { prompt, calls } = await play({ poll: [GENERATING] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => account.create(prompt)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(3).fill(202), ...Array(17).fill(402)]);
    expect(await calls("submit")).toHaveLength(3);
    const [refused = new Response()] = answers.filter(({ status }) => status === 402);
    const { code, budget_resets_at } = await refused.json<Refused>();
    expect(code).toBe("budget_exceeded");
    const resetsInMs = Date.parse(budget_resets_at ?? "") - Date.now();
    expect(resetsInMs).toBeGreaterThan(0);
    expect(Math.abs(Number(refused.headers.get("retry-after")) - resetsInMs / 1000)).toBeLessThan(5);
    expect((await account.usage()).budget).toMatchObject({ day: { limit_usd: 3, spent_usd: 0, reserved_usd: 3 } });
  });

  it("counts what the provider has charged, once the generation has ended", async () => {
    const account = accountWith("budget-settles", { usd_per_day: 1.5 });
    const charged = { ...COMPLETED, body: { ...(COMPLETED.body as object), meta: { usage: { usd_spent: 0.25 } } } };
    const { prompt } = await play({ poll: [charged] });
    expect((await account.create(prompt)).status).toBe(202);
    expect((await account.create(prompt)).status).toBe(402);
    await eventually(
      () => account.usage(),
      ({ total }) => total.completed === 1,
    );
    const { budget, total } = await account.usage();
    expect(budget?.day).toMatchObject({ spent_usd: 0.25, reserved_usd: 0 });
    expect(total).toMatchObject({ generations: 1, usd: 0.25 });
    expect((await account.create(prompt)).status).toBe(202);
  });

  it("lets a generation without an estimate run alone", async () => {
    const account = accountWith("budget-alone", { usd_per_day: 100 });
    const { prompt } = await play({ poll: [GENERATING] });
    const unpriced = await account.create(prompt, { model: UNPRICED.id });
    expect(unpriced.status).toBe(202);
    expect((await account.create(prompt)).status).toBe(402);
    expect((await account.create(prompt, { model: UNPRICED.id })).status).toBe(402);
  });
});
