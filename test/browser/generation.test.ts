// The page of one generation: it shows the truth from acceptance on, and updates do not shift the layout.

import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, signIn, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let stage: Stage;
/** A completed generation with one delivered and one failed webhook. */
let completed: string;

beforeAll(async () => {
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "1,86400" });
  stage = dashboard.stage;
  stage.world.play("quick", {
    poll: [GENERATING, GENERATING, GENERATING, COMPLETED],
    file: [{ bytes: 1_500_000 }],
    hooks: { good: [{ status: 204 }], down: [{ status: 500, body: "on fire" }] },
  });
  completed = await generateLive({ webhooks: [{ url: hook("good") }, { url: hook("down") }] });
  await stage.call(`/v1/generations/${completed}`, { headers: { prefer: "wait=30" } });
});

afterAll(() => dashboard.close());

const hook = (receiver: string) => `${stage.world.url}/hooks/quick/${receiver}`;

/** @returns the id of a generation that takes four polls at the simulated provider. */
async function generateLive(more: object = {}): Promise<string> {
  const json = { prompt: "scenario=quick", video_url: "https://example.com/v.mp4", ...more };
  return ((await (await stage.call("/v1/generations", { json })).json()) as { id: string }).id;
}

interface Body {
  [name: string]: unknown;
}

/** Changes the generation in the API's response to the page. */
async function change(page: Page, id: string, as: (generation: Body) => Body): Promise<void> {
  await page.route(`**/v1/generations/${id}`, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: as((await response.json()) as Body) });
  });
}

/** @param before runs on the page before it loads anything, because the stream opened at sign-in stays open. */
async function open(id: string, key = LIVE, before?: (page: Page) => Promise<unknown>) {
  const watched = await dashboard.signedIn({}, key, before);
  await watched.page.goto(`${stage.url}/#/generations/${id}`);
  return watched;
}

describe("the timeline", () => {
  it("is to scale: positions and widths of phases, polls and attempts match their times", async () => {
    const { page } = await open(completed);
    // One of the good webhook and two of the other. A later one would change the scale between two measurements.
    await page.locator(".track .attempt").nth(2).waitFor();
    const answer = await stage.call(`/v1/generations/${completed}/events`);
    const { data } = (await answer.json()) as { data: { type: string; timestamp: string }[] };
    const timeOf = (type: string) => Date.parse(data.find((item) => item.type === type)?.timestamp ?? "");
    const boxOf = async (selector: string) => {
      const box = await page.locator(selector).first().boundingBox();
      if (box === null) throw new Error(`${selector} is not there`);
      return box;
    };
    const [begin, started, end] = [
      timeOf("generation.queued"),
      timeOf("generation.started"),
      timeOf("generation.completed"),
    ];
    const queued = await boxOf(".track .phase.queued");
    const generating = await boxOf(".track .phase.generating");
    const pixelsPerMs = queued.width / (started - begin);
    const finish = await boxOf(".track .end");
    expect((finish.x - queued.x) / pixelsPerMs).toBeCloseTo(end - begin, -2);
    expect(generating.x - queued.x).toBeCloseTo(queued.width, 0);
    const polls = await page
      .locator(".track .poll")
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().x));
    expect(polls).toHaveLength(4);
    for (const [index, x] of polls.slice(1).entries()) {
      expect((x - (polls[index] ?? 0)) / pixelsPerMs).toBeCloseTo(1_000, -2);
    }
    const attempt = await boxOf(".track .attempt.good");
    expect(attempt.x).toBeGreaterThanOrEqual(finish.x - 1);
  });

  it("describes the copied bytes, the polls and the result of each attempt in words", async () => {
    const { page } = await open(completed);
    const legend = page.locator(".legend");
    await legend.getByText(/storing .*1\.5 MB of 1\.5 MB/).waitFor();
    await legend.getByText("4 polls").waitFor();
    // Two webhooks of one host have different names.
    expect(await page.locator(".lane").allTextContents()).toEqual(expect.arrayContaining(["…/good", "…/down"]));
    await page.getByText(/events, 4 polls/).click();
    await page
      .getByText(new RegExp(`generation.completed to ${hook("down")}: 500`))
      .first()
      .waitFor();
  });

  it("draws late retries behind a break without squeezing the rest", async () => {
    const { page } = await open(completed, LIVE, (page) =>
      page.route("**/deliveries", async (route) => {
        const response = await route.fetch();
        const list = (await response.json()) as { data: { url: string; attempts: Body[] }[] };
        for (const { attempts } of list.data.filter(({ url }) => url.endsWith("/down"))) {
          for (const hours of [1, 4, 28]) {
            const at = new Date(Date.now() + hours * 3_600_000).toISOString();
            attempts.push({ at, status_code: hours > 4 ? 204 : 500, duration_ms: 40, error: null, response: "" });
          }
        }
        await route.fulfill({ response, json: list });
      }),
    );
    await page.getByText("later (not to scale)").waitFor();
    const chart = await page.locator(".chart .track").first().boundingBox();
    const end = await page.locator(".track .end").boundingBox();
    expect(((end?.x ?? 0) - (chart?.x ?? 0)) / (chart?.width ?? 1)).toBeGreaterThan(0.5);
    const late = await page.locator(".track .attempt").evaluateAll((all) =>
      all
        .map((each) => each.getBoundingClientRect().x)
        .sort((a, b) => a - b)
        .slice(-3),
    );
    expect(late.every((x) => x > (chart?.x ?? 0) + 0.8 * (chart?.width ?? 0))).toBe(true);
    await page.screenshot({ path: `${SCREENSHOTS}/late-retries.png`, fullPage: true });
  });
});

describe("webhook deliveries", () => {
  it("are announced before the first event", async () => {
    const id = await dashboard.generate({
      prompt: "[never]",
      webhooks: [{ url: hook("good"), events: ["generation.failed"] }],
    });
    const { page } = await open(id, TEST);
    const card = page.getByRole("listitem").filter({ hasText: hook("good") });
    await card.getByText("Waiting for generation.failed").waitFor();
    await card.getByText("waiting", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel generation" }).click();
    await card.getByText("skipped").waitFor();
  });

  it("show the newest attempt first, and no request for an attempt that was not sent", async () => {
    const { page } = await open(completed, LIVE, (page) =>
      page.route("**/deliveries", async (route) => {
        const response = await route.fetch();
        const list = (await response.json()) as { data: { url: string; attempts: Body[] }[] };
        for (const { url, attempts } of list.data) {
          if (!url.endsWith("/down")) continue;
          attempts.push({
            at: "2026-01-01T00:00:00.000Z",
            status_code: null,
            duration_ms: 0,
            error: "not sent: the endpoint is disabled",
            response: null,
          });
        }
        await route.fulfill({ response, json: list });
      }),
    );
    const card = page
      .getByRole("listitem")
      .filter({ hasText: "generation.completed" })
      .filter({ hasText: hook("down") });
    const newest = card.locator(".attempts summary").first();
    await newest.getByText("2026").waitFor();
    await newest.click();
    await card.getByText("No request was sent.").waitFor();
    await card.getByRole("button", { name: "Copy message ID" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^msg_/);
  });

  it("audit 18: are shown from all pages of the list", async () => {
    const { page } = await open(completed, LIVE, (page) =>
      page.route(/\/deliveries(\?|$)/, async (route) => {
        const response = await route.fetch({ url: route.request().url().replace(/\?.*/, "") });
        const { data, ...list } = (await response.json()) as { data: Body[] };
        const at = Number(new URL(route.request().url()).searchParams.get("cursor"));
        const more = { has_more: at < data.length - 1, next_cursor: at < data.length - 1 ? String(at + 1) : null };
        await route.fulfill({ response, json: { ...list, data: data.slice(at, at + 1), ...more } });
      }),
    );
    const { data } = (await (await stage.call(`/v1/generations/${completed}/deliveries`)).json()) as { data: Body[] };
    expect(data.length).toBeGreaterThan(1);
    const events = page.locator(".deliveries strong");
    await events.first().waitFor();
    expect(await events.count()).toBe(data.length);
  });

  it("are reloaded after an attempt was due, even without an event", async () => {
    const id = await generateLive({ webhook_url: hook("good") });
    await stage.call(`/v1/generations/${id}`, { headers: { prefer: "wait=30" } });
    let isHeldBack = true;
    const { page } = await dashboard.newPage();
    await page.clock.install();
    await page.route("**/events", (route) =>
      route.request().headers()["accept"] === "text/event-stream" ? route.abort() : route.fallback(),
    );
    await page.route("**/deliveries", async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as { data: Body[] };
      const next = new Date(Date.now() + 30_000).toISOString();
      const pending = list.data.map((each) => ({ ...each, state: "pending", next_attempt_at: next, attempts: [] }));
      await route.fulfill({ response, json: isHeldBack ? { ...list, data: pending } : list });
    });
    await signIn(page, stage.url, LIVE);
    await page.goto(`${stage.url}/#/generations/${id}`);
    await page.getByText("Next attempt in").waitFor();
    isHeldBack = false;
    await page.clock.fastForward(48_000);
    await page.locator(".deliveries .badge", { hasText: "delivered" }).waitFor();
  });
});

describe("a video that fails to play", () => {
  it("is tried once more with a fresh link", async () => {
    let loads = 0;
    const { page } = await open(completed, LIVE, (page) =>
      page.route("**/video?*", (route) => {
        if (loads++ === 0) return route.fulfill({ status: 403 });
        return route.fulfill({ path: "src/providers/sandbox.mp4", contentType: "video/mp4" });
      }),
    );
    await page.locator("video").waitFor();
    await expect
      .poll(() =>
        page.locator("video").evaluate((element) => ("readyState" in element ? Number(element.readyState) : 0)),
      )
      .toBeGreaterThan(0);
    expect(loads).toBeGreaterThan(1);
  });

  it("is then offered for download with an error message", async () => {
    // The simulated provider's files are not real videos.
    const { page } = await open(completed);
    await page.getByRole("alert").getByText("This browser cannot play the video.").waitFor();
    const link = await page.getByRole("link", { name: "Download" }).getAttribute("href");
    expect(link).toMatch(/\/video\?.*&download=1$/);
    const answer = await fetch(stage.url + link);
    expect([answer.status, answer.headers.get("content-disposition")]).toEqual([
      200,
      expect.stringContaining("attachment"),
    ]);
    await answer.body?.cancel();
  });
});

describe("a generation that could not be stored", () => {
  it("shows the provider's link with a copy button", async () => {
    const url = "https://cdn.example.com/a/very/long/way/to/the/video.mp4?signature=abc";
    const { page } = await open(completed, LIVE, (page) =>
      change(page, completed, (generation) => ({
        ...generation,
        status: "failed",
        video: null,
        error: { code: "storage_failed", message: "R2 refused the copy.", retryable: true, source_url: url },
      })),
    );
    await page.getByRole("button", { name: "Copy provider link" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(url);
  });
});

describe("a generation whose model is retired", () => {
  const openEnding = (deprecated: object) =>
    open(completed, LIVE, (page) => change(page, completed, (generation) => ({ ...generation, deprecated })));

  it.each([
    [
      { on: "2099-12-15", replacement: "vendor/next" },
      "This model will be retired on 15 December 2099. Use vendor/next instead.",
    ],
    [{ on: "2099-12-15", replacement: null }, "This model will be retired on 15 December 2099."],
    [
      { on: "2020-01-02", replacement: "vendor/next" },
      "This model was retired on 2 January 2020. Use vendor/next instead.",
    ],
  ])("says so in a notice: %j", async (deprecated, text) => {
    const { page } = await openEnding(deprecated);
    const notice = page.getByRole("note");
    await notice.waitFor();
    expect(await notice.textContent()).toBe(text);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/model-ends.png` });
  });

  it("does not say so if the retirement is not near", async () => {
    const { page } = await open(completed);
    await page.getByRole("heading", { name: completed }).waitFor();
    expect(await page.getByRole("note").count()).toBe(0);
  });
});

describe("a page that fails to load", () => {
  it("shows the error and does not claim that the generation was deleted", async () => {
    const { page } = await open(completed, LIVE, async (page) => {
      // Without events nothing else reloads the page.
      await page.route("**/events", (route) =>
        route.request().headers()["accept"] === "text/event-stream" ? route.abort() : route.fallback(),
      );
      await page.route(`**/v1/generations/${completed}`, (route) =>
        route.fulfill({ status: 500, json: { detail: "Something went wrong here." } }),
      );
    });
    await page.getByRole("alert").getByText("Something went wrong here.").waitFor();
    expect(await page.getByText("may have been deleted").count()).toBe(0);
    await page.unroute(`**/v1/generations/${completed}`);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: completed }).waitFor();
  });
});

describe("a running generation", () => {
  it("completes without layout shift, counts polls between updates, and shows links that can be copied", async () => {
    const prompt = "scenario=dawn";
    stage.world.play("dawn", { poll: [...Array(8).fill(GENERATING), COMPLETED], file: [{ name: "chromium.mp4" }] });
    const id = await generateLive({ prompt, metadata: { prompt: "mine" }, webhook_url: hook("good") });
    const { page } = await open(id);
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
    expect(await page.getByLabel("webhook_url").inputValue()).toBe(hook("good"));
  });
});

describe("a generation in line", () => {
  it("shows its place as the stream tells it, without a reload, a layout shift or an announcement each time", async () => {
    let queue: object | null = { position: 12, waiting: 40 };
    let told: object | null = null;
    let reads = 0;
    const { page } = await open(completed, LIVE, async (page) => {
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

describe("over http on a local network", () => {
  it("copying still works", async () => {
    const { page } = await open(completed, LIVE, (page) =>
      page.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })"),
    );
    await page.reload();
    await page.getByRole("button", { name: "Copy ID" }).click();
    await page.getByRole("button", { name: "Copy ID" }).getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(completed);
  });
});

describe("with only the keyboard", () => {
  it("a user can sign in, start a generation and cancel it", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(stage.url);
    const press = (key: string) => page.keyboard.press(key);
    const tabTo = async (name: string) => {
      for (let count = 0; count < 60; count++) {
        await press("Tab");
        const focused = await page.evaluate("document.activeElement?.textContent || document.activeElement?.id");
        if (focused === name) return;
      }
      throw new Error(`${name} cannot be reached`);
    };
    await tabTo("key");
    await page.keyboard.type(TEST);
    await press("Enter");
    await page.getByRole("heading", { level: 1, name: "Generations" }).waitFor();
    await tabTo("New generation");
    await press("Enter");
    await page.getByLabel("prompt").waitFor();
    await tabTo("[never]");
    await press("Enter");
    await tabTo("Generate (free)");
    await press("Enter");
    await page.getByRole("heading", { level: 1, name: /gen_/ }).waitFor();
    await tabTo("Cancel");
    await press("Enter");
    await tabTo("Cancel generation");
    await press("Enter");
    await page.locator(".title .badge", { hasText: "canceled" }).waitFor();
  });
});
