import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { type Budgets, budgetOf, readBudgets } from "../../../src/core/money/budgets.ts";

const read = (value: unknown) => readBudgets(typeof value === "string" ? value : JSON.stringify(value));
const budgets = (value: unknown): Budgets => {
  const found = read(value);
  if (typeof found === "string") throw new Error(found);
  return found;
};

describe("BUDGETS", () => {
  it("gives an account its own budget, or the one of `*`", () => {
    const both = budgets({ acme: { usd_per_day: 50, usd_per_month: 0.39 }, "*": { usd_per_month: 100 } });
    expect(budgetOf(both, "acme")).toEqual({ day: 50_000_000, month: 390_000 });
    expect(budgetOf(both, "other")).toEqual({ day: null, month: 100_000_000 });
    expect(budgetOf(budgets({ acme: { usd_per_day: 0 } }), "acme")).toEqual({ day: 0, month: null });
    expect(budgetOf(budgets({ acme: { usd_per_day: 1 } }), "other")).toBeNull();
    expect(budgetOf(budgets('{"acme": {"usd_per_day": -0}}'), "acme")).toEqual({ day: 0, month: null });
    expect(budgetOf(budgets({}), "acme")).toBeNull();
    expect(budgetOf(budgets({ "*": { usd_per_day: 1_000_000_000 } }), "a")).toMatchObject({ day: 1e15 });
  });

  it.each(["__proto__", "constructor"])("takes %s as any other account", (account) => {
    expect(budgetOf(budgets("{}"), account)).toBeNull();
    expect(budgetOf(budgets(`{"${account}": {"usd_per_day": 1}}`), account)).toEqual({ day: 1_000_000, month: null });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "acme=50"],
    ["JSON with a trailing comma", '{"acme": {"usd_per_day": 1},}'],
    ["null", "null"],
    ["a number", "50"],
    ["a text", '"acme"'],
    ["a list", '[{"acme": {"usd_per_day": 1}}]'],
  ])("must be an object, not %s", (_, text) => {
    expect(read(text)).toMatch(/^must be a JSON object of budgets by account, such as \{"acme"/);
  });

  it.each(["Acme", "a b", "", "ä", "**", "a".repeat(41), "rh_live_SECRET"])(
    "does not take %j as an account",
    (name) => {
      const message = read({ acme: { usd_per_day: 1 }, [name]: { usd_per_day: 1 } });
      const rule =
        'must have account names as keys (1 to 40 characters: a-z, 0-9, _ and -), or "*" for all other accounts';
      expect(message).toBe(rule);
    },
  );

  it.each<[string, string]>([
    ["nothing", "{}"],
    ["a number", "50"],
    ["null", "null"],
    ["a text", '"50"'],
    ["a list", "[50, 500]"],
    ["an unknown field", '{"usd_per_day": 1, "usd_per_week": 7}'],
    ["__proto__", '{"usd_per_day": 1, "__proto__": 1}'],
    ["a negative number", '{"usd_per_day": -0.01}'],
    ["a number as text", '{"usd_per_day": "50"}'],
    ["a limit of null", '{"usd_per_day": 1, "usd_per_month": null}'],
    ["a list as the limit", '{"usd_per_day": [1]}'],
    ["infinity", '{"usd_per_month": 1e400}'],
    ["more than a billion dollars", '{"usd_per_month": 1000000000.01}'],
  ])("does not take %s as a budget", (_, limits) => {
    const messageFor = (label: string) =>
      `must set only usd_per_day, usd_per_month or both for ${label}, each a number from 0 to 1000000000`;
    expect(read(`{"acme": ${limits}}`)).toBe(messageFor("account acme"));
    expect(read(`{"a": {"usd_per_day": 1}, "*": ${limits}}`)).toBe(messageFor('"*"'));
  });

  it("never repeats what may be a secret, because everyone can read its problem", () => {
    const secret = "rh_live_acme_0123456789";
    const shapes = [
      secret,
      `"${secret}"`,
      `{"${secret}": 1}`,
      `{"a": {"usd_per_day": 1}, "${secret}": {}}`,
      `{"${secret.toUpperCase()}": {"usd_per_day": 1}}`,
      `{"acme": "${secret}"}`,
      `{"acme": {"${secret}": 1}}`,
      `{"acme": {"usd_per_day": "${secret}"}}`,
    ];
    for (const BUDGETS of shapes) {
      const [problem, ...others] = parseConfig({ ...KEYS, BUDGETS }).problems;
      expect([problem?.setting, others]).toEqual(["BUDGETS", []]);
      expect(problem?.message.toLowerCase()).not.toContain(secret);
    }
    expect(read(shapes[3])).toMatch(/ for account number 2, /);
  });

  it("is read as part of the configuration, empty by default", () => {
    expect(parseConfig({ ...KEYS, BUDGETS: "" })).toMatchObject({ budgets: new Map(), problems: [] });
    const { budgets: read, problems } = parseConfig({ ...KEYS, BUDGETS: '{"acme": {"usd_per_day": 2.5}}' });
    expect([budgetOf(read, "acme"), problems]).toEqual([{ day: 2_500_000, month: null }, []]);
  });
});

const KEYS = { API_KEYS: '{"acme": ["0123456789abcdefghij"]}', SIGNING_SECRET: "s".repeat(32) };
