// Working with the list of generations: filters, selected rows and export.

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TEST } from "../support/stage.ts";
import { linkToVideo, listedRows, openList, playList } from "./list-rows.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let video: string;

beforeAll(async () => {
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "86400" });
  video = await linkToVideo(dashboard);
});

afterAll(() => dashboard.close());

const focused = (page: Page) => page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.id");

describe("the filters", () => {
  it("are picked, are part of the address, and can be cleared", async () => {
    const queries: string[] = [];
    const { page, troubles } = await openList(dashboard, listedRows(9, video), {
      onList: (query) => queries.push(String(query)),
    });
    await page.keyboard.press("/");
    expect(await focused(page)).toBe("search-generations");
    await page.keyboard.type("a/b?");
    await page.getByLabel("Status").selectOption("failed");
    await page.getByLabel("Error").selectOption("Refused by moderation");
    await page.getByLabel("Model").selectOption("google/veo-3.1-i2v");
    await page.getByLabel("Created").selectOption("choose days");
    await page.getByRole("textbox", { name: "From" }).fill("2026-11-01");
    await page.getByRole("textbox", { name: "To", exact: true }).fill("2026-11-03");
    await page.getByLabel("Callbacks").selectOption("some failed");
    const metadata = page.getByRole("textbox", { name: "Metadata" });
    await metadata.fill("order");
    await metadata.press("Enter");
    await page.getByRole("alert").filter({ hasText: "such as order=42" }).waitFor();
    await metadata.fill("order=42");
    await metadata.press("Enter");
    const [after, before] = [new Date(2026, 10, 1), new Date(2026, 10, 4)].map((day) => day.toISOString());
    const expected = new URLSearchParams({
      status: "failed",
      error: "moderated",
      model: "google/veo-3.1-i2v",
      deliveries: "failed",
      q: "a/b?",
      created_after: after ?? "",
      created_before: before ?? "",
      "metadata.order": "42",
    });
    await vi.waitUntil(() => queries.at(-1) === `${expected}&limit=25`, { timeout: 10_000 });
    expect(page.url()).toBe(`${dashboard.stage.url}/#/generations?${expected}`);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/list-filters-1280.png` });

    await page.reload();
    await page.getByText("order=42").waitFor();
    const picks = ["Status", "Error", "Created", "Callbacks"].map((name) => page.getByLabel(name).inputValue());
    expect(await Promise.all(picks)).toEqual(["failed", "moderated", "days", "failed"]);
    expect(await page.getByRole("textbox", { name: "From" }).inputValue()).toBe("2026-11-01");
    expect(await page.getByLabel("Search").inputValue()).toBe("a/b?");
    await page.getByRole("button", { name: "Remove order=42" }).click();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await vi.waitUntil(() => queries.at(-1) === "limit=25", { timeout: 10_000 });
    expect(page.url()).toBe(`${dashboard.stage.url}/#/generations`);
    expect(await focused(page)).toBe("search-generations");
    expect(await page.getByLabel("Search").inputValue()).toBe("");
    // What the API would refuse is left out.
    await page.goto(`${dashboard.stage.url}/#/generations?status=done&period=24h&created_after=soon`);
    await vi.waitUntil(() => /^created_after=[^&]+&limit=25$/.test(queries.at(-1) ?? ""), { timeout: 10_000 });
    expect(await page.getByLabel("Created").inputValue()).toBe("24h");
    expect(troubles).toEqual([]);
  });

  it("fit a narrow screen, where they open on request", async () => {
    const { page } = await openList(dashboard, listedRows(9, video), { width: 360 });
    expect(await page.getByLabel("Status").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByLabel("Created").selectOption("today");
    await page.getByRole("button", { name: "Filters (1)" }).waitFor();
    await page.locator("tr[data-id] input").first().check();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.screenshot({ path: `${SCREENSHOTS}/list-filters-360.png` });
  });
});

/** Notes what has the focus whenever the dialog has shown something else, before the next frame. */
const WATCH_FOCUS = `focused = new Set();
  new MutationObserver(() => focused.add(document.activeElement.textContent))
    .observe(document.querySelector("dialog"), { childList: true, subtree: true })`;

describe("selected rows", () => {
  const check = async (page: Page, ids: readonly string[]) => {
    for (const id of ids) await page.locator(`tr[data-id=${id}] input`).check();
  };
  const dialog = (page: Page) => page.getByRole("dialog");

  it("are canceled and deleted together, by keyboard alone, each where it applies", async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => dashboard.generate({ prompt: "[never]" })));
    const { page, troubles } = await dashboard.signedIn({ viewport: { width: 1280, height: 800 } });
    await page.locator(`tr[data-id=${three}]`).waitFor();
    await page.getByRole("checkbox", { name: "Select all shown" }).focus();
    await page.keyboard.press("Space");
    await page.getByText("4 selected").waitFor();
    await page.getByRole("button", { name: "Cancel 3 of 4" }).focus();
    await page.keyboard.press("Enter");
    await dialog(page).getByText("The provider cannot stop jobs").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/list-cancel.png` });
    await page.keyboard.press("Tab");
    await page.evaluate(WATCH_FOCUS);
    await page.keyboard.press("Enter");
    await dialog(page).getByText("Canceled 3 generations.").waitFor();
    expect(await page.evaluate("[...focused]")).toEqual(["Stop", "Close"]);
    await page.keyboard.press("Enter");
    for (const id of [one, two, three]) await page.locator(`tr[data-id=${id}]`).getByText("canceled").waitFor();
    // The bar with the focus has gone.
    const all = page.getByRole("checkbox", { name: "Select all shown" });
    await expect.poll(() => all.evaluate((each) => each === each.ownerDocument.activeElement)).toBe(true);
    await check(page, [one ?? "", two ?? ""]);
    await page.getByRole("button", { name: "Delete 2" }).click();
    await dialog(page).getByRole("button", { name: "Delete" }).click();
    await dialog(page).getByText("Deleted 2 generations.").waitFor();
    await dialog(page).getByRole("button", { name: "Close" }).click();
    await page.getByText("2 generations", { exact: true }).waitFor();
    expect(await page.locator(`tr[data-id=${one}]`).count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it("have their failed callbacks sent again at the API's pace, and failures are named", async () => {
    const rows = listedRows(9, video);
    const failing = rows.filter(({ deliveries }) => deliveries !== null && deliveries.failed > 0).map(({ id }) => id);
    const { page } = await openList(dashboard, rows);
    await page.route("**/deliveries", (route) => {
      const states = ["delivered", "failed", "gone"];
      const data = states.map((state) => ({ id: `msg_${state}`, state }));
      return route.fulfill({ json: { object: "list", data, has_more: false, next_cursor: null } });
    });
    const sent: string[] = [];
    await page.route("**/redeliver", (route) => {
      const path = new URL(route.request().url()).pathname.split("/").slice(3, -1).join(" ");
      sent.push(path);
      const isFirst = sent.filter((each) => each === path).length === 1;
      if (isFirst && path === `${failing[0]} deliveries msg_gone`) {
        return route.fulfill({ status: 429, headers: { "retry-after": "1" }, json: { detail: "Slow down." } });
      }
      if (path.startsWith(failing[1] ?? "")) return route.fulfill({ status: 404, json: { detail: "It is deleted." } });
      return route.fulfill({ status: 202, json: {} });
    });
    await check(
      page,
      rows.slice(0, 9).map(({ id }) => id),
    );
    await page.getByRole("button", { name: "Redeliver failed 2 of 9" }).click();
    await dialog(page).getByRole("button", { name: "Redeliver failed" }).click();
    await dialog(page).getByText("The failed callbacks of 1 generation are being sent again.").waitFor();
    await dialog(page).getByText(`1 failed:`).waitFor();
    expect(await dialog(page).getByRole("listitem").allTextContents()).toEqual([
      expect.stringMatching(/: It is deleted\.$/),
    ]);
    const own = sent.filter((path) => path.startsWith(failing[0] ?? "")).map((path) => path.split(" ").at(-1));
    expect(own).toEqual(["msg_failed", "msg_gone", "msg_failed", "msg_gone"]);
    await dialog(page).getByRole("button", { name: "Close" }).click();
    // What failed stays selected.
    await page.getByText("1 selected").waitFor();
  });
});

describe("an export", () => {
  it("has all pages of what is filtered, and works with a read-only key", async () => {
    const rows = listedRows(250, video);
    const queries: string[] = [];
    const { page, troubles } = await dashboard.signedIn({ acceptDownloads: true }, TEST, async (page) => {
      await playList(page, () => rows, { onList: (query) => queries.push(String(query)) });
      await page.route("**/v1/account", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), read_only: true } });
      });
    });
    await page.getByLabel("Status").selectOption("completed");
    await page.locator("tr[data-id]").first().waitFor();
    expect(await page.locator("main").getByRole("checkbox").count()).toBe(0);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export CSV" }).click(),
    ]);
    await page.getByRole("dialog").getByText("Saved 250 generations.").waitFor();
    expect(queries.slice(-3)).toEqual(
      [0, 100, 200].map((at) => `status=completed&limit=100${at ? `&cursor=${at}` : ""}`),
    );
    const lines = (await readFile(await download.path(), "utf8")).split("\r\n");
    expect(lines).toHaveLength(252);
    expect(lines[0]).toMatch(/^\uFEFFid,status,error,model,prompt,created_at/);
    expect(lines[4]).toContain(`${rows[3]?.id},completed,,runway/gen4_aleph,,${rows[3]?.created_at},5.04,1,1,2,0.75,`);
    expect(troubles).toEqual([]);
  });

  it("ends at 10,000 generations, and says so", async () => {
    const { page } = await openList(dashboard, listedRows(10_050, video), { size: 4_000 });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export CSV" }).click(),
    ]);
    await page.getByText("Saved the newest 10,000 generations").waitFor();
    expect((await readFile(await download.path(), "utf8")).split("\r\n")).toHaveLength(10_002);
  });
});

describe("the Worker's list", () => {
  it("has prompt, poster and callbacks of a generation as they come, and is searched by words and metadata", async () => {
    const { stage } = dashboard;
    stage.world.play("receivers", { hooks: { good: [{ status: 204 }], down: [{ status: 500 }] } });
    const webhooks = ["good", "down"].map((name) => ({ url: `${stage.world.url}/hooks/receivers/${name}` }));
    const { page, troubles } = await dashboard.signedIn({ viewport: { width: 1280, height: 800 } });
    const metadata = { order: "42" };
    const id = await dashboard.generate({ prompt: "[instant] A lantern in the snow", webhooks, metadata });
    const row = page.locator(`tr[data-id=${id}]`);
    await row.getByRole("link", { name: "A lantern in the snow" }).waitFor();
    await row.getByText("1 retrying").waitFor();
    await row.locator(".length").getByText("0:05").waitFor();
    await page.getByLabel("Search").fill("SNOW lantern");
    await page.getByText("1 generation", { exact: true }).waitFor();
    await page.getByLabel("Search").fill("");
    await page.getByRole("textbox", { name: "Metadata" }).fill("order=42");
    await page.keyboard.press("Enter");
    await page.getByText("1 generation", { exact: true }).waitFor();
    // Only the API can tell that it matches.
    const other = await dashboard.generate({ prompt: "[instant]", metadata });
    await page.locator(`tr[data-id=${other}]`).waitFor();
    expect(troubles).toEqual([]);
  });
});
