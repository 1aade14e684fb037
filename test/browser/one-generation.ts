// A dashboard with one completed generation of live mode, for tests of its page.

import type { Page, Route } from "playwright-core";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE } from "../support/stage.ts";
import { openDashboard } from "./visit.ts";

export interface Body {
  [name: string]: unknown;
}

/** The generation has a webhook that gets its callback, and one that fails at its first two attempts of three. */
export async function openDashboardWithOne() {
  const dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "1,86400" });
  const { stage } = dashboard;
  stage.world.play("quick", {
    poll: [GENERATING, GENERATING, GENERATING, COMPLETED],
    file: [{ bytes: 1_500_000 }],
    hooks: {
      good: [{ status: 204 }],
      down: [{ status: 500, body: "on fire" }],
      slow: [{ status: 204, delayMs: 4_000 }, { status: 204 }],
    },
  });
  const hook = (receiver: string) => `${stage.world.url}/hooks/quick/${receiver}`;

  /** @returns the id of a generation that takes four polls at the simulated provider. */
  async function generateLive(more: object = {}): Promise<string> {
    const json = { prompt: "scenario=quick", video_url: "https://example.com/v.mp4", ...more };
    return ((await (await stage.call("/v1/generations", { json })).json()) as { id: string }).id;
  }

  const completed = await generateLive({ webhooks: [{ url: hook("good") }, { url: hook("down") }] });
  await stage.call(`/v1/generations/${completed}`, { headers: { prefer: "wait=30" } });
  return {
    ...dashboard,
    completed,
    hook,
    generateLive,
    /** @param before runs on the page before it loads anything, because the stream opened at sign-in stays open. */
    async open(id: string, key = LIVE, before?: (page: Page) => Promise<unknown>) {
      const watched = await dashboard.signedIn({}, key, before);
      await watched.page.goto(`${stage.url}/#/generations/${id}`);
      return watched;
    },
  };
}

export type DashboardWithOne = Awaited<ReturnType<typeof openDashboardWithOne>>;

/** Changes the generation in the API's response to the page. */
export async function change(page: Page, id: string, as: (generation: Body) => Body): Promise<void> {
  await page.route(`**/v1/generations/${id}`, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: as((await response.json()) as Body) });
  });
}

/** Changes the deliveries in the API's response to the page. */
export async function changeDeliveries(page: Page, as: (deliveries: Body[]) => Body[]): Promise<void> {
  await page.route("**/deliveries", async (route: Route) => {
    const response = await route.fetch();
    const list = (await response.json()) as { data: Body[] };
    await route.fulfill({ response, json: { ...list, data: as(list.data) } });
  });
}

/** Without events, nothing else reloads the page. */
export async function withoutEvents(page: Page): Promise<void> {
  await page.route("**/events", (route) =>
    route.request().headers()["accept"] === "text/event-stream" ? route.abort() : route.fallback(),
  );
}
