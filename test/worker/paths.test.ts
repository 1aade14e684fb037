// The provider's paths: a job is polled at the path to which it was submitted.

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { UsableModel } from "../../src/core/models/model.ts";
import { createApp } from "../../src/http/app.ts";
import { fixedModels, modelWith } from "../support/models.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import {
  amend,
  crash,
  eventually,
  finished,
  gateways,
  LIVE,
  type Played,
  play,
  request,
  stub,
  submit,
  testEnv,
} from "./support.ts";

const VENDORS_PATH = "/v2/generate/video/kling/generation";

const ONLY_AT_VENDORS_PATH: UsableModel = { ...modelWith(null, "kling/only"), path: VENDORS_PATH };

/** The paths without queries, in the order of their first calls. */
async function pathsOf(world: Played, kind: "submit" | "poll"): Promise<string[]> {
  return [...new Set((await world.calls(kind)).map(({ path }) => path.split("?")[0] ?? ""))];
}

describe("the provider's path", () => {
  it.each([
    ["runway/gen4_aleph", {}, "/v2/generate/video/runway/generation"],
    ["runway/gen4_turbo", { image_url: "https://example.com/i.png" }, "/v2/video/generations"],
    ["vendor/new-model", {}, "/v2/video/generations"],
  ])("of %s is used to submit and to poll", async (model, fields, path) => {
    const world = await play({ poll: [GENERATING, COMPLETED], file: [{ bytes: 1_000 }] });
    const { prompt } = world;
    const json = model === "runway/gen4_aleph" ? request(prompt) : { prompt, ...fields };
    const { id } = await submit({ model, ...json });
    expect((await finished(id)).status).toBe("completed");
    expect([await pathsOf(world, "submit"), await pathsOf(world, "poll")]).toEqual([[path], [path]]);
  });

  it("of a model with only a vendor's path is used to submit and to poll", async () => {
    const models = fixedModels([ONLY_AT_VENDORS_PATH]);
    const world = await play({ poll: [GENERATING, COMPLETED], file: [{ bytes: 1_000 }] });
    const app = createApp(() => gateways({ models }));
    const init = {
      method: "POST",
      headers: { authorization: `Bearer ${LIVE}`, "content-type": "application/json" },
      body: JSON.stringify({ model: ONLY_AT_VENDORS_PATH.id, prompt: world.prompt }),
    };
    const { id } = await (await app.request("/v1/generations", init, testEnv)).json<GenerationView>();
    expect((await finished(id)).status).toBe("completed");
    expect([await pathsOf(world, "submit"), await pathsOf(world, "poll")]).toEqual([[VENDORS_PATH], [VENDORS_PATH]]);
  });

  it.each([
    ["runway/gen4_aleph", { video_url: "https://example.com/v.mp4" }, "/v2/generate/video/runway/generation"],
    ["gen3a_turbo", { image_url: "https://example.com/i.png" }, "/v2/video/generations"],
  ])("of %s is used to poll a job from an earlier release, whose record has no path", async (model, fields, path) => {
    const world = await play({ poll: [GENERATING], file: [{ bytes: 1_000 }] });
    const { id } = await submit({ model, prompt: world.prompt, ...fields });
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length > 0,
    );
    await amend(id, ({ path: _, ...record }) => record as Generation);
    // Its memory is lost, so that the record is read as it is stored.
    await crash(id);
    const stored = await runInDurableObject(stub(id), (_, { storage }) => storage.kv.get<Generation>("generation"));
    expect(stored).not.toHaveProperty("path");
    const before = (await world.calls("poll")).length;
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length > before,
    );
    expect([await pathsOf(world, "submit"), await pathsOf(world, "poll")]).toEqual([[path], [path]]);
  });
});
