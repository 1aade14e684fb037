// Who may read a video: what signed links open, and what reaches the generation's object.

import { describe, expect, it, vi } from "vitest";
import type { FoundVideo } from "../../src/generation/results.ts";
import type { VideoFiles } from "../../src/videos/files.ts";
import { linkSigner } from "../../src/videos/links.ts";
import { AUTHORIZED, ENV, httpApp, SIGNING_SECRET } from "../support/http-app.ts";

const NOW = 1_800_000_000_000;
const CREATED = 1_799_999_000_000;
const ID = `gen_${"0".repeat(26)}`;
const OTHER_ID = `gen_${"1".repeat(26)}`;
const ORIGIN = "https://reelhook.example.com";

const VIDEO = {
  key: "videos/acme/live/x.mp4",
  bytes: 3,
  contentType: "video/mp4",
  sha256: "a".repeat(64),
} as unknown as NonNullable<FoundVideo["video"]>;

function served({ now = NOW, createdAt = CREATED, exists = true } = {}) {
  const scope = { account: "acme", mode: "live" } as const;
  const findVideo = vi.fn(
    async (_id: string): Promise<FoundVideo | null> =>
      exists ? { scope, createdAt, video: VIDEO, finishedAt: CREATED + 1_000 } : null,
  );
  const videos = {
    open: async () => ({ size: 3, body: new Blob(["abc"]).stream() }),
    size: async () => 3,
  } as unknown as VideoFiles;
  const clock = { now: () => now, random: () => 0 };
  return { findVideo, ...httpApp({ findVideo }, { videos, clock }) };
}

async function linkTo(id = ID, { createdAt = CREATED, ttlMs = 60_000 } = {}): Promise<URL> {
  const signer = linkSigner({ signingSecrets: [SIGNING_SECRET], clock: { now: () => NOW, random: () => 0 } });
  return new URL((await signer.sign({ id, createdAt, base: ORIGIN, ttlMs })).url);
}

/** A link as releases before `v` made them: signed with a key of the scope, over the id and the expiry. */
async function oldLink(): Promise<URL> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const master = await crypto.subtle.importKey("raw", bytes(SIGNING_SECRET), "HKDF", false, ["deriveKey"]);
  const info = bytes(JSON.stringify(["video-link", "acme", "live", 0]));
  const derivation = { name: "HKDF", hash: "SHA-256", salt: bytes("reelhook"), info };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, master, hmac, false, ["sign"]);
  const expires = String(NOW / 1000 + 60);
  const mac = await crypto.subtle.sign("HMAC", key, bytes(`${ID}.${expires}`));
  const signature = Buffer.from(mac).toString("base64url");
  return new URL(`${ORIGIN}/v1/generations/${ID}/video?${new URLSearchParams({ expires, signature })}`);
}

const BAD: Record<string, (link: URL) => URL | Promise<URL>> = {
  forged: (link) => set(link, "signature", "A".repeat(43)),
  "malformed in its signature": (link) => set(link, "signature", "%%%"),
  "malformed in its expiry": (link) => set(link, "expires", "soon"),
  "extended by its holder": (link) => set(link, "expires", String(NOW)),
  "for another generation": (link) => new URL(link.href.replace(ID, OTHER_ID)),
  "for something that is no id": (link) => new URL(link.href.replace(ID, "nonsense")),
  "without its signature": (link) => remove(link, "signature"),
  "without its expiry": (link) => remove(link, "expires"),
  "without v": (link) => remove(link, "v"),
  "with another v": (link) => set(link, "v", String(CREATED + 1)),
  "with its signature repeated": (link) => repeat(link, "signature"),
  "with its expiry repeated": (link) => repeat(link, "expires"),
  "with v repeated": (link) => repeat(link, "v"),
  "with another v in front": (link) => new URL(link.href.replace("?", "?v=1&")),
  "of the format without v": () => oldLink(),
  expired: () => linkTo(ID, { ttlMs: -1_000 }),
};

function set(link: URL, name: string, value: string): URL {
  link.searchParams.set(name, value);
  return link;
}

function remove(link: URL, name: string): URL {
  link.searchParams.delete(name);
  return link;
}

function repeat(link: URL, name: string): URL {
  link.searchParams.append(name, link.searchParams.get(name) ?? "");
  return link;
}

describe("a signed link", () => {
  it.each(["GET", "HEAD"])("opens its video with %s, and as an attachment with download=1", async (method) => {
    const { get } = served();
    const link = await linkTo();
    expect((await get(link.href, ENV, {}, method)).status).toBe(200);
    const attached = await get(`${link}&download=1`, ENV, {}, method);
    expect(attached.headers.get("content-disposition")).toMatch(/^attachment; /);
  });

  it.each(Object.entries(BAD))("audit 8: reaches no object when it is %s", async (_, bad) => {
    const { get, findVideo } = served();
    const url = (await bad(await linkTo())).href;
    const response = await get(url);
    expect(response.status).toBe(403);
    const { request_id: _id, ...problem } = (await response.json()) as Record<string, unknown>;
    expect(problem).toEqual({
      type: "urn:reelhook:problem:invalid_link",
      title: "The link is invalid or has expired",
      status: 403,
      code: "invalid_link",
      detail: "Get a new link from GET /v1/generations/{id}.",
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await get(url, ENV, {}, "HEAD")).status).toBe(403);
    // An API key does not make up for a bad link.
    expect((await get(url, ENV, AUTHORIZED)).status).toBe(403);
    expect(findVideo).not.toHaveBeenCalled();
  });

  it.each([
    ["its video was deleted", { exists: false }],
    ["the id belongs to a later generation", { createdAt: CREATED + 86_400_000 }],
    ["the id belongs to an earlier generation", { createdAt: CREATED - 1 }],
  ])("audit 4: is invalid like any other when %s", async (_, options) => {
    const { get } = served(options);
    const [own, forged] = [await linkTo(), set(await linkTo(), "signature", "A".repeat(43))];
    const answers = await Promise.all(
      [own, forged].map(async (url) => {
        const response = await get(url.href);
        const { request_id: _id, ...problem } = (await response.json()) as Record<string, unknown>;
        const headers = Object.fromEntries(response.headers);
        return { status: response.status, problem, headers: { ...headers, "x-request-id": "" } };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 403, problem: { code: "invalid_link" } });
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each([
    [10 * 86_400_000, 3_600],
    [60_000, 60],
    [59_999, 59],
    [999, 0],
  ])("with %i ms left is cached for %i s, never past its expiry", async (leftMs, maxAge) => {
    const { get } = served({ now: NOW + 10 * 86_400_000 - leftMs });
    const link = (await linkTo(ID, { ttlMs: 10 * 86_400_000 })).href;
    for (const headers of [{}, { range: "bytes=0-0" }, { "if-none-match": "*" }]) {
      const response = await get(link, ENV, headers as Record<string, string>);
      expect(response.headers.get("cache-control")).toBe(`private, max-age=${maxAge}, immutable`);
    }
  });
});

describe("an API key", () => {
  it("opens the video with any v, which alone does not make a link", async () => {
    const { get } = served();
    expect((await get(`/v1/generations/${ID}/video?v=2`, ENV, AUTHORIZED)).status).toBe(200);
  });
});
