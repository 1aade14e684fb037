// Fills an account with what the screenshots show: forty generations in all states, and five webhook endpoints.

import type { LocalWorker } from "../../scripts/local-worker.ts";
import type { World } from "../support/world.ts";

export const LIVE = "rh_live_lumen_0123456789";
export const TEST = "rh_test_lumen_0123456789";
/** The key of an account that has nothing. */
export const NEW = "rh_test_atelier_0123456789";
export const ADMIN = "rh_admin_lumen_0123456789";
export const API_KEYS = { lumen: [LIVE, TEST], atelier: [NEW] };

interface Made {
  readonly prompt: string;
  readonly model?: string;
  readonly ending?: string;
  readonly order: string;
  readonly webhooks?: readonly object[];
}

const PROMPTS = [
  "A lighthouse in a storm, waves breaking over the rocks, slow push in",
  "Replace the red car with a yellow taxi and keep the reflections on the wet street",
  "A paper boat drifts along a rainy gutter, macro, shallow depth of field",
  "Make it look like a film from the seventies: grain, faded colors, light leaks",
  "Drone shot over terraced rice fields at sunrise, mist in the valley",
  "The barista pours milk into the cup, a heart appears in the foam, close-up",
  "Turn the sketch into a clay animation, soft studio light",
  "A fox runs through fresh snow toward the camera, low angle",
  "Time lapse of a city square from noon to night, people as streaks of light",
  "A dancer in a blue dress turns once, the fabric follows in slow motion",
];

/** API keys by name. */
const KEYS = { "Shop backend": {}, Metabase: { read_only: true }, Contractor: { expires_at: "2027-03-31T00:00:00Z" } };

const MODELS = ["runway/gen4_turbo", "kling-video/v2.5/pro", "google/veo-3.1"];

/** In this order; those without an ending complete. */
const ENDED = [
  ...[
    "",
    "",
    "moderated",
    "",
    "costly",
    "broken",
    "",
    "",
    "refused",
    "",
    "",
    "overloaded",
    "",
    "",
    "costly",
    "moderated",
  ],
  ...["", "", "", "broken", "", "", "", "moderated", "", "", ""],
];

/** What the README shows. The prompt fits the video. */
const SHOWN: Made = {
  prompt: "The moon rises over desert dunes at dusk, slow pan, soft colors",
  model: "runway/gen4_turbo",
  ending: "shown",
  order: "4738",
};

function made(at: number, ending: string): Made {
  return {
    prompt: PROMPTS[at % PROMPTS.length] ?? "",
    model: MODELS[(at * 7) % MODELS.length] ?? "",
    order: String(4711 + at),
    ending,
  };
}

export async function fillAccount(worker: LocalWorker, world: World) {
  const call = async (path: string, json?: object, method = json === undefined ? "GET" : "POST", key = LIVE) => {
    const answer = await fetch(worker.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return (answer.status === 204 ? {} : await answer.json()) as {
      readonly id?: string;
      readonly generation_id?: string;
    };
  };
  const generate = async ({ prompt, model, ending = "", order, webhooks = [] }: Made, key = LIVE): Promise<string> => {
    const scenario = ending === "" ? "" : `?scenario=${ending}`;
    const image_url = `https://cdn.lumen.studio/frames/${order}.jpg${scenario}`;
    const metadata = { order, customer: "northwind" };
    const view = await call("/v1/generations", { prompt, model, image_url, metadata, webhooks }, "POST", key);
    return view.id ?? view.generation_id ?? "";
  };
  const endpoint = (url: string, more: object = {}) => call("/v1/webhook-endpoints", { url, ...more });
  const ended = (id: string) =>
    fetch(`${worker.url}/v1/generations/${id}`, { headers: { authorization: `Bearer ${LIVE}`, prefer: "wait=60" } });

  const healthy = await endpoint("https://hooks.lumen.studio/reelhook", { description: "Publishes finished videos" });
  const broken = await endpoint("https://staging.lumen.studio/api/callbacks", { description: "Staging" });
  const busy = await endpoint("https://crm.lumen.studio/hooks/video", {
    events: ["generation.completed", "generation.failed"],
  });
  const old = await endpoint("https://old.lumen.studio/webhook", { description: "The old site" });
  const ids: string[] = [];
  for (let at = 0; at < ENDED.length; at += 3) {
    const group = ENDED.slice(at, at + 3).map((ending, more) => generate(made(at + more, ending)));
    ids.push(...(await Promise.all(group)));
  }
  await Promise.all(ids.map(ended));
  await call(`/v1/webhook-endpoints/${old.id}`, { enabled: false }, "PATCH");
  const hooks = [
    { url: "https://hooks.lumen.studio/orders/4738", events: ["generation.completed"] },
    { url: "https://staging.lumen.studio/orders/4738" },
  ];
  const completed = await generate({ ...SHOWN, webhooks: hooks });
  await ended(completed);
  const canceled = await generate(made(30, "endless"));
  await call(`/v1/generations/${canceled}/cancel`, {});
  const unused = await endpoint("https://metrics.lumen.studio/events", { events: ["generation.canceled"] });
  const storing = await generate(made(31, "storing"));
  const generating = await generate({ ...made(32, "endless"), webhooks: hooks });
  await Promise.all([33, 34].map((at) => generate(made(at, "endless"))));
  // The provider takes no more, so that the next ones wait in line.
  world.places = 0;
  const queued: string[] = [];
  for (const at of [35, 36, 37, 38]) queued.push(await generate(made(at, "endless")));
  for (const [name, more] of Object.entries(KEYS)) {
    await call("/v1/api-keys", { account: "lumen", mode: "live", name, ...more }, "POST", ADMIN);
  }
  const test = await generate({ ...made(3, ""), model: "runway/gen4_turbo" }, TEST);
  return {
    generations: {
      completed,
      moderated: ids[2] ?? "",
      refused: ids[8] ?? "",
      canceled,
      storing,
      generating,
      queued: queued.at(-1) ?? "",
      test,
    },
    endpoints: { healthy, broken, busy, old, unused },
  };
}
