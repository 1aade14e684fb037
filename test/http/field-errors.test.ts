// The messages for fields that a body must not have.

import { expect, it } from "vitest";
import * as z from "zod/mini";
import { check } from "../../src/http/validation.ts";

const errorsOf = (fields: readonly string[], body: object) => {
  const shape = Object.fromEntries(fields.map((name) => [name, z.optional(z.unknown())]));
  return check(z.strictObject(shape), body).errors;
};

it("an unknown field is told which ones there are, unless one of them is similar", () => {
  expect(errorsOf(["since", "dry_run"], { state: 1, dryrun: true })).toEqual([
    { pointer: "/state", message: "is not a known field; use since, dry_run" },
    { pointer: "/dryrun", message: "is not a known field; did you mean dry_run?" },
  ]);
  expect(errorsOf([], { state: 1 })).toEqual([{ pointer: "/state", message: "is not a known field" }]);
});

it("the fields are listed once for each kind of object", () => {
  const schema = z.strictObject({
    since: z.optional(z.unknown()),
    rows: z.array(z.strictObject({ url: z.unknown() })),
  });
  const { errors } = check(schema, {
    xxxx: 1,
    yyyy: 1,
    rows: [
      { url: 1, zzzz: 1 },
      { url: 1, zzzz: 1 },
    ],
  });
  expect(Object.fromEntries(errors.map(({ pointer, message }) => [pointer, message]))).toEqual({
    "/xxxx": "is not a known field; use since, rows",
    "/yyyy": "is not a known field",
    "/rows/0/zzzz": "is not a known field; use url",
    "/rows/1/zzzz": "is not a known field",
  });
});

it("a long list is cut, and says how many fields are left out", () => {
  const many = Array.from({ length: 100 }, (_, at) => `field_number_${at}`);
  const [error] = errorsOf(many, { "?": 1 });
  expect(error?.message).toMatch(/^is not a known field; use field_number_0, field_number_1, .* and 88 more$/);
  const [only] = errorsOf(["ü".repeat(5_000)], { "?": 1 });
  expect(only?.message).toBe(`is not a known field; use ${"ü".repeat(199)}…`);
});
