import type { Context } from "hono";
import { describe, expect, it, vi } from "vitest";
import { listQuerySchema } from "../../src/contract/requests.ts";
import type { AppEnv } from "../../src/http/app-env.ts";
import { Problem } from "../../src/http/problem.ts";
import { readQuery } from "../../src/http/validation.ts";

const read = (query: string) =>
  readQuery({ req: { url: `https://reelhook.example.com/?${query}` } } as Context<AppEnv>, listQuerySchema);

/** The parameters that are refused, and why. Of several reasons, the first. */
function refused(query: string): Record<string, string> {
  try {
    read(query);
  } catch (problem) {
    const { errors = [] } = (problem as Problem).extras;
    return Object.fromEntries(errors.toReversed().map(({ pointer, message }) => [pointer, message]));
  }
  throw new Error(`${query} was not refused`);
}

it("reads parameters that are given once", () => {
  expect(read("limit=5&model=m")).toEqual({ limit: 5, model: "m" });
  expect(() => read("limit=5&model=m&limit=5")).toThrow(Problem);
});

it("does not compare each parameter of a long query with all others", () => {
  const query = Array.from({ length: 4_000 }, (_, at) => at.toString(36)).join("&");
  const compare = vi.spyOn(Array.prototype, "indexOf");
  try {
    expect(() => read(query)).toThrow(Problem);
    expect(compare.mock.calls.length).toBeLessThan(100);
  } finally {
    compare.mockRestore();
  }
});

describe("a filter by metadata", () => {
  it("has any number of keys, with dots and with values of any kind", () => {
    const query = "metadata.order=42&metadata.customer.id=a%20b&metadata.a%2Fb=&metadata.KEY=x";
    const pairs = { order: "42", "customer.id": "a b", "a/b": "", KEY: "x" };
    expect(read(query)).toEqual({ limit: 20, "metadata.KEY": pairs });
  });

  const pairs = Array.from({ length: 17 }, (_, at) => `metadata.k${at}=v`).join("&");

  it.each<[why: string, query: string, pointer: string, message: RegExp]>([
    ["no key", "metadata.=42", "/metadata.KEY", /^must name a key of the metadata, such as metadata\.order=42$/],
    ["a long key", `metadata.${"k".repeat(41)}=v`, `/metadata.${"k".repeat(41)}`, /40/],
    ["a long value", `metadata.k=${"v".repeat(501)}`, "/metadata.k", /at most 500 characters/],
    ["many keys", pairs, "/metadata.KEY", /at most 16 pairs/],
    ["a key twice", "metadata.k=1&metadata.k=2", "/metadata.k", /only once/],
    ["an unsafe key", "metadata.__proto__=x", "/metadata.__proto__", /not allowed/],
    ["no pair", "metadata=x", "/metadata", /^is not a known parameter; use status, .*metadata\.KEY, q, limit, cursor$/],
  ])("is refused: %s", (_, query, pointer, message) => {
    expect(refused(query)).toEqual({ [pointer]: expect.stringMatching(message) });
  });
});

it.each<[name: string, query: string, pointer: string, message: RegExp]>([
  ["error", "error=oops", "/error", /must be one of/],
  ["deliveries", "deliveries=delivered", "/deliveries", /failed/],
  ["created_after", "created_after=yesterday", "/created_after", /RFC 3339/],
  ["created_before", "created_before=1999-01-01T00:00:00Z", "/created_before", /from 2000-01-01/],
  ["an empty q", "q=%20", "/q", /must not be empty/],
  ["a long q", `q=${"x".repeat(201)}`, "/q", /at most 200 characters/],
])("refuses a bad value: %s", (_, query, pointer, message) => {
  expect(refused(query)).toEqual({ [pointer]: expect.stringMatching(message) });
});
