// Run as a process of its own: waits for the video of an operation that another process has started, and prints it.

import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { experimental_getVideoStatus as getVideoStatus } from "ai";
import { createReelhook } from "../../../packages/reelhook/src/ai-sdk/index.ts";

const [baseUrl = "", apiKey = "", operation = ""] = process.argv.slice(2);
const model = createReelhook({ baseUrl, apiKey }).video("runway/gen4_turbo");
for (;;) {
  const result = await getVideoStatus(model, { operation: JSON.parse(operation) });
  if (result.status !== "pending") {
    const [video] = result.status === "completed" ? result.videos : [];
    const data = video?.type === "binary" ? video.data : new Uint8Array();
    console.log(JSON.stringify({ ...result, videos: [createHash("sha256").update(data).digest("hex")] }));
    break;
  }
  await setTimeout(200);
}
