// The posters in the list of generations, and very many rows.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TEST } from "../support/stage.ts";
import { linkToVideo, listedRows, openList, playList } from "./list-rows.ts";
import { type Dashboard, openDashboard, SCREENSHOTS } from "./visit.ts";

let dashboard: Dashboard;
let video: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  video = await linkToVideo(dashboard);
});

afterAll(() => dashboard.close());

describe("a poster", () => {
  it("is a frame of the video, loaded near the screen, four at a time", async () => {
    // Browsers load the same address once.
    const rows = listedRows(180, video).flatMap((row, at) =>
      row.video === null ? [] : [{ ...row, video: { ...row.video, url: `${video}&at=${at}` } }],
    );
    const { page, troubles } = await dashboard.signedIn(
      { viewport: { width: 1280, height: 800 } },
      TEST,
      async (page) => {
        await page.addInitScript("window.shifts = []");
        await page.addInitScript(`new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifts.push(value);
      }).observe({ type: "layout-shift" })`);
        await playList(page, () => rows);
      },
    );
    const held: (() => void)[] = [];
    let isHeld = true;
    await page.route(/\/video\?/, async (route) => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      await route.continue({
        url: route
          .request()
          .url()
          .replace(/&at=\d+/, ""),
      });
    });
    await page.reload();
    await vi.waitUntil(() => held.length === 4, { timeout: 10_000 });
    await page.evaluate("fetch('/healthz').then((response) => response.text())");
    expect(held).toHaveLength(4);
    isHeld = false;
    for (const go of held) go();
    const ready = `[...document.querySelectorAll(".poster video")].filter((each) => each.readyState >= 2).length`;
    await expect.poll(() => page.evaluate(ready), { timeout: 20_000 }).toBeGreaterThan(4);
    expect(await page.evaluate("shifts.filter((value) => value > 0.01)")).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/list-posters.png` });
    await page.evaluate(`window.first = document.querySelector(".poster video")`);
    await page.evaluate("scrollTo(0, 2_000)");
    await expect.poll(() => page.evaluate("[first.isConnected, first.src]")).toEqual([false, ""]);
    expect(troubles).toEqual([]);
  });

  it("has a fresh link after an expired one, and a link after the end of a generation", async () => {
    const rows = listedRows(1, video);
    const [row] = rows;
    const expired = video.replace(/signature=[^&]+/, "signature=expired");
    if (row !== undefined) rows[0] = { ...row, video: { url: expired, duration_seconds: 5 } };
    const queries: string[] = [];
    const { page } = await openList(dashboard, rows, {
      onList: (query) => {
        queries.push(String(query));
        if (query.has("q") && row !== undefined) rows[0] = row;
      },
    });
    await expect.poll(() => page.evaluate(`document.querySelector(".poster video").readyState`)).toBeGreaterThan(1);
    expect(queries.filter((query) => query.startsWith("q="))).toEqual([`q=${row?.id}&limit=1`]);
    const id = await dashboard.generate({ prompt: "[instant]" });
    await vi.waitUntil(() => queries.includes(`q=${id}&limit=1`), { timeout: 20_000 });
  });
});

describe("10,000 rows", () => {
  it("scroll without a task over 200 ms, and stay in place when a row is added above", async () => {
    const { page, troubles } = await openList(dashboard, listedRows(10_000, video), { size: 10_000 });
    const session = await page.context().newCDPSession(page);
    // The time of the page's thread, not counting what else a busy machine does. Bounds each task of a step from above.
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const worked = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
    };
    let longest = 0;
    let most = 0;
    for (let step = 0; step <= 40; step++) {
      const before = await worked();
      most = Math.max(
        most,
        (await page.evaluate(`(async () => {
        scrollTo(0, ${step / 40} * document.documentElement.scrollHeight);
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        return document.querySelectorAll("tr[data-id]").length;
      })()`)) as number,
      );
      longest = Math.max(longest, (await worked()) - before);
    }
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(200);
    expect(most).toBeLessThan(60);
    await page.locator("tr[aria-rowindex='10001']").waitFor();

    await page.evaluate("scrollTo(0, 300_000)");
    const id = await page.locator("tr[aria-rowindex='4010']").getAttribute("data-id");
    const place = () => page.locator(`tr[data-id=${id}]`).boundingBox();
    const before = await place();
    await dashboard.generate({ prompt: "[never]" });
    await page.getByText("10,001 generations").waitFor();
    await expect.poll(place).toEqual(before);
    expect(troubles).toEqual([]);
  });
});
