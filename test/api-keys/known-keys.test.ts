import { describe, expect, it } from "vitest";
import { KnownKeys } from "../../src/api-keys/known-keys.ts";
import type { KeyHolder } from "../../src/api-keys/results.ts";

const HOLDER: KeyHolder = { id: "key_1", scope: { account: "acme", mode: "live" }, readOnly: false, expiresAt: null };

describe("what an isolate remembers of API keys", () => {
  it("is bounded: the keys that were asked for last stay", () => {
    const known = new KnownKeys();
    known.remember("first", HOLDER, 0);
    known.remember("second", HOLDER, 0);
    known.remember("first", HOLDER, 1);
    for (let other = 0; other < 9_999; other++) known.remember(`other ${other}`, null, 1);
    expect(known.fresh("second", 2)).toBeUndefined();
    expect(known.fresh("first", 2)).toEqual(HOLDER);
  });

  it("does not outlast a clock that goes back", () => {
    const known = new KnownKeys();
    known.remember("key", HOLDER, 100_000);
    expect(known.fresh("key", 99_999)).toBeUndefined();
    expect(known.held("key", 99_999)).toBeNull();
  });

  it("loses a key that is revoked here", () => {
    const known = new KnownKeys();
    known.remember("key", HOLDER, 0);
    known.remember("other", { ...HOLDER, id: "key_2" }, 0);
    known.forget("key_1");
    expect(known.fresh("key", 1)).toBeUndefined();
    expect(known.held("key", 1)).toBeNull();
    expect(known.fresh("other", 1)).toMatchObject({ id: "key_2" });
  });

  it("does not hold a key that is unknown", () => {
    const known = new KnownKeys();
    known.remember("key", HOLDER, 0);
    known.remember("key", null, 60_000);
    expect(known.held("key", 60_001)).toBeNull();
  });
});
