import type { Context } from "hono";
import { expect, it, vi } from "vitest";
import { listQuerySchema } from "../../src/contract/requests.ts";
import type { AppEnv } from "../../src/http/app-env.ts";
import { Problem } from "../../src/http/problem.ts";
import { readQuery } from "../../src/http/validation.ts";

const read = (query: string) =>
  readQuery({ req: { url: `https://reelhook.example.com/?${query}` } } as Context<AppEnv>, listQuerySchema);

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
