import { describe, expect, it } from "vitest";
import { sameUrl } from "../../../src/core/webhooks/url-identity.ts";

describe("two URLs", () => {
  it.each([
    ["https://hooks.example.com/x#one", "https://hooks.example.com/x#two"],
    ["https://hooks.example.com/x#", "https://hooks.example.com/x"],
    ["https://HOOKS.example.com:443", "https://hooks.example.com/#"],
    ["https://hooks.example.com./x", "https://hooks.example.com/x"],
    ["https://hooks.example.com/%7euser/%c3%a9", "https://hooks.example.com/~user/é"],
    ["https://hooks.example.com/a%2fb", "https://hooks.example.com/a%2Fb"],
  ])("%s and %s are the same webhook", (a, b) => {
    expect(sameUrl(a, b)).toBe(true);
  });

  it.each([
    ["https://hooks.example.com/x", "https://hooks.example.com/x/"],
    ["https://hooks.example.com/x", "https://hooks.example.com/X"],
    ["https://hooks.example.com/x", "https://hooks.example.com/x?"],
    ["https://hooks.example.com/a%2Fb", "https://hooks.example.com/a/b"],
    ["https://hooks.example.com/?a=1&b=2", "https://hooks.example.com/?b=2&a=1"],
    ["https://hooks.example.com/", "http://hooks.example.com/"],
    ["https://hooks.example.com/%23one", "https://hooks.example.com/#one"],
  ])("%s and %s are not the same webhook", (a, b) => {
    expect(sameUrl(a, b)).toBe(false);
  });
});
