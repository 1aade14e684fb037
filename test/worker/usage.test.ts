// GET /v1/usage: what an account's generations have cost, by day and model.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ProblemView } from "../../src/contract/problem.ts";
import type { UsageView } from "../../src/contract/usage.ts";
import type { Summary } from "../../src/core/generation/action.ts";
import { BARE } from "../support/lives.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { call, eventually, LIVE, OTHER, play, request, submit, TEST, testEnv } from "./support.ts";

const TODAY = "2030-03-31";

/** The provider has charged three quarters of a dollar for the generation. */
const PAID = {
  status: "completed",
  inFlight: false,
  usage: { credits: 10, usd: 750_000 },
  settlement: { outcome: "completed", spent: 750_000, bytes: 1_000 },
} as const;
const FAILED = { status: "failed", inFlight: false, usage: null, settlement: null } as const;
/** Its job may still run, and its price is not known. */
const CANCELED = { status: "canceled", inFlight: true, usage: null, settlement: null } as const;
/** The provider has stated credits before the job's end. */
const RUNNING = { status: "generating", inFlight: true, usage: { credits: 4, usd: null }, settlement: null } as const;
const DELETED = { ...PAID, status: "deleted" } as const;

type State = Pick<Summary, "status" | "inFlight" | "usage" | "settlement">;

const GENERATIONS: readonly (readonly [at: string, model: string, state: State])[] = [
  ["2030-03-31T23:59:59.999Z", "model-b", PAID],
  ["2030-03-31T00:00:00.000Z", "model-a", PAID],
  ["2030-03-31T00:00:00.000Z", "model-a", DELETED],
  ["2030-03-31T00:00:00.001Z", "model-a", FAILED],
  ["2030-03-31T00:00:00.002Z", "model-a", { ...FAILED, status: "deleted" }],
  ["2030-03-30T12:00:00.000Z", "model-a", RUNNING],
  ["2030-03-02T00:00:00.000Z", "model-b", CANCELED],
  ["2030-03-01T23:59:59.999Z", "model-b", PAID],
  ["2029-03-31T00:00:00.000Z", "model-a", PAID],
];

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(`${TODAY}T12:00:00.000Z`);
  const account = testEnv.ACCOUNTS.getByName("acme/live");
  for (const [at, [time, model, state]] of GENERATIONS.entries()) {
    const fields = { id: `gen_${at}`, version: 3, estimate: 1, model, createdAt: Date.parse(time) };
    await account.report({ ...BARE, ...fields, ...state, checkAt: Date.parse(time) + 1e9 }, []);
  }
});

afterAll(() => {
  vi.useRealTimers();
});

async function usage(query = "", key: string = LIVE): Promise<UsageView> {
  const response = await call(`/v1/usage${query}`, { key });
  expect(response.status).toBe(200);
  return response.json<UsageView>();
}

const NONE = { generations: 0, completed: 0, failed: 0, canceled: 0, credits: 0, usd: 0, bytes: 0 };
const ONE = { ...NONE, generations: 1, completed: 1, credits: 10, usd: 0.75, bytes: 1_000 };

/** Model A today: two paid generations, one of them deleted, and one that failed. */
const TODAY_A = { ...NONE, generations: 3, completed: 2, failed: 1, credits: 20, usd: 1.5, bytes: 2_000 };
const YESTERDAY_A = { ...NONE, generations: 1, credits: 4 };
const FIRST_B = { ...NONE, generations: 1, canceled: 1 };

describe("GET /v1/usage", () => {
  it("sums the last 30 days by day and model, in this order", async () => {
    expect(await usage()).toEqual({
      object: "list",
      data: [
        { day: "2030-03-02", model: "model-b", ...FIRST_B },
        { day: "2030-03-30", model: "model-a", ...YESTERDAY_A },
        { day: TODAY, model: "model-a", ...TODAY_A },
        { day: TODAY, model: "model-b", ...ONE },
      ],
      total: { generations: 6, completed: 3, failed: 1, canceled: 1, credits: 34, usd: 2.25, bytes: 3_000 },
      budget: null,
    });
  });

  it.each([
    ["?from=2030-03-31", [TODAY]],
    ["?from=2030-03-30&to=2030-03-30", ["2030-03-30"]],
    ["?from=2030-03-01&to=2030-03-30", ["2030-03-01", "2030-03-02", "2030-03-30"]],
    ["?to=2030-03-30", ["2030-03-01", "2030-03-02", "2030-03-30"]],
    ["?from=2029-04-01", ["2030-03-01", "2030-03-02", "2030-03-30", TODAY]],
    ["?from=2029-03-31&to=2030-03-31", ["2029-03-31", "2030-03-01", "2030-03-02", "2030-03-30", TODAY]],
    ["?to=9999-12-31&from=9999-12-31", []],
    ["?to=0001-01-01", []],
  ])("includes the first and the last day of %s", async (query, days) => {
    const { data, total } = await usage(`${query}&group_by=day`);
    expect(data.map(({ day }) => day)).toEqual(days);
    expect(total.generations).toBe(data.reduce((sum, { generations }) => sum + generations, 0));
  });

  it("groups by day", async () => {
    const { data } = await usage("?from=2030-03-30&group_by=day");
    expect(data).toEqual([
      { day: "2030-03-30", model: null, ...YESTERDAY_A },
      { day: TODAY, model: null, ...TODAY_A, generations: 4, completed: 3, credits: 30, usd: 2.25, bytes: 3_000 },
    ]);
  });

  it("groups by model", async () => {
    const { data } = await usage("?group_by=model");
    expect(data).toEqual([
      { day: null, model: "model-a", ...TODAY_A, generations: 4, credits: 24 },
      { day: null, model: "model-b", ...ONE, generations: 2, canceled: 1 },
    ]);
  });

  it("groups by both in any order", async () => {
    expect(await usage("?group_by=model,day")).toEqual(await usage());
    expect(await usage("?group_by=day,model")).toEqual(await usage());
  });

  it.each([
    ["from=2026-02-30", "/from", "must be a date, such as 2026-11-27"],
    ["to=yesterday", "/to", "must be a date, such as 2026-11-27"],
    ["to=", "/to", "must be a date, such as 2026-11-27"],
    ["from=2030-03-31T00:00:00Z", "/from", "must be a date, such as 2026-11-27"],
    ["from=2030-04-01", "/from", "must not be after 2030-03-31"],
    ["from=2030-03-02&to=2030-03-01", "/from", "must not be after 2030-03-01"],
    ["from=2029-03-30", "/from", "must be 2029-03-31 or later: a range has at most 366 days"],
    ["group_by=week", "/group_by", "must be day, model, or day,model"],
    ["group_by=day,day", "/group_by", "must be day, model, or day,model"],
    ["group_by=", "/group_by", "must be day, model, or day,model"],
    ["group_by=day&group_by=model", "/group_by", "must be given only once"],
    ["model=model-a", "/model", "is not a known parameter; use from, to, group_by"],
  ])("names the invalid parameter: %s", async (query, pointer, message) => {
    const response = await call(`/v1/usage?${query}`);
    expect(response.status).toBe(400);
    const { code, errors } = await response.json<ProblemView>();
    expect({ code, errors }).toEqual({ code: "invalid_request", errors: [{ pointer, message }] });
  });

  it("shows nothing of another account", async () => {
    expect(await usage("", OTHER)).toEqual({ object: "list", data: [], total: NONE, budget: null });
  });

  it("is empty in test mode", async () => {
    const { id } = await submit(request("[instant]"), { key: TEST });
    await eventually(
      async () => (await call("/v1/generations", { key: TEST })).json<{ data: { id: string }[] }>(),
      ({ data }) => data.some((listed) => listed.id === id),
    );
    expect(await usage("", TEST)).toEqual({ object: "list", data: [], total: NONE, budget: null });
  });

  it("counts a generation at once, and its price when it has ended", async () => {
    vi.useRealTimers();
    const priced = { ...(COMPLETED.body as object), meta: { usage: { credits_used: 120_000, usd_spent: 0.123456 } } };
    const { prompt } = await play({ poll: [GENERATING, { body: priced }], file: [{ bytes: 50_000 }] });
    await submit(request(prompt), { key: OTHER });
    const [first] = (
      await eventually(
        () => usage("?group_by=model", OTHER),
        ({ data }) => data.length > 0,
      )
    ).data;
    expect(first).toEqual({ ...NONE, day: null, model: "runway/gen4_aleph", generations: 1 });
    const { total } = await eventually(
      () => usage("", OTHER),
      ({ total }) => total.completed === 1,
    );
    expect(total).toEqual({ ...ONE, credits: 120_000, usd: 0.123456, bytes: 50_000 });
  });
});
