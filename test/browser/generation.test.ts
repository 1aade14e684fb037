// The page of one generation: it shows the truth from acceptance on, and updates do not shift the layout.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import { change, type DashboardWithOne, openDashboardWithOne, withoutEvents } from "./one-generation.ts";
import { SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: DashboardWithOne;
let stage: Stage;
let completed: string;

beforeAll(async () => {
  dashboard = await openDashboardWithOne();
  ({ stage, completed } = dashboard);
});

afterAll(() => dashboard.close());

describe("a video that fails to play", () => {
  it("is tried once more with a fresh link", async () => {
    let loads = 0;
    const { page } = await dashboard.open(completed, LIVE, (page) =>
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
    const { page } = await dashboard.open(completed);
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

describe("a generation without a video", () => {
  it("says what happened, what to do next and whether it is billed", async () => {
    // The sandbox refuses it while the caller waits.
    const json = { prompt: "[no-credits]", video_url: "https://example.com/v.mp4" };
    const refusal = await stage.call("/v1/generations", { json, key: TEST });
    const { generation_id } = (await refusal.json()) as { generation_id: string };
    const { page } = await dashboard.open(generation_id, TEST);
    const panel = page.getByRole("region", { name: "Not enough credits" });
    await panel.getByText("Add credits to the provider account, then run it again.").waitFor();
    await panel.getByText("Not billed: test mode is free.").waitFor();
    await panel.getByText("insufficient_credits").waitFor();
    await page.getByText("No webhook was told.").waitFor();
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await violationsOf(page)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}/failed-${width}.png`, fullPage: true });
    }
  });

  it("that was not stored shows the provider's link with a copy button", async () => {
    const url = "https://cdn.example.com/a/very/long/way/to/the/video.mp4?signature=abc";
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      change(page, completed, (generation) => ({
        ...generation,
        status: "failed",
        video: null,
        error: { code: "storage_failed", message: "R2 refused the copy.", retryable: true, source_url: url },
      })),
    );
    await page.getByText("Billed: the provider states that it charged 120,000 credits.").waitFor();
    await page.getByRole("button", { name: "Copy provider link" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(url);
  });
});

describe("what the page says about a generation", () => {
  it("fits in one line or unfolds, agrees with itself, and can be copied", async () => {
    const prompt = `A lantern. ${"It drifts over the lake. ".repeat(30)}`;
    const upload = "data:video/mp4;… (1234567 bytes)";
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      change(page, completed, (generation) => ({ ...generation, input: { prompt, video_url: upload } })),
    );
    await page.setViewportSize({ width: 360, height: 800 });
    const heading = page.getByRole("heading", { name: completed, exact: true });
    await heading.waitFor();
    const lineOf = (selector: string) => page.locator(selector).evaluate((it) => it.getBoundingClientRect().height);
    expect(await lineOf(".name")).toBeLessThan(40);
    const shortened = await lineOf(".prompt p");
    await page.getByRole("button", { name: "Show all" }).press("Enter");
    expect(await lineOf(".prompt p")).toBeGreaterThan(2 * shortened);
    await page.getByRole("button", { name: "Show less" }).press("Enter");
    expect(await lineOf(".prompt p")).toBe(shortened);

    // The parts add up to the whole. It took a few seconds, so they are in tenths.
    const msOf = (text: string) =>
      Number(/([\d.]+) s/.exec(text)?.[1] ?? 0) * 1_000 + Number(/(\d+) ms/.exec(text)?.[1] ?? 0);
    const parts = await page.locator(".legend li", { hasText: /^ ?(queued|generating|storing) / }).allTextContents();
    const total = await page.locator(".details dd").nth(2).innerText();
    expect(parts).toHaveLength(3);
    expect(parts.reduce((sum, part) => sum + (part.includes("<") ? 0 : msOf(part)), 0)).toBeCloseTo(msOf(total));

    const copied = () => page.evaluate("navigator.clipboard.readText()") as Promise<string>;
    await page.getByText(/^The link works until \w/).waitFor();
    await page.getByRole("button", { name: "Copy link" }).click();
    const answer = await fetch(await copied());
    expect(answer.status).toBe(200);
    await answer.body?.cancel();

    await page.getByText("Put the whole data URIs in their place before you run it.").waitFor();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    const command = await copied();
    expect(command).toMatch(new RegExp(`^curl ${stage.url}/v1/generations .*\\$REELHOOK_KEY`, "s"));
    expect(command).toContain(upload);
    expect(command).not.toContain(LIVE);

    await page.getByText("JSON of GET").press("Enter");
    const box = page.locator(".json pre");
    await box.focus();
    await page.keyboard.press("End");
    await expect.poll(() => box.evaluate((it) => it.scrollTop)).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Copy JSON" }).click();
    expect(JSON.parse(await copied())).toMatchObject({ id: completed, object: "generation", input: { prompt } });
    expect(await box.textContent()).toBe(await copied());
    expect(await box.locator(".json-name").first().textContent()).toBe('"id"');
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/json-360.png`, fullPage: true });
  });
});

describe("a generation whose model is retired", () => {
  it("says so in a notice", async () => {
    let deprecated: object | null = null;
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      change(page, completed, (generation) => ({ ...generation, deprecated })),
    );
    await page.getByRole("heading", { name: completed }).waitFor();
    const notice = page.getByRole("note");
    expect(await notice.count()).toBe(0);
    for (const [retirement, text] of [
      [{ on: "2099-12-15", replacement: null }, "This model will be retired on 15 December 2099."],
      [
        { on: "2020-01-02", replacement: "vendor/next" },
        "This model was retired on 2 January 2020. Use vendor/next instead.",
      ],
      [
        { on: "2099-12-15", replacement: "vendor/next" },
        "This model will be retired on 15 December 2099. Use vendor/next instead.",
      ],
    ] as const) {
      deprecated = retirement;
      await page.reload();
      await notice.waitFor();
      expect(await notice.textContent()).toBe(text);
    }
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/model-ends.png` });
  });
});

describe("a page that fails to load", () => {
  it("shows the error and does not claim that the generation was deleted", async () => {
    const { page } = await dashboard.open(completed, LIVE, async (page) => {
      await withoutEvents(page);
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

describe("over http on a local network", () => {
  it("copying still works", async () => {
    const { page } = await dashboard.open(completed, LIVE, (page) =>
      page.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })"),
    );
    await page.reload();
    await page.getByRole("button", { name: "Copy ID" }).click();
    await page.getByRole("button", { name: "Copied ID" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(completed);
  });
});

describe("with only the keyboard", () => {
  it("a user can sign in, start a generation and cancel it", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(`${stage.url}/#/generations`);
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
    await tabTo("Test scenario Completes");
    await press("Enter");
    await press("Tab");
    // From the first choice to the last one.
    await press("ArrowUp");
    expect(await page.getByLabel("prompt").inputValue()).toContain("[never]");
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
