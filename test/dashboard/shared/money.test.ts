import { describe, expect, it } from "vitest";
import { costOf, dollarsOf, exactDollarsOf, moneyFacts, offerOf } from "../../../src/dashboard/shared/money.ts";
import { shownModel } from "../../support/models.ts";

const LIVE = { status: "completed", mode: "live", estimate: { usd: 0.75 }, usage: null } as const;

describe("an amount", () => {
  it("is rounded to cents, and has more decimals if it is small", () => {
    expect([0, 0.75, 0.4725, 1234.5, 0.0125, 0.00005, 0.1].map(dollarsOf)).toEqual([
      "$0.00",
      "$0.75",
      "$0.47",
      "$1,234.50",
      "$0.0125",
      "$0.00005",
      "$0.10",
    ]);
  });

  it("has all its decimals where it is exact", () => {
    expect([0.75, 1.123456, 12].map(exactDollarsOf)).toEqual(["$0.75", "$1.123456", "$12.00"]);
  });
});

describe("the cost in a list", () => {
  it("is what was charged, otherwise the estimate, otherwise a dash", () => {
    expect(costOf({ ...LIVE, usage: { credits: 1, usd: 0.7212 } })).toEqual({
      text: "$0.72",
      meaning: "Charged: $0.7212",
    });
    expect(costOf({ ...LIVE, usage: { credits: 1, usd: null } })).toEqual({
      text: "≈ $0.75",
      meaning: "Estimate: $0.75",
    });
    expect(costOf({ ...LIVE, estimate: { usd: null } }).text).toBe("–");
    expect(costOf({ ...LIVE, usage: { credits: 0, usd: 0 } }).text).toBe("$0.00");
  });

  it("of a failed generation is not its estimate, because it was probably not charged", () => {
    expect(costOf({ ...LIVE, status: "failed" }).text).toBe("–");
    expect(costOf({ ...LIVE, status: "failed", usage: { credits: null, usd: 0.75 } }).text).toBe("$0.75");
  });

  it("in test mode is what live mode would cost, whatever the outcome", () => {
    expect(costOf({ ...LIVE, mode: "test", status: "failed" }).meaning).toBe("Estimate in live mode: $0.75");
  });
});

describe("the facts about money", () => {
  it("have what the provider has stated", () => {
    expect(moneyFacts({ ...LIVE, usage: { credits: 120_000, usd: 0.75 } })).toEqual({
      estimate: "$0.75",
      charged: "$0.75, 120,000 credits",
    });
    expect(moneyFacts({ ...LIVE, usage: { credits: 120_000, usd: null } }).charged).toBe("120,000 credits");
    expect(moneyFacts({ ...LIVE, estimate: { usd: null } })).toEqual({ estimate: null, charged: null });
  });

  it("say which parts are simulated in test mode", () => {
    expect(moneyFacts({ ...LIVE, mode: "test", usage: { credits: 120_000, usd: null } })).toEqual({
      estimate: "$0.75 in live mode",
      charged: "120,000 credits (simulated)",
    });
  });
});

describe("the button that generates", () => {
  const second = { name: "Video", measure: "second", price: 0.15, per: 1 };
  const model = shownModel("m", {
    pricing: { kind: "fixed", units: [second] },
    input_schema: { properties: { duration: { type: "integer", enum: [5, 10], default: 5 } } },
  });

  it("has the estimate for the current input, by the defaults of the model", () => {
    expect(offerOf(model, {}, "live")).toEqual({ label: "Generate · about $0.75", hint: "" });
    expect(offerOf(model, { duration: 10 }, "live").label).toBe("Generate · about $1.50");
  });

  it("says if the price is not known", () => {
    expect(offerOf(model, { duration: "auto" }, "live")).toEqual({
      label: "Generate (billed)",
      hint: "The price is not known in advance.",
    });
    expect(offerOf(shownModel("m"), {}, "test").hint).toBe("In live mode: price not known.");
  });

  it("is free in test mode, and says what live mode would cost", () => {
    expect(offerOf(model, {}, "test")).toEqual({ label: "Generate (free)", hint: "In live mode: about $0.75." });
  });
});
