// Creates a generation and waits for its video, with nothing but fetch.
//
//     REELHOOK_URL=http://localhost:8787 REELHOOK_KEY=rh_test_… node examples/generate.ts

import process from "node:process";

interface Generation {
  readonly id: string;
  readonly status: "queued" | "generating" | "storing" | "completed" | "failed" | "canceled";
  readonly video: { readonly url: string } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const { REELHOOK_URL = "http://localhost:8787", REELHOOK_KEY = "" } = process.env;

async function call(path: string, init: RequestInit): Promise<Generation> {
  const response = await fetch(`${REELHOOK_URL}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${REELHOOK_KEY}`, ...init.headers },
  });
  const body = (await response.json()) as Generation & { readonly detail?: string };
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${response.status} ${body.detail}`);
  return body;
}

let generation = await call("/v1/generations", {
  method: "POST",
  headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
  body: JSON.stringify({
    model: "runway/gen4_aleph",
    prompt: "Add a small fairy as a rider on the raccoon’s back.",
    video_url: "https://example.com/raccoon.mp4",
  }),
});
console.log(`accepted   ${generation.id}`);

while (!["completed", "failed", "canceled"].includes(generation.status)) {
  // Each call waits up to a minute. With a webhook there is nothing to wait for.
  generation = await call(`/v1/generations/${generation.id}`, { headers: { prefer: "wait=60" } });
  const { status, video, error } = generation;
  console.log(`${status.padEnd(10)} ${video?.url ?? error?.message ?? ""}`);
}
