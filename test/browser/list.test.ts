// The list of generations over time: older pages, going back, hidden tabs, refused streams.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { listedRow, playList } from "./list-rows.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, signIn, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
const made: string[] = [];

beforeAll(async () => {
  dashboard = await openDashboard();
  for (let count = 0; count < 30; count++) made.unshift(await dashboard.generate({ prompt: "[never]" }));
  // The list may lag by up to a second.
  await vi.waitUntil(async () => (await list("generating")).data.length === 30, { timeout: 20_000, interval: 200 });
});

afterAll(() => dashboard.close());

async function list(status: string): Promise<{ data: { id: string }[] }> {
  const { stage } = dashboard;
  const answer = await stage.call(`/v1/generations?limit=100&status=${status}`, { key: TEST });
  return (await answer.json()) as { data: { id: string }[] };
}

const cancel = (id = "") => dashboard.stage.call(`/v1/generations/${id}/cancel`, { method: "POST", key: TEST });

const table = (page: Page) => page.locator("table.generations");
const rows = (page: Page) => page.getByRole("row").filter({ hasText: "gen_" });
const more = (page: Page) => page.getByRole("button", { name: "Load more" });

/** How many rows are loaded: not all of them are in the page. */
const loaded = (page: Page, count: number) => page.getByText(`${count} generations`).waitFor();

/** Simulates switching to another tab or back. */
function setHidden(page: Page, isHidden: boolean): Promise<unknown> {
  return page.evaluate(`
    Object.defineProperty(document, "hidden", { configurable: true, get: () => ${isHidden} });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

const focusedRow = (page: Page) => page.evaluate("document.activeElement.closest('tr')?.ariaRowIndex");

describe("older generations", () => {
  it("load on request, stay while the tab is hidden, and are updated when it is shown again", async () => {
    // So tall that nothing scrolls: scrolling loads more rows, too.
    const { page } = await dashboard.newPage({ viewport: { width: 1280, height: 3_000 } });
    const answered: string[] = [];
    page.on("requestfinished", (request) => {
      if (request.url().includes("/v1/generations?")) answered.push(request.url());
    });
    await signIn(page, dashboard.stage.url, TEST);
    await loaded(page, 25);
    await more(page).focus();
    await page.keyboard.press("Enter");
    await loaded(page, 30);
    // The button has gone: the focus is on the first row that it loaded.
    await expect.poll(() => focusedRow(page)).toBe("27");
    expect(await more(page).count()).toBe(0);
    expect(answered.filter((url) => url.includes("cursor="))).toHaveLength(1);
    const before = answered.length;
    await setHidden(page, true);
    const oldest = made.at(-1) ?? "";
    await cancel(oldest);
    const resumed = page.waitForRequest((request) => "last-event-id" in request.headers());
    await setHidden(page, false);
    await resumed;
    await rows(page).filter({ hasText: oldest }).getByText("canceled").waitFor();
    expect(await table(page).getAttribute("aria-rowcount")).toBe("31");
    expect(answered).toHaveLength(before);
  });

  it("load when the button is scrolled to, and the focus that it had goes to the first of them", async () => {
    const { page } = await dashboard.signedIn();
    await loaded(page, 25);
    await more(page).focus();
    await loaded(page, 30);
    await expect.poll(() => focusedRow(page)).toBe("27");
    expect(await more(page).count()).toBe(0);
  });

  it("load when one scrolls to the end, and stay when the stream cannot resume and the list is reloaded", async () => {
    const { page } = await dashboard.signedIn();
    await loaded(page, 25);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await loaded(page, 30);
    await setHidden(page, true);
    await page.route("**/v1/events", (route) =>
      route.continue({ headers: { ...route.request().headers(), "last-event-id": "another-1" } }),
    );
    const read = page.waitForResponse((response) => response.url().includes("cursor="));
    await setHidden(page, false);
    await read;
    await loaded(page, 30);
  });

  it("can be searched further back when none of the newest matches", async () => {
    const { page } = await dashboard.signedIn();
    const row = { ...listedRow(2, Date.now(), ""), status: "failed" };
    await page.route("**/v1/generations?*status=failed*", (route) => {
      const isFirst = !route.request().url().includes("cursor=");
      const json = { object: "list", data: isFirst ? [] : [row], has_more: isFirst, next_cursor: isFirst ? "c" : null };
      return route.fulfill({ json });
    });
    await page.getByLabel("Status").selectOption("failed");
    await page.getByText("No matches yet").waitFor();
    await page.getByRole("button", { name: "Search older generations" }).click();
    await rows(page).filter({ hasText: row.id }).getByText("Refused by moderation").waitFor();
  });
});

describe("a row", () => {
  it("is a link over its full width, and Back finds the same rows, place, filter and focus", async () => {
    const { page } = await dashboard.signedIn({ viewport: { width: 1280, height: 800 } });
    await loaded(page, 25);
    const filtered = page.waitForResponse((response) => response.url().includes("status=generating"));
    await page.getByLabel("Status").selectOption("generating");
    await filtered;
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    const { length } = (await list("generating")).data;
    await loaded(page, length);
    const target = rows(page).filter({ hasText: made[14] ?? "" });
    const before = 900;
    await page.evaluate(`scrollTo(0, ${before})`);
    await target.click();
    const heading = page.getByRole("heading", { level: 1, name: /gen_/ });
    await heading.waitFor();
    expect(await page.title()).toMatch(/^gen_\w+ · Reelhook$/);
    await expect.poll(() => heading.evaluate("document.activeElement?.tagName")).toBe("H1");
    expect(await page.evaluate("scrollY")).toBe(0);
    // Happens while the list is away.
    await cancel(made[21]);
    await expect.poll(async () => (await list("generating")).data.length, { timeout: 10_000 }).toBe(length - 1);
    const reads: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/v1/generations?")) reads.push(request.url());
    });
    await page.goBack();
    await loaded(page, length - 1);
    expect(page.url()).toContain("#/generations?status=generating");
    expect(await page.getByLabel("Status").inputValue()).toBe("generating");
    expect(await page.evaluate("scrollY")).toBe(before);
    const focused = "document.activeElement.getAttribute('href')";
    await expect.poll(() => page.evaluate(focused)).toBe(`#/generations/${made[14]}`);
    expect(reads).toEqual([]);
    // Another way to the list begins at its top.
    await page.getByRole("navigation").getByRole("link", { name: "Generations" }).click();
    await loaded(page, 25);
    expect(await page.evaluate("scrollY")).toBe(0);
    expect(await page.getByLabel("Status").inputValue()).toBe("");
  });
});

describe("a place in line", () => {
  it("moves while a shown generation waits, and is not read otherwise", async () => {
    const { page } = await dashboard.newPage({ viewport: { width: 1280, height: 800 } });
    await page.clock.install();
    const row = { ...listedRow(5, Date.now(), ""), status: "queued" } as const;
    let queue: { position: number; waiting: number } | null = { position: 112, waiting: 200 };
    const reads: string[] = [];
    await playList(page, () => [{ ...row, queue }], { onList: (query) => reads.push(String(query)) });
    /** A read that the time has caused is counted when this returns. */
    const pass = async (ms: number) => {
      await page.clock.fastForward(ms);
      await page.evaluate("fetch('/healthz').then((response) => response.text())");
    };
    // Events of other generations would change the list.
    const stream = page.waitForResponse("**/v1/events");
    await signIn(page, dashboard.stage.url, LIVE);
    const status = rows(page).filter({ hasText: row.id }).locator(".state");
    await status.getByText("112th in line").waitFor();
    // The list is read once more if the stream opens after it was.
    await stream;
    await pass(500);
    await pass(500);
    reads.length = 0;

    queue = { position: 1, waiting: 200 };
    await pass(5_000);
    await status.getByText("Next in line").waitFor();
    expect(new Set(reads)).toEqual(new Set(["status=queued&limit=1"]));
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/list-in-line.png` });

    await setHidden(page, true);
    // Timers run at once when much time passes, so the page needs a moment to stop them.
    await pass(500);
    reads.length = 0;
    await pass(20_000);
    expect(reads).toEqual([]);
    queue = null;
    await setHidden(page, false);
    await status.getByText("in line").waitFor({ state: "detached" });
    expect(reads).toHaveLength(1);
    // Once more, because the provider may have refused it again.
    await pass(5_000);
    await vi.waitUntil(() => reads.length === 2);
    for (let count = 0; count < 3; count++) await pass(5_000);
    expect(reads).toHaveLength(2);
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
