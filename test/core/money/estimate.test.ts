import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PricingView } from "../../../src/contract/models.ts";
import { estimateOf } from "../../../src/core/money/estimate.ts";

type Schema = Parameters<typeof estimateOf>[1];
type Unit = Extract<PricingView, { kind: "fixed" }>["units"][number];
type Variant = Extract<PricingView, { kind: "variants" }>["variants"][number];

const unit = (measure: string | null, price: number, per = 1): Unit => ({ name: "a unit", measure, price, per });
const fixed = (...units: Unit[]): PricingView => ({ kind: "fixed", units });
const perSecond = (price: number, per = 1) => fixed(unit("second", price, per));

const variant = (when: Variant["when"], price: number, more: Partial<Variant> = {}): Variant => ({
  ...{ when, price, unit: "video", per: 1 },
  ...more,
});
const variants = (dimensions: string[], ...list: Variant[]): PricingView => ({
  kind: "variants",
  dimensions,
  variants: list,
});

const schema = (properties: NonNullable<Schema>["properties"]): Schema => ({ properties: properties ?? {} });
const SECONDS = schema({ duration: { default: "5" } });

describe("a fixed price", () => {
  it.each<[string, PricingView, object, number | null]>([
    ["a video", fixed(unit("video", 0.39)), {}, 390_000],
    ["a video, in other letters", fixed(unit("Videos", 0.39)), {}, 390_000],
    ["several videos together", fixed(unit("video", 1, 3)), {}, 333_333],
    ["a second", perSecond(0.15), { duration: 10 }, 1_500_000],
    ["seconds, in other letters", fixed(unit("SECONDS", 0.15)), { duration: 10 }, 1_500_000],
    ["ten seconds together", perSecond(0.5, 10), { duration: 5 }, 250_000],
    ["a video and a second", fixed(unit("video", 0.1), unit("second", 0.2)), { duration: 3 }, 700_000],
    ["nothing", fixed(unit("video", 0)), {}, 0],
    ["less than half a micro-dollar", fixed(unit("video", 4e-7)), {}, 0],
    ["tenths that a computer cannot write exactly", perSecond(0.1), { duration: 3 }, 300_000],
    ["a million dollars", fixed(unit("video", 1_000_000)), {}, 1_000_000_000_000],
    ["more than a million dollars", fixed(unit("video", 1_000_000.01)), {}, null],
    ["a video and something that is not counted", fixed(unit("video", 0.1), unit("token", 0.2)), { token: 1 }, null],
    ["a megapixel", fixed(unit("megapixel", 0.1)), { megapixel: 1 }, null],
    ["a unit without a measure", fixed(unit(null, 0.1)), {}, null],
    ["no units", fixed(), {}, null],
    ["a quantity of 0", fixed(unit("video", 0.1, 0)), {}, null],
    ["a quantity of 0 for nothing", fixed(unit("video", 0, 0)), {}, null],
  ])("for %s", (_, pricing, input, expected) => {
    expect(estimateOf(pricing, null, input as Record<string, unknown>)).toBe(expected);
  });

  it.each<[unknown, number | null]>([
    [5, 5_000_000],
    ["5", 5_000_000],
    [7.5, 7_500_000],
    ["7.5", 7_500_000],
    // Left to the provider, or not a duration.
    ["auto", null],
    ["-1", null],
    [-1, null],
    [0, null],
    ["0", null],
    ["", null],
    ["5s", null],
    [" 5", null],
    ["1e3", null],
    ["0x5", null],
    // Too short: the provider makes a longer video.
    [1, 1_000_000],
    [0.999, null],
    ["0.001", null],
    [1e9, null],
    ["9".repeat(400), null],
    [Number.POSITIVE_INFINITY, null],
    [Number.NaN, null],
    [null, null],
    [true, null],
    [[5], null],
    [{ seconds: 5 }, null],
  ])("per second for the duration %j", (duration, expected) => {
    expect(estimateOf(perSecond(1), null, { duration })).toBe(expected);
    // Null and invalid values count as given: the default applies only to fields that the input omits.
    expect(estimateOf(perSecond(1), SECONDS, { duration })).toBe(expected);
  });

  it.each<[string, Schema, number | null]>([
    ["has a default", schema({ duration: { default: 5 } }), 5_000_000],
    ["has a default as text", SECONDS, 5_000_000],
    ["can only have one value", schema({ duration: { enum: [8] } }), 8_000_000],
    ["has no default of its own, but one value", schema({ duration: { default: null, enum: [8] } }), 8_000_000],
    ["has two values and no default", schema({ duration: { enum: [5, 10] } }), null],
    ["has no value", schema({ duration: { enum: [] } }), null],
    ["has the default `auto`", schema({ duration: { default: "auto" } }), null],
    ["is not in the schema", schema({}), null],
    ["belongs to a model without a schema", null, null],
    ["belongs to a schema without fields", {}, null],
  ])("per second for a duration that is omitted and %s", (_, of, expected) => {
    expect(estimateOf(perSecond(1), of, {})).toBe(expected);
  });
});

describe("a price per second for an input with a list of shots", () => {
  const PROMPT = {};
  const of = schema({
    duration: { default: 5 },
    shots: { items: { properties: { prompt: PROMPT, duration: { default: 5 } } } },
    scenes: { anyOf: [{}, { properties: { cuts: { items: { properties: { duration: {} } } } } }] },
    prompts: { items: {} },
  });

  it.each<[string, object, number | null]>([
    ["durations", { shots: [{ duration: 15 }, { duration: 15 }] }, null],
    ["durations, next to a duration of its own", { duration: 5, shots: [{ duration: 15 }] }, null],
    ["durations by default", { duration: 5, shots: [{ prompt: "a" }, { prompt: "b" }] }, null],
    ["durations that are deeper in the schema", { scenes: { cuts: [{}] } }, null],
    ["durations, of a field that is not in the schema", { others: { all: [{ duration: 15 }] } }, null],
    ["no durations", { prompts: ["a", "b"] }, 5_000_000],
    ["null instead of a list", { shots: null }, 5_000_000],
  ])("with %s", (_, input, expected) => {
    expect(estimateOf(perSecond(1), of, input as Record<string, unknown>)).toBe(expected);
    const pricing = variants(["duration"], variant({ duration: 5 }, 5), variant({ duration: 10 }, 10));
    expect(estimateOf(pricing, of, input as Record<string, unknown>)).toBe(expected);
  });

  it("is the price of a video if a video has one price", () => {
    expect(estimateOf(fixed(unit("video", 0.4)), of, { shots: [{ duration: 15 }] })).toBe(400_000);
  });
});

describe("a price with variants", () => {
  const BY_RESOLUTION = variants(
    ["resolution"],
    variant({ resolution: "720p" }, 0.1),
    variant({ resolution: "1080p" }, 0.2),
  );
  const BY_BOTH = variants(
    ["resolution", "audio"],
    variant({ resolution: "720p", audio: false }, 0.1, { unit: "second" }),
    variant({ resolution: "720p", audio: true }, 0.2, { unit: "second", per: 2 }),
    variant({ resolution: "1080p", audio: true }, 0.3, { unit: "token" }),
  );

  it.each<[string, PricingView, Schema, object, number | null]>([
    ["one dimension", BY_RESOLUTION, null, { resolution: "1080p" }, 200_000],
    ["a value in other letters", BY_RESOLUTION, null, { resolution: "720P" }, 100_000],
    ["a default", BY_RESOLUTION, schema({ resolution: { default: "720p" } }), {}, 100_000],
    ["the only value", BY_RESOLUTION, schema({ resolution: { enum: ["1080p"] } }), {}, 200_000],
    [
      "a value instead of the default",
      BY_RESOLUTION,
      schema({ resolution: { default: "720p" } }),
      { resolution: "1080p" },
      200_000,
    ],
    ["a missing dimension", BY_RESOLUTION, schema({ resolution: {} }), {}, null],
    [
      "a dimension that is null",
      BY_RESOLUTION,
      schema({ resolution: { default: "720p" } }),
      { resolution: null },
      null,
    ],
    ["a value without a variant", BY_RESOLUTION, null, { resolution: "4k" }, null],
    ["two dimensions", BY_BOTH, SECONDS, { resolution: "720p", audio: false }, 500_000],
    ["two dimensions and a quantity", BY_BOTH, SECONDS, { resolution: "720p", audio: true }, 500_000],
    ["true as text", BY_BOTH, SECONDS, { resolution: "720p", audio: "True", duration: 2 }, 200_000],
    ["one of two dimensions", BY_BOTH, SECONDS, { resolution: "720p" }, null],
    ["a unit that is not counted", BY_BOTH, SECONDS, { resolution: "1080p", audio: true }, null],
    ["no duration", BY_BOTH, null, { resolution: "720p", audio: true }, null],
    ["no variants", variants(["resolution"]), null, { resolution: "720p" }, null],
    ["one variant for all", variants([], variant({}, 0.3)), null, {}, 300_000],
  ])("with %s", (_, pricing, of, input, expected) => {
    expect(estimateOf(pricing, of, input as Record<string, unknown>)).toBe(expected);
  });

  it("is null without a dimension, even if a variant matches", () => {
    const more = variants(["resolution"], variant({ resolution: "720p" }, 0.1), variant({ audio: true }, 0.2));
    expect(estimateOf(more, null, { resolution: "720p" })).toBeNull();
    const named = variants(["resolution", "audio"], variant({ resolution: "720p" }, 0.1));
    expect(estimateOf(named, null, { resolution: "720p" })).toBeNull();
    expect(estimateOf(named, null, { resolution: "720p", audio: false })).toBe(100_000);
  });

  it.each([
    [5, 5],
    [5, "5"],
    ["5", 5],
    [5, "5.0", null],
  ])("compares a condition of %j with the value %j", (wanted, duration, expected: number | null = 400_000) => {
    const pricing = variants(["duration"], variant({ duration: wanted }, 0.4), variant({ duration: 9 }, 0.9));
    expect(estimateOf(pricing, null, { duration })).toBe(expected);
  });

  it.each<[string, Variant[], number | null]>([
    ["the most specific", [variant({ a: "x" }, 0.1), variant({ a: "x", b: "y" }, 0.2)], 200_000],
    ["the most specific, in any order", [variant({ a: "x", b: "y" }, 0.2), variant({ a: "x" }, 0.1)], 200_000],
    ["any of equal prices", [variant({ a: "x" }, 0.1), variant({ b: "y" }, 0.1)], 100_000],
    ["none of different prices", [variant({ a: "x" }, 0.1), variant({ b: "y" }, 0.2)], null],
    ["none if one cannot be counted", [variant({ a: "x" }, 0.1), variant({ b: "y" }, 0.1, { unit: "token" })], null],
    [
      "none if the first cannot be counted",
      [variant({ a: "x" }, 0.1, { unit: "token" }), variant({ b: "y" }, 0.1)],
      null,
    ],
  ])("of which several match takes %s", (_, list, expected) => {
    expect(estimateOf(variants([], ...list), null, { a: "x", b: "y" })).toBe(expected);
  });

  it.each([[["720p"]], [{ toString: 1, valueOf: 1 }], [{}]])("is unknown for the value %j", (resolution) => {
    const odd = variants([], variant({ resolution: "720p" }, 0.1), variant({ resolution: "[object Object]" }, 0.2));
    expect(estimateOf(odd, null, { resolution })).toBeNull();
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "depends on a field named %s only if it is given",
    (field) => {
      const when = Object.fromEntries([[field, "x"]]);
      const pricing = variants([field], variant(when, 0.1));
      expect(estimateOf(pricing, schema({}), {})).toBeNull();
      expect(estimateOf(pricing, null, JSON.parse(`{"${field}": "x"}`))).toBe(100_000);
      expect(estimateOf(pricing, JSON.parse(`{"properties": {"${field}": {"default": "x"}}}`), {})).toBe(100_000);
    },
  );
});

describe("an estimate", () => {
  it("is null if the price is not known or varies", () => {
    expect(estimateOf(null, SECONDS, {})).toBeNull();
    expect(estimateOf({ kind: "variable" }, SECONDS, { duration: 5 })).toBeNull();
  });

  it("is null or whole micro-dollars, whatever the price and the input", () => {
    const plain = fc.oneof(fc.string(), fc.double(), fc.boolean());
    const measure = fc.constantFrom("second", "video", "Seconds", "token");
    const rate = { price: fc.double({ min: 0 }), per: fc.double({ min: 0 }) };
    const field = fc.constantFrom("duration", "resolution", "__proto__", "constructor");
    const pricing: fc.Arbitrary<PricingView> = fc.oneof(
      fc.record({
        kind: fc.constant("fixed" as const),
        units: fc.array(fc.record({ name: measure, measure, ...rate })),
      }),
      fc.record({
        kind: fc.constant("variants" as const),
        dimensions: fc.array(field),
        variants: fc.array(fc.record({ when: fc.dictionary(field, plain), unit: measure, ...rate })),
      }),
    );
    const of = fc.option(fc.record({ properties: fc.dictionary(field, fc.record({ default: fc.anything() })) }));
    const given = fc.dictionary(field, fc.oneof(plain, fc.jsonValue(), fc.constant({ toString: 1 })));
    fc.assert(
      fc.property(pricing, of, given, (each, properties, input) => {
        const estimate = estimateOf(each, properties, input);
        expect(estimate === null || (Number.isSafeInteger(estimate) && estimate >= 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
