// The estimate of a new generation: where the price comes from, and how long a request waits for it.

import { describe, expect, it, vi } from "vitest";
import type { Models } from "../../src/catalogue/models.ts";
import { CatalogueObject } from "../../src/catalogue/object.ts";
import { createApp } from "../../src/http/app.ts";
import { LISTED, listAnswer, smallCatalogue } from "../support/catalogue.ts";
import { GENERATING } from "../support/scenario.ts";
import { found, newModels, playCatalogue } from "./catalogues.ts";
import { gateways, LIVE, ORIGIN, play, TEST, testEnv } from "./support.ts";

const BUILT_IN = "runway/gen4_turbo";

/** Five seconds at the price of the small catalogue. */
const INPUT = { model: BUILT_IN, image_url: "https://example.com/raccoon.jpg", duration: 5 };
const PRICE = { usd: 0.25 };

/** Creates a generation in a deployment with these models and settings. @returns its estimate. */
async function estimate(models: Models, { key = LIVE, input = {}, settings = {} } = {}): Promise<unknown> {
  const { prompt } = await play({ poll: [GENERATING] });
  const app = createApp(() => gateways({ models }));
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ ...INPUT, prompt: key === TEST ? "[slow]" : prompt, ...input });
  const init = { method: "POST", headers, body };
  const response = await app.request(`${ORIGIN}/v1/generations`, init, { ...testEnv, ...settings });
  expect(response.status).toBe(202);
  return (await response.json<{ estimate: unknown }>()).estimate;
}

const HANGS = { models: [{ hang: true }] } as const;
const BUDGETS = { BUDGETS: '{"*": {"usd_per_day": 1000}}' };

describe("the estimate of a built-in model", () => {
  it.each([
    ["live", LIVE],
    ["test", TEST],
  ])("comes from the stored list, without a call to the provider, in %s mode", async (_, key) => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const { models, otherIsolate } = newModels();
    await models.list();
    await replace(HANGS);
    expect(await estimate(models, { key })).toEqual(PRICE);
    expect(await estimate(otherIsolate(), { key })).toEqual(PRICE);
    expect(await calls()).toEqual([]);
  });

  it("is null without a wait as long as no list is stored", async () => {
    const { calls } = await playCatalogue(HANGS);
    const { models } = newModels();
    const stored = vi.spyOn(CatalogueObject.prototype, "storedList");
    expect(await estimate(models, { key: TEST })).toEqual({ usd: null });
    expect(await estimate(models, { key: TEST })).toEqual({ usd: null });
    expect(await calls()).toEqual([]);
    // An object without a list is asked at most every five seconds.
    expect(stored).toHaveBeenCalledTimes(1);
  });

  it("is null if the catalogue's object does not answer within half a second", async () => {
    await playCatalogue(smallCatalogue());
    const { models, otherIsolate } = newModels();
    await models.list();
    vi.spyOn(CatalogueObject.prototype, "storedList").mockReturnValue(new Promise(() => {}) as never);
    expect(await estimate(otherIsolate(), { key: TEST })).toEqual({ usd: null });
  });

  it("waits for the provider if there is a budget", async () => {
    const { calls } = await playCatalogue(smallCatalogue({ models: [{ ...listAnswer(LISTED), delayMs: 300 }] }));
    const { models } = newModels();
    expect(await estimate(models, { settings: BUDGETS })).toEqual(PRICE);
    expect(await calls("models")).toHaveLength(1);
  });

  it("waits no longer than the request may wait", async () => {
    await playCatalogue(HANGS);
    const { models } = newModels();
    const model = await found(models, BUILT_IN);
    expect(await models.pricing(model, Date.now() + 300)).toBeNull();
  });
});

it("the estimate of another model comes with the model", async () => {
  await playCatalogue(smallCatalogue());
  const { models } = newModels(["vendor/extra"]);
  const dream = { model: "acme/dream-1", image_url: undefined };
  expect(await estimate(models, { input: { ...dream, duration: 10 } })).toEqual({ usd: 0.5 });
  // The default of its schema.
  expect(await estimate(models, { input: { ...dream, duration: undefined } })).toEqual(PRICE);
  const keyframes = { model: "brook/keyframes", image_url: undefined, duration: undefined };
  expect(await estimate(models, { input: keyframes })).toEqual({ usd: null });
  expect(await estimate(models, { input: { model: "vendor/extra" } })).toEqual({ usd: null });
});

it("the estimate of a model of EXTRA_MODELS comes from the list", async () => {
  await playCatalogue(smallCatalogue());
  const { models } = newModels(["acme/dream-1"]);
  await models.list();
  expect(await estimate(models, { input: { model: "acme/dream-1" } })).toEqual(PRICE);
});
