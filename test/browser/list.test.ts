// The list of generations over time: older pages, hidden tabs, refused streams.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, signIn, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
const made: string[] = [];

beforeAll(async () => {
  dashboard = await openDashboard();
  for (let count = 0; count < 30; count++) made.unshift(await dashboard.generate({ prompt: "[never]" }));
  // The list may lag by up to a second.
  await vi.waitUntil(async () => (await list()).data.length === 30, { timeout: 20_000, interval: 200 });
});

afterAll(() => dashboard.close());

async function list(): Promise<{ data: { id: string }[] }> {
  const { stage } = dashboard;
  const answer = await stage.call("/v1/generations?limit=100", { key: TEST });
  return (await answer.json()) as { data: { id: string }[] };
}

const rows = (page: Page) => page.getByRole("row").filter({ hasText: "gen_" });

/** Simulates switching to another tab or back. */
function setHidden(page: Page, isHidden: boolean): Promise<unknown> {
  return page.evaluate(`
    Object.defineProperty(document, "hidden", { configurable: true, get: () => ${isHidden} });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

describe("older generations", () => {
  it("load on request, stay while the tab is hidden, and are updated when it is shown again", async () => {
    const { page } = await dashboard.newPage();
    const answered: string[] = [];
    page.on("requestfinished", (request) => {
      if (request.url().includes("/v1/generations?")) answered.push(request.url());
    });
    await signIn(page, dashboard.stage.url, TEST);
    // Once on load, and once more when the stream has opened.
    await vi.waitUntil(() => answered.length === 2);
    expect(await rows(page).count()).toBe(25);
    await page.getByRole("button", { name: "Load more" }).click();
    await rows(page).nth(29).waitFor();
    expect(await page.getByRole("button", { name: "Load more" }).count()).toBe(0);
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

  it("stay when the stream cannot resume and the list is reloaded", async () => {
    const { page } = await dashboard.signedIn();
    await page.getByRole("button", { name: "Load more" }).click();
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

  it("can be searched further back when none of the newest matches", async () => {
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
        estimate: { usd: null },
        usage: null,
        created_at: "2026-01-01T00:00:00.000Z",
      };
      const json = { object: "list", data: isFirst ? [] : [row], has_more: isFirst, next_cursor: isFirst ? "c" : null };
      return route.fulfill({ json });
    });
    await page.getByLabel("Status").selectOption("failed");
    await page.getByText("No matches yet").waitFor();
    await page.getByRole("button", { name: "Search older generations" }).click();
    await rows(page).filter({ hasText: id }).waitFor();
  });
});

describe("a row", () => {
  it("is a link over its full width, and going back restores the filter", async () => {
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

describe("a place in line", () => {
  it("moves while a shown generation waits, and is not read otherwise", async () => {
    const id = "gen_00000000000000000000000000";
    const { page } = await dashboard.newPage({ viewport: { width: 1280, height: 800 } });
    await page.clock.install();
    let queue: object | null = { position: 112, waiting: 200 };
    const reads: string[] = [];
    await page.route("**/v1/generations?*", (route) => {
      reads.push(new URL(route.request().url()).search);
      const time = "2026-01-01T00:00:00.000Z";
      const money = { estimate: { usd: null }, usage: null };
      const row = { id, object: "generation", status: "queued", mode: "live", model: "m", created_at: time, queue };
      return route.fulfill({
        json: { object: "list", data: [{ ...row, ...money }], has_more: false, next_cursor: null },
      });
    });
    /** A read that the time has caused is counted when this returns. */
    const pass = async (ms: number) => {
      await page.clock.fastForward(ms);
      await page.evaluate("fetch('/healthz').then((response) => response.text())");
    };
    // Events of other generations would change the list.
    await signIn(page, dashboard.stage.url, LIVE);
    const status = rows(page).filter({ hasText: id }).getByRole("cell").first();
    await status.getByText("112th in line").waitFor();
    const [badge, place] = await Promise.all([".badge", ".place"].map((part) => status.locator(part).boundingBox()));
    expect(place?.x).toBeGreaterThan((badge?.x ?? 0) + (badge?.width ?? 0));
    // Once on load, and once more when the stream has opened.
    await vi.waitUntil(() => reads.length === 2);

    queue = { position: 1, waiting: 200 };
    await pass(5_000);
    await status.getByText("Next in line").waitFor();
    expect(reads.slice(2)).toEqual(["?limit=1"]);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/list-in-line.png` });

    await setHidden(page, true);
    // Timers run at once when much time passes, so the page needs a moment to stop them.
    await pass(500);
    await pass(20_000);
    expect(reads).toHaveLength(3);
    queue = null;
    await setHidden(page, false);
    await status.getByText("in line").waitFor({ state: "detached" });
    expect(reads).toHaveLength(4);
    // Once more, because the provider may have refused it again.
    await pass(5_000);
    await vi.waitUntil(() => reads.length === 5);
    for (let count = 0; count < 3; count++) await pass(5_000);
    expect(reads).toHaveLength(5);
  });

  it("appears on both pages when the provider is busy, and goes when the job is submitted", async () => {
    const [{ page }, { page: detail }] = await Promise.all([dashboard.signedIn(), dashboard.signedIn()]);
    const id = await dashboard.generate({ prompt: "[busy]" });
    await detail.goto(`${dashboard.stage.url}/#/generations/${id}`);
    const row = rows(page).filter({ hasText: id });
    await Promise.all([
      row.getByText("Next in line").waitFor(),
      detail.getByText("The provider takes only so many jobs at once.").waitFor(),
    ]);
    expect(await detail.locator(".place").textContent()).toMatch(/^Next in line/);
    await Promise.all([row, detail].map((shown) => shown.locator(".place").waitFor({ state: "detached" })));
  });
});

describe("a refused stream", () => {
  it("shows that the page may be out of date, and reconnects", async () => {
    const { page } = await dashboard.newPage();
    await page.clock.install();
    await page.route("**/v1/events", (route) => route.fulfill({ status: 403 }));
    await signIn(page, dashboard.stage.url, LIVE);
    await page.getByText("Not connected").waitFor();
    await page.unroute("**/v1/events");
    await page.clock.fastForward(61_000);
    await page.getByText("Not connected").waitFor({ state: "detached" });
  });
});
