import { afterEach, describe, expect, it, vi } from "vitest";
import { type LinkQuery, linkSigner, verifyLink } from "../../src/videos/links.ts";

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);
const NOW = 1_800_000_000_000;
const CREATED = 1_799_999_000_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const clockAt = (time: number) => ({ now: () => time, random: () => 0 });

async function signed(signingSecrets: readonly string[], { id = "gen_1", createdAt = CREATED } = {}) {
  const signer = linkSigner({ signingSecrets, clock: clockAt(NOW) });
  const { url } = await signer.sign({ id, createdAt, base: "https://reelhook.example.com", ttlMs: 60_000 });
  const { searchParams } = new URL(url);
  const part = (name: string) => searchParams.get(name) ?? "";
  return { v: part("v"), expires: part("expires"), signature: part("signature") };
}

const isValid = (query: LinkQuery, signingSecrets: readonly string[], { id = "gen_1", at = NOW } = {}) =>
  verifyLink(id, query, { signingSecrets, clock: clockAt(at) });

afterEach(() => {
  vi.restoreAllMocks();
});

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

  it("is valid for one id until it expires", async () => {
    const link = await signed([NEW]);
    expect(await isValid(link, [NEW], { at: NOW + 59_999 })).toBe(true);
    expect(await isValid(link, [NEW], { at: NOW + 60_000 })).toBe(false);
    expect(await isValid(link, [NEW], { id: "gen_2" })).toBe(false);
  });

  it("audit 4: names the creation time of its generation, which the signature covers", async () => {
    const link = await signed([NEW]);
    expect(link.v).toBe(String(CREATED));
    expect(await isValid({ ...link, v: String(CREATED + 86_400_000) }, [NEW])).toBe(false);
  });

  it.each([
    [
      "digits move from v to expires",
      ({ v, expires }: LinkQuery) => ({ v: v.slice(0, -1), expires: v.at(-1) + expires }),
    ],
    [
      "digits move from expires to v",
      ({ v, expires }: LinkQuery) => ({ v: v + expires[0], expires: expires.slice(1) }),
    ],
    ["a separator moves", ({ v, expires }: LinkQuery) => ({ v: `${v}","${expires}`, expires: "" })],
    ["v is missing", () => ({ v: "" })],
    ["v has a leading zero", ({ v }: LinkQuery) => ({ v: `0${v}` })],
    ["expires is later", () => ({ expires: "1900000000" })],
    ["expires has decimals", ({ expires }: LinkQuery) => ({ expires: `${expires}.0` })],
    ["expires is not a number", () => ({ expires: "Infinity" })],
    ["the signature is missing", () => ({ signature: "" })],
    ["the signature is not base64", () => ({ signature: "%%%" })],
    ["the signature is cut", ({ signature }: LinkQuery) => ({ signature: signature.slice(0, 22) })],
    ["the signature is padded", ({ signature }: LinkQuery) => ({ signature: `${signature}=` })],
    ["the signature has whitespace", ({ signature }: LinkQuery) => ({ signature: `${signature} ` })],
    [
      "the signature has bits that decoding ignores",
      ({ signature }: LinkQuery) => ({
        signature: signature.slice(0, -1) + ALPHABET[ALPHABET.indexOf(signature.at(-1) ?? "") ^ 1],
      }),
    ],
  ])("is invalid if %s", async (_, change) => {
    const link = await signed([NEW]);
    expect(await isValid({ ...link, ...change(link) }, [NEW])).toBe(false);
  });

  it.each([
    ["valid", {}],
    ["forged", { signature: "A".repeat(43) }],
    ["malformed", { signature: "%%%" }],
    ["empty", { v: "", expires: "", signature: "" }],
    ["expired", { expires: "1" }],
  ])("audit 8: is verified with every listed secret when it is %s", async (_, change) => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    await isValid({ ...(await signed([NEW])), ...change }, [NEW, OLD]);
    expect(verify).toHaveBeenCalledTimes(2);
  });
});
