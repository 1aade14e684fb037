// Layout and accessibility of every page, in light and dark, wide and narrow.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GENERATING } from "../support/scenario.ts";
import { LIVE } from "../support/stage.ts";
import { type Dashboard, openDashboard, violationsOf } from "./visit.ts";

const FAILED = { body: { id: "{{id}}", status: "error", error: { name: "Error", message: "The video is too long." } } };

let dashboard: Dashboard;
/** Ended before any page is opened: one that ends while its page is open moves the layout for a good reason. */
let id: string;
let endpoint: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  const { stage } = dashboard;
  stage.world.play("failing", { poll: [GENERATING, FAILED], hooks: { broken: [{ status: 500, body: "no" }] } });
  const broken = { url: `${stage.world.url}/hooks/failing/broken` };
  endpoint = ((await (await stage.call("/v1/webhook-endpoints", { json: broken })).json()) as { id: string }).id;
  const json = { prompt: "scenario=failing", video_url: "https://example.com/v.mp4", metadata: { order: "42" } };
  id = ((await (await stage.call("/v1/generations", { json })).json()) as { id: string }).id;
  const ended = await stage.call(`/v1/generations/${id}`, { headers: { prefer: "wait=60" } });
  expect(await ended.json()).toMatchObject({ status: "failed" });
});

afterAll(() => dashboard.close());

describe.each([1280, 360])("%i px wide", (width) => {
  it("every page fits, passes axe in light and dark, and has no layout shift", async () => {
    const { page } = await dashboard.signedIn({ viewport: { width, height: 800 } }, LIVE);
    await page.evaluate(`
      window.shifted = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (!entry.hadRecentInput && entry.value > 0.01) shifted.push([location.hash, entry.value]);
        }
      }).observe({ type: "layout-shift" });
    `);
    const pages = ["overview", "generations", "playground", "webhooks", "usage", "keys", "sign-in"];
    for (const place of [...pages, `generations/${id}`, `webhooks/${endpoint}`].map((each) => `#/${each}`)) {
      await page.goto(`${dashboard.stage.url}/${place}`);
      await page.locator(".loading").waitFor({ state: "detached" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await violationsOf(page), place).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await violationsOf(page), `${place} in dark`).toEqual([]);
      await page.emulateMedia({ colorScheme: "light" });
      const widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
      const [scroll, inner] = widths as [number, number];
      expect(scroll, place).toBeLessThanOrEqual(inner);
    }
    expect(await page.evaluate("shifted")).toEqual([]);
  });
});
