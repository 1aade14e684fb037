import { describe, expect, it } from "vitest";
import type { Scope } from "../../src/core/scope.ts";
import { linkSigner, verifyLink } from "../../src/videos/links.ts";

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);
const NOW = 1_800_000_000_000;

const scope: Scope = { account: "acme", mode: "live" };
const clockAt = (time: number) => ({ now: () => time, random: () => 0 });

async function signed(signingSecrets: readonly string[], id = "gen_1") {
  const signer = linkSigner({ signingSecrets, clock: clockAt(NOW) });
  const { url } = await signer.sign({ id, scope, base: "https://reelhook.example.com", ttlMs: 60_000 });
  const { searchParams } = new URL(url);
  return { expires: searchParams.get("expires") ?? "", signature: searchParams.get("signature") ?? "" };
}

const isValid = (
  query: { expires: string; signature: string },
  signingSecrets: readonly string[],
  { id = "gen_1", of = scope, at = NOW } = {},
) => verifyLink({ id, scope: of }, query, { signingSecrets, clock: clockAt(at) });

describe("a signed link", () => {
  it("is valid while its secret is listed, and invalid once the secret is removed", async () => {
    const old = await signed([OLD]);
    expect(await isValid(old, [OLD])).toBe(true);
    expect(await isValid(old, [NEW, OLD])).toBe(true);
    expect(await isValid(old, [NEW])).toBe(false);
  });

  it("is signed with the newest secret", async () => {
    const link = await signed([NEW, OLD]);
    expect(await isValid(link, [NEW])).toBe(true);
    expect(await isValid(link, [OLD])).toBe(false);
  });

  it("is valid for one video of one account and mode until it expires", async () => {
    const link = await signed([NEW]);
    expect(await isValid(link, [NEW], { at: NOW + 59_999 })).toBe(true);
    expect(await isValid(link, [NEW], { at: NOW + 60_000 })).toBe(false);
    expect(await isValid(link, [NEW], { id: "gen_2" })).toBe(false);
    expect(await isValid(link, [NEW], { of: { account: "other", mode: "live" } })).toBe(false);
    expect(await isValid(link, [NEW], { of: { account: "acme", mode: "test" } })).toBe(false);
  });

  it.each([
    ["a later expiry", { expires: "1900000000" }],
    ["an expiry that is not an integer", { expires: "1800000060.0" }],
    ["no signature", { signature: "" }],
    ["a signature that is not base64", { signature: "%%%" }],
  ])("with %s is invalid", async (_, change) => {
    expect(await isValid({ ...(await signed([NEW])), ...change }, [NEW])).toBe(false);
  });
});
