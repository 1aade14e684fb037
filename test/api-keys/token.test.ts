import { describe, expect, it } from "vitest";
import { isToken, newToken, prefixOf } from "../../src/api-keys/token.ts";

const SECRET = "f".repeat(64);

describe("the text of an API key", () => {
  it.each(["live", "test"] as const)(
    "names %s mode, and is accepted with the secret it was made with",
    async (mode) => {
      const token = await newToken(mode, SECRET);
      expect(token).toMatch(new RegExp(`^rh_${mode}_[0-9a-hjkmnp-tv-z]{40}$`));
      expect(await isToken(token, SECRET)).toBe(true);
      expect(await isToken(token, "another secret")).toBe(false);
      expect(prefixOf(token)).toBe(token.slice(0, 14));
    },
  );

  it("is refused if any character differs", async () => {
    const token = await newToken("live", SECRET);
    const broken = Array.from(token, (character, at) => {
      const other = character === "a" ? "b" : "a";
      return token.slice(0, at) + other + token.slice(at + 1);
    });
    const accepted = await Promise.all(broken.map((text) => isToken(text, SECRET)));
    expect(accepted).not.toContain(true);
    expect(await isToken(token.replace("live", "test"), SECRET)).toBe(false);
  });

  it.each(["", "rh_live_", "rh_live_0123456789012345678901234567890123456789", `rh_live_${"é".repeat(40)}`])(
    "is refused: %s",
    async (text) => {
      expect(await isToken(text, SECRET)).toBe(false);
    },
  );
});
