// A client of the API whose types are generated from the OpenAPI description alone.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api.ts";

type Generation = components["schemas"]["Generation"];

const { REELHOOK_URL = "", REELHOOK_KEY = "", HOOK_URL = "" } = process.env;
const client = createClient<paths>({ baseUrl: REELHOOK_URL, headers: { authorization: `Bearer ${REELHOOK_KEY}` } });

const endpoint = await client.POST("/v1/webhook-endpoints", {
  body: { url: HOOK_URL, events: ["generation.completed"] },
});
assert.equal(endpoint.response.status, 201);
const endpointId = endpoint.data?.id ?? "";

// The generator's client encodes the slash of the id.
const model = await client.GET("/v1/models/{id}", { params: { path: { id: "runway/gen4_aleph" } } });
assert.deepEqual(model.data?.input_schema?.["required"], ["prompt", "video_url"]);
const models = await client.GET("/v1/models");
assert.ok(models.data?.data.some(({ developer }) => developer === "Runway"));

const refused = await client.POST("/v1/generations", {
  body: { model: "runway/gen4_aleph", prompt: "p", video_url: "https://example.com/v.mp4", frame_size: "1:1" },
});
assert.equal(refused.error?.code, "invalid_request");
assert.deepEqual(
  refused.error?.errors?.map(({ pointer }) => pointer),
  ["/frame_size"],
);

await client.POST("/v1/generations", {
  // @ts-expect-error: retention_days is a number
  body: { retention_days: "7" },
});

const made = await client.POST("/v1/generations", {
  params: { header: { "Idempotency-Key": "driven", Prefer: "wait=20" } },
  body: { model: "runway/gen4_aleph", prompt: "scenario=driven", video_url: "https://example.com/v.mp4", duration: 5 },
});
const generation: Generation | undefined = made.data;
assert.equal(generation?.status, "completed");
const id = generation?.id ?? "";

const read = await client.GET("/v1/generations/{id}", { params: { path: { id } } });
assert.equal(read.data?.video?.bytes, 100_000);
const list = await client.GET("/v1/generations", { params: { query: { status: "completed", limit: 10 } } });
assert.deepEqual(
  list.data?.data.map((each) => each.id),
  [id],
);
assert.deepEqual(list.data?.data[0]?.usage, { credits: 120_000, usd: null });
const usage = await client.GET("/v1/usage", { params: { query: { from: read.data?.created_at.slice(0, 10) ?? "" } } });
const [row] = usage.data?.data ?? [];
assert.deepEqual([row?.model, row?.completed, row?.credits], ["runway/gen4_aleph", 1, 120_000]);
assert.equal(usage.data?.budget, null);
const byModel = await client.GET("/v1/usage", { params: { query: { group_by: "model" } } });
assert.deepEqual(byModel.data?.total, usage.data?.total);
await client.GET("/v1/usage", {
  // @ts-expect-error: not a group
  params: { query: { group_by: "week" } },
});
const deliveries = await client.GET("/v1/generations/{id}/deliveries", { params: { path: { id } } });
assert.equal(deliveries.data?.data[0]?.endpoint_id, endpointId);
const timeline = await client.GET("/v1/generations/{id}/events", { params: { path: { id } } });
// The answer may also be an event stream, which is typed as text.
assert.ok(typeof timeline.data === "object");
assert.ok(timeline.data.data.some(({ type }) => type === "generation.completed"));
const late = await client.POST("/v1/generations/{id}/cancel", { params: { path: { id } } });
assert.equal(late.error?.code, "already_finished");

const dropIn = await client.GET("/v2/video/generations", { params: { query: { generation_id: id } } });
assert.equal(dropIn.data?.status, "completed");
const secret = await client.GET("/v1/webhook-secret");
assert.match(secret.data?.secret ?? "", /^whsec_/);
const deleted = await client.DELETE("/v1/generations/{id}", { params: { path: { id } } });
assert.equal(deleted.response.status, 204);
const removed = await client.DELETE("/v1/webhook-endpoints/{id}", { params: { path: { id: endpointId } } });
assert.equal(removed.response.status, 204);
const health = await client.GET("/healthz");
assert.equal(health.data?.status, "ok");
console.log("driven");
