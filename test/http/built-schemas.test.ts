import { expect, it } from "vitest";
import { BuiltSchemas } from "../../src/http/built-schemas.ts";

/** @param length length of the schema's JSON, at least 6. */
function schemaOf(length: number): object {
  return { a: "x".repeat(length - '{"a":""}'.length) };
}

/** For each schema in order: whether it had to be built. */
function deployment() {
  const schemas = new BuiltSchemas<object>();
  return (schema: object, handling: "strict" | "lenient" = "strict", rules = "") => {
    let isBuilt = false;
    schemas.of(schema, handling, rules, () => {
      isBuilt = true;
      return {};
    });
    return isBuilt;
  };
}

it("a schema is built once for each handling", () => {
  const build = deployment();
  const one = schemaOf(100);
  expect([build(one), build(one), build(one, "lenient"), build(one, "lenient")]).toEqual([true, false, true, false]);
});

it("a schema is built again for other rules, and only the last result is kept", () => {
  const build = deployment();
  const one = schemaOf(100);
  expect(["a", "a", "b", "a"].map((rules) => build(one, "strict", rules))).toEqual([true, false, true, true]);
});

it("the least recently used schemas are dropped when the size exceeds the maximum", () => {
  const build = deployment();
  const [one, two, three] = [schemaOf(80_000), schemaOf(80_000), schemaOf(80_000)];
  expect([build(one), build(two), build(one), build(three)]).toEqual([true, true, false, true]);
  expect([build(one), build(three), build(two)]).toEqual([false, false, true]);
});

it("the size includes Reelhook's own fields", () => {
  const build = deployment();
  const schemas = Array.from({ length: 1_000 }, () => schemaOf(10));
  for (const each of schemas) build(each);
  expect([build(schemas[600] ?? {}), build(schemas[0] ?? {})]).toEqual([false, true]);
});

it("a schema counts once for each handling", () => {
  const build = deployment();
  const [one, two] = [schemaOf(80_000), schemaOf(80_000)];
  expect([build(one), build(two), build(two, "lenient"), build(one)]).toEqual([true, true, true, true]);
});

it("the most recently used schema is kept even if it is too large", () => {
  const build = deployment();
  const [one, huge] = [schemaOf(80_000), schemaOf(400_000)];
  expect([build(one), build(huge), build(huge), build(one)]).toEqual([true, true, false, true]);
});
