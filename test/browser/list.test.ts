// The list of generations over a long look: older pages, tabs that sleep, streams that are refused.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard } from "./visit.ts";

let dashboard: Dashboard;
const made: string[] = [];

beforeAll(async () => {
  dashboard = await openDashboard();
  for (let count = 0; count < 30; count++) made.unshift(await dashboard.generate({ prompt: "[never]" }));
  // At most a second behind.
  await vi.waitUntil(async () => (await list()).data.length === 30, { timeout: 20_000, interval: 200 });
});

afterAll(() => dashboard.close());

async function list(): Promise<{ data: { id: string }[] }> {
  const { stage } = dashboard;
  const answer = await stage.call("/v1/generations?limit=100", { key: TEST });
  return (await answer.json()) as { data: { id: string }[] };
}

const rows = (page: Page) => page.getByRole("row").filter({ hasText: "gen_" });

/** As when another tab is shown, or this one again. */
function setHidden(page: Page, isHidden: boolean): Promise<unknown> {
  return page.evaluate(`
    Object.defineProperty(document, "hidden", { configurable: true, get: () => ${isHidden} });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

describe("older generations", () => {
  it("come when asked for, and stay while the tab sleeps and wakes; what has changed meanwhile is told", async () => {
    const { page } = await dashboard.newPage();
    const answered: string[] = [];
    page.on("requestfinished", (request) => {
      if (request.url().includes("/v1/generations?")) answered.push(request.url());
    });
    await page.goto(`${dashboard.stage.url}/#key=${TEST}`);
    // Once by itself, and once more when it has begun to listen.
    await vi.waitUntil(() => answered.length === 2);
    expect(await rows(page).count()).toBe(25);
    await page.getByRole("button", { name: "Show older ones" }).click();
    await rows(page).nth(29).waitFor();
    expect(await page.getByRole("button", { name: "Show older ones" }).count()).toBe(0);
    expect(answered).toHaveLength(3);
    await setHidden(page, true);
    const oldest = made.at(-1) ?? "";
    await dashboard.stage.call(`/v1/generations/${oldest}/cancel`, { method: "POST", key: TEST });
    const resumed = page.waitForRequest((request) => "last-event-id" in request.headers());
    await setHidden(page, false);
    await resumed;
    await rows(page).filter({ hasText: oldest }).getByText("canceled").waitFor();
    expect(await rows(page).count()).toBe(30);
    expect(answered).toHaveLength(3);
  });

  it("stay when the stream has lost its place and the list is read anew", async () => {
    const { page } = await dashboard.signedIn();
    await page.getByRole("button", { name: "Show older ones" }).click();
    await rows(page).nth(29).waitFor();
    await setHidden(page, true);
    await page.route("**/v1/events", (route) =>
      route.continue({ headers: { ...route.request().headers(), "last-event-id": "another-1" } }),
    );
    const read = page.waitForResponse((response) => response.url().includes("cursor="));
    await setHidden(page, false);
    await read;
    await page.locator("table[aria-busy=false]").waitFor();
    expect(await rows(page).count()).toBe(30);
  });

  it("are looked for further back when none of the newest fits", async () => {
    const { page } = await dashboard.signedIn();
    const id = "gen_00000000000000000000000000";
    await page.route("**/v1/generations?*status=failed*", (route) => {
      const isFirst = !route.request().url().includes("cursor=");
      const row = {
        id,
        object: "generation",
        status: "failed",
        mode: "test",
        model: "m",
        created_at: "2026-01-01T00:00:00.000Z",
      };
      const json = { object: "list", data: isFirst ? [] : [row], has_more: isFirst, next_cursor: isFirst ? "c" : null };
      return route.fulfill({ json });
    });
    await page.getByLabel("Status").selectOption("failed");
    await page.getByText("None among the newest 1,000").waitFor();
    await page.getByRole("button", { name: "Look further back" }).click();
    await rows(page).filter({ hasText: id }).waitFor();
  });
});

describe("a row", () => {
  it("is a link in all its width, and the way back leads to the same filter", async () => {
    const { page } = await dashboard.signedIn();
    await page.getByLabel("Status").selectOption("generating");
    await page.getByRole("heading", { level: 1, name: "Generations" }).waitFor();
    expect(page.url()).toContain("#/generations?status=generating");
    await rows(page).first().click();
    const heading = page.getByRole("heading", { level: 1, name: /gen_/ });
    await heading.waitFor();
    expect(await page.title()).toMatch(/^gen_\w+ · Reelhook$/);
    await expect.poll(() => heading.evaluate("document.activeElement?.tagName")).toBe("H1");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Generations" }).waitFor();
    expect(await page.getByLabel("Status").inputValue()).toBe("generating");
  });
});

describe("a stream that is refused", () => {
  it("says that what is shown may be old, and comes back", async () => {
    const { page } = await dashboard.newPage();
    await page.clock.install();
    await page.route("**/v1/events", (route) => route.fulfill({ status: 403 }));
    await page.goto(`${dashboard.stage.url}/#key=${LIVE}`);
    await page.getByText("Not connected").waitFor();
    await page.unroute("**/v1/events");
    await page.clock.fastForward(61_000);
    await page.getByText("Not connected").waitFor({ state: "detached" });
  });
});
