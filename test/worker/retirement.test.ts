// A generation whose model is retired soon, from its acceptance to its webhook.

import { describe, expect, it } from "vitest";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { UsableModel } from "../../src/core/models/model.ts";
import { createApp } from "../../src/http/app.ts";
import { holdToDescription } from "../support/description.ts";
import { fixedModels, KNOWN_MODELS } from "../support/models.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { call, crash, eventually, finished, gateways, LIVE, ORIGIN, play, request, testEnv } from "./support.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Sends a request for the default model to an app whose models are all retired then. */
async function post(path: string, json: object, endsAt: number): Promise<Response> {
  const announcedAt = Date.UTC(2026, 8, 1);
  const retirement: UsableModel["retirement"] = { endsAt, announcedAt, replacement: "runway/gen4_turbo" };
  const models = fixedModels(KNOWN_MODELS.map((model) => ({ ...model, retirement })));
  const init = {
    method: "POST",
    headers: { authorization: `Bearer ${LIVE}`, "content-type": "application/json" },
    body: JSON.stringify(json),
  };
  const response = await createApp(() => gateways({ models })).request(path, init, testEnv);
  await holdToDescription("POST", ORIGIN + path, response);
  return response;
}

const headersOf = ({ headers }: Response) => [headers.get("deprecation"), headers.get("sunset")];

describe("a generation whose model is retired soon", () => {
  it("says so in its headers, its view and its webhook, even after a crash", async () => {
    const endsAt = Date.now() + 29 * DAY;
    const deprecated = { on: new Date(endsAt).toISOString().slice(0, 10), replacement: "runway/gen4_turbo" };
    const headers = ["@1788220800", new Date(endsAt).toUTCString()];
    const world = await play({ poll: [GENERATING, COMPLETED], file: [{ bytes: 1_000 }] });
    const created = await post("/v1/generations", request(world.prompt, { webhook_url: world.hook("x") }), endsAt);
    expect([created.status, headersOf(created)]).toEqual([202, headers]);
    const { id, ...view } = await created.json<GenerationView>();
    expect(view.deprecated).toEqual(deprecated);
    await finished(id);
    const [hook] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(JSON.parse(hook?.body ?? "").data.deprecated).toEqual(deprecated);
    await crash(id);
    const read = await call(`/v1/generations/${id}`);
    expect([headersOf(read), (await read.json<GenerationView>()).deprecated]).toEqual([headers, deprecated]);
    const polled = await call(`/v2/video/generations?generation_id=${id}`);
    expect(headersOf(polled)).toEqual(headers);
    expect(Object.keys(await polled.json<object>())).toEqual(["id", "status", "video", "error", "meta"]);
  });

  it("says so on the drop-in paths", async () => {
    const endsAt = Date.now() - DAY;
    const world = await play({ poll: [GENERATING] });
    const created = await post("/v2/video/generations", request(world.prompt), endsAt);
    expect([created.status, headersOf(created)]).toEqual([201, ["@1788220800", new Date(endsAt).toUTCString()]]);
    expect(Object.keys(await created.json<object>())).toEqual(["id", "status"]);
  });
});

describe("a generation whose model is retired later", () => {
  it.each([31 * DAY, 1_000 * DAY])("does not say so: in %i ms", async (ms) => {
    const world = await play({ poll: [GENERATING] });
    const created = await post("/v1/generations", request(world.prompt), Date.now() + ms);
    expect([headersOf(created), (await created.json<GenerationView>()).deprecated]).toEqual([[null, null], null]);
  });
});
