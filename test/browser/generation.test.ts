// The page of one generation: what it shows is true, from acceptance on, and nothing jumps when something comes.

import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS } from "./visit.ts";

let dashboard: Dashboard;
let stage: Stage;
/** Completed, with a callback that was taken and one that was not. */
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

/** @returns the id of one that takes four polls at the world's provider. */
async function generateLive(more: object = {}): Promise<string> {
  const json = { prompt: "scenario=quick", video_url: "https://example.com/v.mp4", ...more };
  return ((await (await stage.call("/v1/generations", { json })).json()) as { id: string }).id;
}

interface Body {
  [name: string]: unknown;
}

/** Shows a generation that is not quite as it is. */
async function change(page: Page, id: string, as: (generation: Body) => Body): Promise<void> {
  await page.route(`**/v1/generations/${id}`, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: as((await response.json()) as Body) });
  });
}

/** @param before done to the page before anything is read: the stream of events that signing in opens goes on here. */
async function open(id: string, key = LIVE, before?: (page: Page) => Promise<unknown>) {
  const watched = await dashboard.signedIn({}, key, before);
  await watched.page.goto(`${stage.url}/#/generations/${id}`);
  return watched;
}

describe("the timeline", () => {
  it("is true to scale: each phase and each callback is as long, and where, its times say", async () => {
    const { page } = await open(completed);
    await page.locator(".attempt").first().waitFor();
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

  it("says in words how many bytes were copied, what was polled, and how each callback went", async () => {
    const { page } = await open(completed);
    const legend = page.locator(".legend");
    await legend.getByText(/storing .*1\.5 MB of 1\.5 MB/).waitFor();
    await legend.getByText("4 polls").waitFor();
    // Two webhooks of one host are told apart.
    expect(await page.locator(".lane").allTextContents()).toEqual(expect.arrayContaining(["…/good", "…/down"]));
    await page.getByText(/events, 4 polls/).click();
    await page
      .getByText(new RegExp(`generation.completed to ${hook("down")}: 500`))
      .first()
      .waitFor();
  });

  it("puts retries of later days behind a break, and leaves the rest as it was", async () => {
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
    await page.getByText("later, in order").waitFor();
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

describe("callbacks", () => {
  it("that were asked for are shown before anything has happened", async () => {
    const id = await dashboard.generate({
      prompt: "[never]",
      webhooks: [{ url: hook("good"), events: ["generation.failed"] }],
    });
    const { page } = await open(id, TEST);
    const card = page.getByRole("listitem").filter({ hasText: hook("good") });
    await card.getByText("Waits for generation.failed").waitFor();
    await card.getByText("waiting", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel the generation" }).click();
    await card.getByText("skipped").waitFor();
  });

  it("show their newest attempt first, and nothing as sent that was not", async () => {
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
    await card.getByText("Nothing was sent.").waitFor();
    await card.getByRole("button", { name: "Copy the id of the message" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^msg_/);
  });

  it("are looked at again when an attempt is over, should nobody tell of it", async () => {
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
    await page.goto(`${stage.url}/#key=${LIVE}`);
    await page.getByRole("heading", { name: "Generations" }).waitFor();
    await page.goto(`${stage.url}/#/generations/${id}`);
    await page.getByText("Next attempt in").waitFor();
    isHeldBack = false;
    await page.clock.fastForward(48_000);
    await page.locator(".deliveries .badge", { hasText: "delivered" }).waitFor();
  });
});

describe("a video that does not play", () => {
  it("is tried once more, with a fresh link", async () => {
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

  it("then is said not to, and offered for download", async () => {
    // The world's videos are no videos.
    const { page } = await open(completed);
    await page.getByRole("alert").getByText("This browser cannot play the video.").waitFor();
    const link = await page.getByRole("link", { name: "Download it" }).getAttribute("href");
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
  it("gives the provider's link, to copy", async () => {
    const url = "https://cdn.example.com/a/very/long/way/to/the/video.mp4?signature=abc";
    const { page } = await open(completed, LIVE, (page) =>
      change(page, completed, (generation) => ({
        ...generation,
        status: "failed",
        video: null,
        error: { code: "storage_failed", message: "R2 refused the copy.", retryable: true, source_url: url },
      })),
    );
    await page.getByRole("button", { name: "Copy the provider's link" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(url);
  });
});

describe("a page that cannot be read", () => {
  it("says why, and not that the generation is gone", async () => {
    const { page } = await open(completed, LIVE, async (page) => {
      // Nothing else shall make it read again.
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

describe("while one looks", () => {
  it("a generation completes without a jump, the polls go on between two words of the server, and links can be copied", async () => {
    const id = await dashboard.generate({
      prompt: "a fox at dawn",
      metadata: { prompt: "mine" },
      webhook_url: hook("good"),
    });
    const { page } = await open(id, TEST);
    await page.getByText("The provider is working on it").waitFor();
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

    // Names of the request and of the metadata may be the same.
    const request = page.getByRole("region", { name: "Request" });
    expect(await request.locator("dt", { hasText: "prompt" }).count()).toBe(2);
    await page.getByText("Identifiers").click();
    await page.getByRole("button", { name: "Copy the signed link" }).click();
    const link = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect((await fetch(link)).status).toBe(200);

    await page.getByRole("link", { name: "Run again with changes" }).click();
    expect(await page.getByLabel("prompt").inputValue()).toBe("a fox at dawn");
    expect(await page.getByLabel("webhook_url").inputValue()).toBe(hook("good"));
  });
});

describe("on a plain http address of one's own network", () => {
  it("what is to be copied is copied all the same", async () => {
    const { page } = await open(completed, LIVE, (page) =>
      page.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })"),
    );
    await page.reload();
    await page.getByRole("button", { name: "Copy id" }).click();
    await page.getByRole("button", { name: "Copy id" }).getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(completed);
  });
});

describe("by keyboard alone", () => {
  it("one signs in, starts a generation and cancels it", async () => {
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
    await tabTo("Generate, for free");
    await press("Enter");
    await page.getByRole("heading", { level: 1, name: /gen_/ }).waitFor();
    await tabTo("Cancel");
    await press("Enter");
    await tabTo("Cancel the generation");
    await press("Enter");
    await page.locator(".title .badge", { hasText: "canceled" }).waitFor();
  });
});
