// Uses the client as an app does: creates, waits, lists and downloads.

import { strict as assert } from "node:assert";
import process from "node:process";
import { type Generation, Reelhook, ReelhookError } from "reelhook";

const { REELHOOK_URL = "", REELHOOK_API_KEY = "" } = process.env;
const reelhook = new Reelhook({ baseUrl: REELHOOK_URL, apiKey: REELHOOK_API_KEY });

const { id } = await reelhook.generations.create({
  prompt: "[instant] Add a small fairy.",
  video_url: "https://example.com/raccoon.mp4",
  metadata: { order: "42" },
});
const ended: Generation = await reelhook.generations.wait(id);
assert.equal(ended.status, "completed");
const video = await reelhook.generations.video(id);
assert.equal((await video.arrayBuffer()).byteLength, ended.video?.bytes);
const listed: string[] = [];
for await (const each of reelhook.generations.list({ status: "completed" })) listed.push(each.id);
assert.ok(listed.includes(id));

const refused = await reelhook.generations
  .create({ prompt: "A fairy.", video_url: "https://example.com/v.mp4", frame_size: "1:1" })
  .catch((error: unknown) => error);
assert.ok(refused instanceof ReelhookError);
assert.equal(refused.status, 400);
assert.equal(refused.errors[0]?.pointer, "/frame_size");

// @ts-expect-error: a number of days
const misused = () => reelhook.generations.create({ retention_days: "7" });
assert.ok(misused);
console.log("client: ok");
