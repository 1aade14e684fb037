// The timeline and the webhook deliveries on the page of one generation.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import {
  type Body,
  changeDeliveries,
  type DashboardWithOne,
  openDashboardWithOne,
  withoutEvents,
} from "./one-generation.ts";
import { SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: DashboardWithOne;
let stage: Stage;
let completed: string;

beforeAll(async () => {
  dashboard = await openDashboardWithOne();
  ({ stage, completed } = dashboard);
});

afterAll(() => dashboard.close());

describe("the timeline", () => {
  it("is to scale: positions and widths of phases, polls and attempts match their times", async () => {
    const { page } = await dashboard.open(completed);
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
    const { page } = await dashboard.open(completed);
    const legend = page.locator(".legend");
    await legend.getByText(/storing .*1\.5 MB of 1\.5 MB/).waitFor();
    await legend.getByText("4 polls").waitFor();
    // Two webhooks of one host have different names.
    expect(await page.locator(".lane").allTextContents()).toEqual(expect.arrayContaining(["…/good", "…/down"]));
    await page.getByText(/events, 4 polls/).click();
    await page
      .getByText(new RegExp(`generation.completed to ${dashboard.hook("down")}: 500`))
      .first()
      .waitFor();
  });

  it("draws late retries behind a break without squeezing the rest", async () => {
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      changeDeliveries(page, (deliveries) =>
        deliveries.map((each) => {
          if (!String(each["url"]).endsWith("/down")) return each;
          const late = [1, 4, 28].map((hours) => {
            const at = new Date(Date.now() + hours * 3_600_000).toISOString();
            return {
              at,
              status_code: hours > 4 ? 204 : 500,
              duration_ms: 40,
              error: null,
              response: "",
              manual: false,
            };
          });
          return { ...each, attempts: [...(each["attempts"] as Body[]), ...late] };
        }),
      ),
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
  it("are announced before the first event, with the webhook endpoints", async () => {
    const id = await dashboard.generate({
      prompt: "[never]",
      webhooks: [{ url: dashboard.hook("good"), events: ["generation.failed"] }],
    });
    const standing = { url: dashboard.hook("standing"), events: ["generation.canceled"] };
    const endpoint = await stage.call("/v1/webhook-endpoints", { json: standing, key: TEST });
    const { page } = await dashboard.open(id, TEST);
    const card = page.getByRole("listitem").filter({ hasText: dashboard.hook("good") });
    await card.getByText("Waiting for generation.failed").waitFor();
    await card.getByText("waiting", { exact: true }).waitFor();
    await page.getByText("1 webhook of the request and 1 webhook endpoint will be told.").waitFor();
    const link = await page.getByRole("link", { name: standing.url }).getAttribute("href");
    expect(link).toBe(`#/webhooks/${((await endpoint.json()) as { id: string }).id}`);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel generation" }).click();
    await card.getByText("skipped").waitFor();
    await page.getByText("1 webhook: 1 delivered").waitFor();
    expect(await page.getByText("will be told").count()).toBe(0);
  });

  it("show the newest attempt first, and no request for an attempt that was not sent", async () => {
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      changeDeliveries(page, (deliveries) =>
        deliveries.map((each) => {
          const error = "not sent: the endpoint is disabled";
          const unsent = { at: "2026-01-01T00:00:00.000Z", status_code: null, duration_ms: 0, error };
          const attempts = [...(each["attempts"] as Body[]), { ...unsent, response: null, manual: false }];
          return String(each["url"]).endsWith("/down") ? { ...each, attempts } : each;
        }),
      ),
    );
    const card = page
      .getByRole("listitem")
      .filter({ hasText: "generation.completed" })
      .filter({ hasText: dashboard.hook("down") });
    const newest = card.locator(".attempts summary").first();
    await newest.getByText("2026").waitFor();
    await newest.click();
    await card.getByText("No request was sent.").waitFor();
    await card.getByRole("button", { name: "Copy message ID" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^msg_/);
  });

  it("say that an attempt waits for an answer, and which one was asked for by hand", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    const id = await dashboard.generate({ prompt: "[instant]", webhook_url: dashboard.hook("slow") });
    await page.goto(`${stage.url}/#/generations/${id}`);
    const card = page.locator(".delivery").filter({ hasText: dashboard.hook("slow") });
    await card.getByText(/waiting for an answer, \d of 15 s/).waitFor();
    await page.locator(".track .attempt.going").waitFor();
    await card.getByText("delivered", { exact: true }).waitFor();
    expect(await card.getByText("by hand").count()).toBe(0);
    await card.getByRole("button", { name: "Redeliver" }).click();
    await card.locator(".attempts li").filter({ hasText: "Attempt 2" }).getByText("by hand").waitFor();
    expect(await card.getByText("by hand").count()).toBe(1);
  });

  it("audit 18: are shown from all pages of the list", async () => {
    const { page } = await dashboard.open(completed, LIVE, (page) =>
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

  it("are reloaded when an attempt has begun and when it must have ended, even without an event", async () => {
    const now = Date.now();
    const due = new Date(now + 30_000).toISOString();
    const next = { state: "pending", attempts: [], next_attempt_at: due };
    let known: Body | null = next;
    const { page } = await dashboard.open(completed, LIVE, async (page) => {
      await page.clock.install({ time: now });
      await withoutEvents(page);
      await changeDeliveries(page, (deliveries) => deliveries.map((each) => ({ ...each, ...known })));
    });
    const card = page.locator(".delivery").first();
    await card.getByText(/First attempt in (30|2\d) s/).waitFor();
    known = { ...next, attempting_since: due };
    await page.clock.fastForward(31_000);
    await card.getByText(/waiting for an answer, \d of 15 s/).waitFor();
    known = null;
    await page.clock.fastForward(16_000);
    await page.locator(".delivery .badge", { hasText: "delivered" }).first().waitFor();
  });
});

describe("many deliveries", () => {
  it("have those first that need attention, and failed ones can be sent again together", async () => {
    const now = Date.now();
    const timeIn = (ms: number) => new Date(now + ms).toISOString();
    const attempt = (ms: number, status_code: number | null, manual = false) => {
      return { at: timeIn(ms), status_code, duration_ms: 1_240, error: null, response: "", manual };
    };
    const failing = [attempt(-90_000, 500), attempt(-80_000, null), attempt(-60_000, 404), attempt(-30_000, 500, true)];
    const states: Body[] = [
      ...Array(17).fill({ state: "delivered", attempts: [attempt(-90_000, 204)] }),
      { state: "pending", attempts: [attempt(-90_000, 500)], attempting_since: timeIn(-6_200) },
      { state: "pending", attempts: failing, next_attempt_at: timeIn(120_000) },
      { state: "failed", attempts: [attempt(-90_000, 500)] },
      { state: "failed", attempts: [attempt(-90_000, 500)] },
    ];
    const sent: string[] = [];
    const { page } = await dashboard.open(completed, LIVE, async (page) => {
      await page.clock.install({ time: now });
      await changeDeliveries(page, ([first]) =>
        states.map((state, index) => {
          const url = `https://app.example.com/${index}/hook`;
          return { ...first, id: `msg_${index}`, url, next_attempt_at: null, attempting_since: null, ...state };
        }),
      );
      await page.route("**/redeliver", (route) => {
        const id = route.request().url().split("/").at(-2) ?? "";
        sent.push(id);
        states[Number(id.slice(4))] = { state: "delivered", attempts: [attempt(0, 204, true)] };
        return route.fulfill({ status: 202, json: {} });
      });
    });
    await page.getByText("21 webhooks: 2 failed, 1 retrying, 1 sending, 17 delivered").waitFor();
    const cards = page.locator(".delivery:visible");
    const badges = () => cards.locator(".badge").allTextContents();
    expect(await badges()).toEqual(["failed", "failed", "retrying", "sending"]);
    await cards.nth(0).getByText("1 attempt failed, no more will follow.").waitFor();
    await cards
      .nth(2)
      .getByText(/4 failed, next in (2 min|1 min \d+ s)/)
      .waitFor();
    expect(await cards.nth(2).getByText("by hand").count()).toBe(1);
    const waited = async () => {
      const [, seconds] = /1 failed, waiting for an answer, (\d+) of 15 s/.exec(await cards.nth(3).innerText()) ?? [];
      return Number(seconds);
    };
    const before = await waited();
    expect(before).toBeGreaterThanOrEqual(6);
    await expect.poll(waited).toBeGreaterThan(before);
    // The color of the badge, too, tells failing ones from those that wait or failed.
    const colors =
      "new Set([...document.querySelectorAll('.delivery .badge')].map((badge) => getComputedStyle(badge).color))";
    expect(await page.evaluate(`${colors}.size`)).toBe(4);
    expect(await page.locator(".lane").allTextContents()).toEqual(expect.arrayContaining(["…/0/hook", "…/20/hook"]));

    for (const [width, colorScheme] of [
      [360, "dark"],
      [1280, "light"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      await page.screenshot({ path: `${SCREENSHOTS}/deliveries-${width}.png`, fullPage: true });
    }

    // With the keyboard, and the focus stays where the delivery goes.
    await cards.nth(1).getByRole("button", { name: "Redeliver" }).press("Enter");
    await page.getByText("18 delivered", { exact: true }).waitFor();
    expect(sent.splice(0)).toEqual(["msg_20"]);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("18 delivered");
    states[0] = { state: "failed", attempts: [attempt(-90_000, 500)] };
    await page.clock.fastForward(20_000);
    const all = page.getByRole("button", { name: "Redeliver all 2 failed" });
    await all.press("Enter");
    await page.getByText("19 delivered", { exact: true }).waitFor();
    expect(sent).toEqual(["msg_0", "msg_19"]);
    expect(await page.evaluate("document.activeElement === document.body")).toBe(false);
  });
});
