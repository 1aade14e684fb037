// What the pictures show: an account in test mode with forty generations and four webhook endpoints, and an empty one.

import type { Stage } from "./stage.ts";

/** A model, a prompt, and what the sandbox does with it. */
type Order = readonly [model: string, prompt: string, simulate: string, metadata?: Readonly<Record<string, string>>];

const VIDEO = "https://example.com/raccoon.mp4";
const IMAGE = "https://example.com/jellyfish.jpg";

const PROMPTS = [
  "A small fairy rides on the raccoon’s back, with a black-and-golden face and a cloak in the colors of a butterfly",
  "A jellyfish drifts through a flooded library at dusk",
  "Slow dolly through a greenhouse in the rain, warm light, 35 mm",
  "The product turns once on a white table, soft shadows",
  "Replace the sky with a thunderstorm, keep everything else",
  "An old lighthouse, waves, seagulls, golden hour",
  "Make the street look like it is 1926",
  "Close-up of a watchmaker’s hands, shallow depth of field",
] as const;

const MODELS = ["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two"] as const;

const ENDED: readonly string[] = [
  ...Array.from({ length: 7 }, () => "instant"),
  "fail",
  "instant",
  "moderated",
  "instant",
  "instant",
];

const ORDERS: readonly Order[] = [
  ...Array.from({ length: 34 }, (_, at): Order => {
    const model = MODELS[[0, 0, 1, 0, 2, 0, 1][at % 7] ?? 0] ?? MODELS[0];
    return [
      model,
      PROMPTS[at % PROMPTS.length] ?? "",
      ENDED[at % ENDED.length] ?? "instant",
      { order: String(1040 + at) },
    ];
  }),
  [MODELS[0], PROMPTS[4], "expired-url", { order: "1074" }],
  [MODELS[0], PROMPTS[2], "never", { order: "1075" }],
  [MODELS[1], PROMPTS[3], "never", { order: "1076" }],
  [MODELS[0], PROMPTS[0], "never", { order: "1077", customer: "Ada Lovelace" }],
];

/** Paths of the receivers, and what they answer. The last answer is repeated. */
const RECEIVERS = {
  orders: [{ status: 204 }],
  crm: [{ status: 500, body: '{"error":"relation \\"videos\\" does not exist"}' }],
  analytics: [{ status: 401, body: '{"message":"missing signature"}' }],
  flaky: [{ status: 503, body: "upstream connect error" }, { status: 204 }],
} as const;

const ENDPOINTS = [
  { path: "orders", description: "Marks the order as done" },
  { path: "crm", description: "Attaches the video to the customer" },
  { path: "analytics", description: "", enabled: false },
] as const;

export interface Shown {
  /** Ids of generations by what they show. */
  readonly generations: { readonly completed: string; readonly failed: string; readonly running: string };
  /** Ids of endpoints by path. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Fills the account of `stage.key`, and waits until everything that ends has ended. */
export async function fill({ world, call }: Stage): Promise<Shown> {
  world.play("shop", { hooks: RECEIVERS });
  const hook = (path: string) => `${world.url}/hooks/shop/${path}`;
  const endpoints: Record<string, string> = {};
  for (const { path, ...fields } of ENDPOINTS) {
    endpoints[path] = (
      await call<{ id: string }>("/v1/webhook-endpoints", { json: { url: hook(path), ...fields } })
    ).id;
  }
  const made: { readonly id: string; readonly simulate: string }[] = [];
  for (const [model, prompt, simulate, metadata] of ORDERS) {
    const input = model === MODELS[0] ? { video_url: VIDEO } : model === MODELS[3] ? ACT : { image_url: IMAGE };
    const fields = model === MODELS[3] ? input : { prompt, ...input };
    const webhooks = made.length % 9 === 4 ? { webhook_url: hook("flaky") } : {};
    const headers = { "reelhook-simulate": simulate };
    const json = { model, ...fields, metadata, ...webhooks };
    made.push({ id: (await call<{ id: string }>("/v1/generations", { json, headers })).id, simulate });
    // Test mode takes only so many at once.
    if (simulate !== "never") await call(`/v1/generations/${made.at(-1)?.id}`, { headers: { prefer: "wait=60" } });
  }
  endpoints["unused"] = (await call<{ id: string }>("/v1/webhook-endpoints", { json: { url: hook("next") } })).id;
  const of = (simulate: string) => made.findLast((each) => each.simulate === simulate)?.id ?? "";
  return { generations: { completed: of("instant"), failed: of("moderated"), running: of("never") }, endpoints };
}

const ACT = {
  character: { type: "video", url: VIDEO },
  reference: { type: "video", url: VIDEO },
};
