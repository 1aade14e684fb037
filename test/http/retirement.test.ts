// The headers `Deprecation` and `Sunset` of generations whose model is retired soon or has been.

import { describe, expect, it } from "vitest";
import { describeApi } from "../../scripts/openapi/document.ts";
import type { Facts } from "../../src/core/generation/record.ts";
import type { Retirement } from "../../src/core/models/retirement.ts";
import type { ShownGeneration } from "../../src/generation/results.ts";
import { retirementHeaders } from "../../src/http/retirement-headers.ts";
import { AUTHORIZED, ENV, httpApp } from "../support/http-app.ts";
import { fixedModels, KNOWN_MODELS } from "../support/models.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 24 * 60 * 60 * 1000;
const RETIREMENT: Retirement = {
  endsAt: Date.UTC(2026, 11, 15),
  announcedAt: Date.UTC(2026, 8, 1, 10, 30, 0, 999),
  replacement: "vendor/next",
};
const HEADERS = { deprecation: "@1788258600", sunset: "Tue, 15 Dec 2026 00:00:00 GMT" };
const DROP_INS = ["/v2/generate/video/runway/generation", "/v2/video/generations"];
const ID = `gen_${"0".repeat(26)}`;
const JSON_BODY = JSON.stringify({ prompt: "p", video_url: "https://example.com/v.mp4" });

/** An app whose models all have this retirement. It reads back the generation that was created. */
function appWith(retirement: Retirement | null) {
  const models = fixedModels(KNOWN_MODELS.map((model) => ({ ...model, retirement })));
  const created: Facts[] = [];
  const shown = (status: ShownGeneration["status"] = "queued") => {
    const kept = created[0]?.retirement ?? null;
    return { json: JSON.stringify({ id: ID }), status, refusal: null, retirement: kept };
  };
  const generations = {
    async create(facts: Facts) {
      created.push(facts);
      return { kind: "created", generation: shown() };
    },
    read: async () => ({ ...shown("completed"), hasWaited: true }),
    providerJob: async () => ({ json: "{}", retirement: created[0]?.retirement ?? null }),
  };
  const { get } = httpApp(generations, { models, clock: { now: () => NOW, random: () => 0 } });
  const env = { ...ENV, AIMLAPI_KEY: "0123456789abcdef" };
  const post = (path: string, headers: Record<string, string> = {}) =>
    get(path, env, { ...AUTHORIZED, "content-type": "application/json", ...headers }, "POST", JSON_BODY);
  return { created, post, get: (path: string) => get(path, env, AUTHORIZED) };
}

/** The two headers, if the answer has them. */
function headersOf({ headers }: Response): object {
  const found = ["deprecation", "sunset"].map((name) => [name, headers.get(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== null));
}

describe("a generation whose model is retired within 30 days", () => {
  it("has the headers when it is created, with 202 and 200, and when it is read", async () => {
    const { created, post, get } = appWith(RETIREMENT);
    const accepted = await post("/v1/generations");
    expect([accepted.status, headersOf(accepted)]).toEqual([202, HEADERS]);
    expect(created).toMatchObject([{ retirement: RETIREMENT }]);
    const waited = await post("/v1/generations", { prefer: "wait=1" });
    expect([waited.status, headersOf(waited)]).toEqual([200, HEADERS]);
    expect(waited.headers.get("location")).toMatch(/^\/v1\/generations\/gen_/);
    expect(headersOf(await get(`/v1/generations/${ID}`))).toEqual(HEADERS);
  });

  it.each(DROP_INS)("has the headers on %s, whose body is unchanged", async (path) => {
    const { post, get } = appWith(RETIREMENT);
    const accepted = await post(path);
    expect([accepted.status, headersOf(accepted)]).toEqual([201, HEADERS]);
    expect(await accepted.json()).toEqual({ id: expect.stringMatching(/^gen_/), status: "queued" });
    const polled = await get(`${path}?generation_id=${ID}`);
    expect([polled.status, headersOf(polled), await polled.json()]).toEqual([200, HEADERS, {}]);
  });
});

describe("the record and the headers of a generation whose model", () => {
  it.each<[string, Retirement | null, boolean]>([
    ["has no retirement", null, false],
    ["is retired in 30 days", { ...RETIREMENT, endsAt: NOW + 30 * DAY }, true],
    ["is retired later than that", { ...RETIREMENT, endsAt: NOW + 30 * DAY + 1 }, false],
    ["was retired", { ...RETIREMENT, endsAt: NOW - DAY }, true],
  ])("%s: mention it only if it is near or past (%#)", async (_, retirement, isNear) => {
    const { created, post, get } = appWith(retirement);
    const answers = [await post("/v1/generations"), await get(`/v1/generations/${ID}`), await post(DROP_INS[0] ?? "")];
    expect(answers.map((answer) => Object.keys(headersOf(answer)).length)).toEqual(Array(3).fill(isNear ? 2 : 0));
    // Absent if it is not near, so that the record does not grow for a fact that is not shown.
    expect("retirement" in (created[0] ?? {})).toBe(isNear);
  });
});

describe("the description of the API", () => {
  it.each([
    ["/v1/generations", "post", ["200", "202"]],
    ["/v1/generations/{id}", "get", ["200"]],
    ...DROP_INS.flatMap((path) => [[path, "post", ["201"]] as const, [path, "get", ["200"]] as const]),
  ] as const)("names the headers of %s %s", (path, method, statuses) => {
    const responses = describeApi().paths?.[path]?.[method]?.responses ?? {};
    for (const status of statuses) {
      const { headers } = responses[status] as { readonly headers: object };
      expect(Object.keys(headers)).toEqual(expect.arrayContaining(["Deprecation", "Sunset"]));
    }
  });
});

describe("Deprecation", () => {
  it("is never later than Sunset, even if the retirement was first seen afterwards", () => {
    const endsAt = NOW - DAY;
    expect(retirementHeaders({ endsAt, announcedAt: NOW, replacement: null })).toEqual({
      deprecation: `@${endsAt / 1000}`,
      sunset: "Sat, 21 Nov 2026 12:00:00 GMT",
    });
  });
});
