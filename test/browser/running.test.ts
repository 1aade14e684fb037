// The page of a generation while it runs: it counts on between updates, and nothing moves.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage } from "../support/stage.ts";
import { change, type DashboardWithOne, openDashboardWithOne } from "./one-generation.ts";
import { SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: DashboardWithOne;
let stage: Stage;
let completed: string;

beforeAll(async () => {
  dashboard = await openDashboardWithOne();
  ({ stage, completed } = dashboard);
});

afterAll(() => dashboard.close());

describe("a running generation", () => {
  it("completes without layout shift, counts polls between updates, and shows links that can be copied", async () => {
    const prompt = "scenario=dawn";
    stage.world.play("dawn", { poll: [...Array(8).fill(GENERATING), COMPLETED], file: [{ name: "chromium.mp4" }] });
    const id = await dashboard.generateLive({
      prompt,
      metadata: { prompt: "mine" },
      webhook_url: dashboard.hook("good"),
    });
    const { page } = await dashboard.open(id);
    await page.getByText("The provider is generating the video").waitFor();
    await page.evaluate(`
      window.shifted = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (entry.value > 0.01) shifted.push([entry.value, ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
        }
      }).observe({ type: "layout-shift" });
    `);
    const made = await page.locator(".track .poll").count();
    await page.locator(".track .poll.due").nth(2).waitFor();
    expect(await page.locator(".track .poll").count()).toBeGreaterThan(made);
    await page.getByText(/Next poll in \d/).waitFor();
    await page.locator("video").waitFor({ timeout: 60_000 });
    await page.locator(".deliveries .badge", { hasText: "delivered" }).waitFor();
    expect(await page.evaluate("shifted")).toEqual([]);

    // A metadata key may have the name of an input.
    const request = page.getByRole("region", { name: "Request" });
    expect(await request.locator("dt", { hasText: "prompt" }).count()).toBe(2);
    await page.getByText("Identifiers").click();
    await page.getByRole("button", { name: "Copy signed link" }).click();
    const link = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect((await fetch(link)).status).toBe(200);

    await page.getByRole("link", { name: "Run again with changes" }).click();
    await page.getByText(`Filled in from ${id}. Check every field`).waitFor();
    expect(await page.getByLabel("prompt").inputValue()).toBe(prompt);
    expect(await page.getByLabel("webhooks[0].url").inputValue()).toBe(dashboard.hook("good"));
  });
});

describe("a generation in line", () => {
  it("shows its place as the stream tells it, without a reload, a layout shift or an announcement each time", async () => {
    let queue: object | null = { position: 12, waiting: 40 };
    let told: object | null = null;
    let reads = 0;
    const { page } = await dashboard.open(completed, LIVE, async (page) => {
      await page.clock.install();
      await change(page, completed, (generation) => {
        reads++;
        return { ...generation, status: "queued", submitted_at: null, finished_at: null, video: null, queue };
      });
      await page.route(`**/v1/generations/${completed}/events`, (route) => {
        if (route.request().headers()["accept"] !== "text/event-stream") return route.fallback();
        if (told === null) return route.abort();
        const body = `event: generation.queue\ndata: ${JSON.stringify(told)}\n\n`;
        return route.fulfill({ contentType: "text/event-stream", body });
      });
    });
    await page.setViewportSize({ width: 400, height: 800 });
    const place = page.locator(".player .place");
    await place.getByText("12th in line").waitFor();
    expect(await place.textContent()).toBe("12th in line");
    await page.evaluate(`
      window.shifted = [];
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) if (value > 0.01) shifted.push(value);
      }).observe({ type: "layout-shift" });
      window.said = [];
      new MutationObserver(() => said.push(document.querySelector(".player [role=status]").textContent))
        .observe(document.querySelector(".player [role=status]"), { subtree: true, childList: true, characterData: true });
    `);
    told = { position: 12, waiting: 40, remaining_seconds: 400 };
    await page.clock.fastForward(2_000);
    await place.getByText("12th in line, about 7 min").waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violationsOf(page)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}/in-line-${colorScheme}.png` });
    }
    const before = reads;
    told = { position: 1, waiting: 29, remaining_seconds: 20 };
    await page.clock.fastForward(2_000);
    await place.getByText("Next in line, less than a minute").waitFor();
    expect(reads).toBe(before);
    expect(await page.evaluate("said")).toEqual([]);
    expect(await page.locator(".events").textContent()).not.toContain("generation.queue ");

    // Its turn has come: nothing tells its place any longer.
    told = null;
    queue = null;
    await page.clock.fastForward(8_000);
    await place.waitFor({ state: "detached" });
    expect(await page.evaluate("said")).toEqual(["Waiting for the provider"]);
    expect(await page.evaluate("shifted")).toEqual([]);
  });
});
