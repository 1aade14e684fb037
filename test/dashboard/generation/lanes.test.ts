import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laneNames } from "../../../src/dashboard/generation/lanes.ts";

describe("the names of lanes", () => {
  it.each([
    [["https://one.example/hook"], ["one.example"]],
    [
      ["https://one.example/hook", "https://two.example/hook"],
      ["one.example", "two.example"],
    ],
    [
      ["https://one.example/a/good", "https://one.example/a/down", "https://two.example/good"],
      ["…/a/good", "…/down", "two.example"],
    ],
    [
      ["https://one.example/film/hook", "https://one.example/mail/hook"],
      ["…/film/hook", "…/mail/hook"],
    ],
    [
      ["https://one.example/hook", "https://one.example/a/hook"],
      ["one.example/hook", "…/a/hook"],
    ],
    [
      ["https://one.example/hook?for=a", "https://one.example/hook?for=b"],
      ["…/hook?for=a", "…/hook?for=b"],
    ],
    [
      ["https://one.example:8443/hook", "https://one.example/hook"],
      ["one.example:8443", "one.example"],
    ],
    [
      ["http://one.example/", "https://one.example/"],
      ["http://one.example/", "https://one.example/"],
    ],
    [
      ["https://one.example/hook/", "https://one.example/hook"],
      ["…/hook/", "…/hook"],
    ],
    [["not a URL"], ["not a URL"]],
    [
      ["https://one.example/hook", "https://one.example/hook"],
      ["one.example", "one.example"],
    ],
  ])("of %j are %j", (urls, names) => {
    expect(laneNames(urls)).toEqual(names);
  });

  it("differ for any URLs", () => {
    const path = fc.array(fc.constantFrom("a", "b", ""), { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    const url = fc
      .tuple(fc.constantFrom("http", "https"), fc.constantFrom("a", "a.b"), path, fc.constantFrom("", "?a", "?b", "#a"))
      .map(([scheme, host, rest, query]) => `${scheme}://${host}${rest}${query}`);
    fc.assert(
      fc.property(fc.uniqueArray(url, { maxLength: 8 }), (urls) => {
        expect(new Set(laneNames(urls)).size).toBe(urls.length);
      }),
    );
  });
});
