// Calls Reelhook with Hono's client. The compiler checks paths, fields and responses.
//
//     REELHOOK_URL=http://localhost:8787 REELHOOK_KEY=rh_test_… node examples/hono-client.ts

import { hc } from "hono/client";
import type { ReelhookApi } from "reelhook";

const { REELHOOK_URL = "http://localhost:8787", REELHOOK_KEY = "" } = process.env;
const { v1 } = hc<ReelhookApi>(REELHOOK_URL, { headers: { authorization: `Bearer ${REELHOOK_KEY}` } });

const accepted = await v1.generations.$post({
  json: {
    model: "runway/gen4_aleph",
    prompt: "Add a small fairy as a rider on the raccoon’s back.",
    video_url: "https://example.com/raccoon.mp4",
  },
});
if (!accepted.ok) throw new Error((await accepted.json()).detail);
const { id } = await accepted.json();
console.log(`accepted   ${id}`);

for (;;) {
  // Each request waits up to 60 seconds for the end. With a webhook you do not need to wait at all.
  const answer = await v1.generations[":id"].$get({ param: { id }, header: { Prefer: "wait=60" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  const { status, video, error } = await answer.json();
  console.log(`${status.padEnd(10)} ${video?.url ?? error?.message ?? ""}`);
  if (status === "completed" || status === "failed" || status === "canceled") break;
}
