// What the playground's form shows first, files, webhooks, and what is kept.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { chooseModel, type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

const CLIP = join(import.meta.dirname, "../../src/providers/sandbox.mp4");
const CLIP_BYTES = readFileSync(CLIP).length;

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ AIMLAPI_KEY: "" });
});

afterAll(() => dashboard.close());

async function openPlayground(key = TEST, viewport = { width: 1280, height: 800 }, colorScheme?: "dark") {
  const watched = await dashboard.signedIn({ viewport, ...(colorScheme && { colorScheme }) }, key);
  await watched.page.goto(`${dashboard.stage.url}/#/playground`);
  await button(watched.page).waitFor();
  return watched;
}

const button = (page: Page) => page.getByRole("button", { name: /^Generate/ });
const prompt = (page: Page) => page.getByLabel("Prompt prompt required");
const address = (page: Page) => page.getByRole("textbox", { name: "Video video_url required" });
const picker = (page: Page) => page.locator('input[type="file"]').first();
const code = (page: Page) => page.getByRole("region", { name: "Code sample" });

/** Drops a file on the element. */
async function drop(page: Page, on: string, name: string, type: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    `(() => { const moved = new DataTransfer(); moved.items.add(new File(["film"], "${name}", { type: "${type}" })); return moved; })()`,
  );
  await page.dispatchEvent(on, "dragover", { dataTransfer });
  await page.dispatchEvent(on, "drop", { dataTransfer });
}

describe.each([
  ["light", 1280, 800],
  ["dark", 360, 740],
] as const)("in %s, on a screen of %i × %i pixels", (colorScheme, width, height) => {
  it("the first screen holds the prompt, the input and the button, and everything passes axe", async () => {
    const { page, troubles } = await openPlayground(
      TEST,
      { width, height },
      colorScheme === "dark" ? "dark" : undefined,
    );
    const boxes = await Promise.all([prompt(page), address(page), button(page)].map((each) => each.boundingBox()));
    let end = 0;
    for (const box of boxes) {
      expect(box?.y).toBeGreaterThan(end);
      end = (box?.y ?? 0) + (box?.height ?? 0);
    }
    expect(end).toBeLessThanOrEqual(height);
    await page.screenshot({ path: `${SCREENSHOTS}/playground-first-${width}.png` });
    await picker(page).setInputFiles(CLIP);
    await page.locator("video.preview").waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.getByLabel("Retention days").fill("-1");
    await button(page).click();
    await page.getByRole("alert").getByText("Retention days retention_days").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    // A field at the end of the form is not hidden behind the button.
    const field = await page.getByLabel("Retention days").boundingBox();
    expect((field?.y ?? 0) + (field?.height ?? 0)).toBeLessThanOrEqual((await button(page).boundingBox())?.y ?? 0);
    await page.screenshot({ path: `${SCREENSHOTS}/playground-all-${width}.png`, fullPage: true });
    expect(troubles).toEqual([]);
  });
});

describe("a file", () => {
  it("is chosen or dropped, previewed, sent as a data URI, and refused before it is read if it cannot be sent", async () => {
    const { page, troubles } = await openPlayground();
    await drop(page, ".media", "notes.txt", "text/plain");
    await page.getByText("notes.txt is not a video.").waitFor();
    expect(await address(page).getAttribute("aria-invalid")).toBe("true");
    // Only the size is looked at: such a file is larger than the memory of a browser's tab.
    await page.evaluate(
      `Object.defineProperty(File.prototype, "size", { get: () => 40_000_000_000, configurable: true })`,
    );
    await drop(page, ".media", "long.mp4", "video/mp4");
    await page.getByText("long.mp4 is 40.0 GB. A request can carry 25.1 MB of files.").waitFor();
    await page.evaluate("delete File.prototype.size");
    await drop(page, ".media", "film.mp4", "video/mp4");
    await page.getByText("film.mp4 4 B").waitFor();
    // What is dropped is no film.
    await page.getByText("No preview").waitFor();
    await code(page).getByText('"video_url": "data:video/mp4;base64,… (4 B)"').waitFor();
    await code(page).getByText("The content of each file is left out").waitFor();
    await drop(page, "h1", "stray.mp4", "video/mp4");
    expect(await page.getByText("film.mp4").count()).toBe(1);
    await page.getByRole("button", { name: "Remove: Video" }).click();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Choose a file");
    await picker(page).setInputFiles(CLIP);
    const video = page.locator("video.preview");
    await expect.poll(() => video.evaluate((element) => (element as unknown as { duration: number }).duration)).toBe(5);
    const asked = page.waitForRequest((request) => request.method() === "POST");
    await button(page).click();
    const { video_url } = (await asked).postDataJSON() as { video_url: string };
    expect(video_url).toBe(`data:video/mp4;base64,${readFileSync(CLIP).toString("base64")}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();

    // The API does not return the file, so it is asked for again.
    await page.getByRole("link", { name: "Run again with changes" }).click();
    await page.getByText("Choose the file again").waitFor();
    await page.getByText(`video/mp4 ${(CLIP_BYTES / 1000).toFixed(1)} kB`).waitFor();
    await button(page).click();
    await page.getByRole("alert").getByText("Video video_url").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Replace");
    expect(troubles).toEqual([]);
  });
});

describe("webhooks", () => {
  it("have rows with a URL and events, and show errors at their row", async () => {
    const { page } = await openPlayground();
    const url = (at: number) => page.getByLabel(`webhooks[${at}].url`);
    await url(0).fill("https://example.com/a");
    await page.getByRole("button", { name: "Add webhook" }).click();
    // The focus is in the new row, which is not sent while it is empty.
    await page.keyboard.type("nowhere");
    await page.getByText("Events").last().click();
    await page.getByLabel("generation.started").last().check();
    for (const type of ["completed", "canceled"]) await page.getByLabel(`generation.${type}`).last().uncheck();
    await code(page)
      .getByText(/"events": \[\s+"generation.started",\s+"generation.failed"\s+\]/)
      .waitFor();
    await button(page).click();
    await page.getByRole("alert").getByText("Webhooks 2, URL webhooks[1].url").waitFor();
    await expect.poll(() => url(1).evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
    await page.getByRole("button", { name: "Remove webhook https://example.com/a" }).click();
    expect(await url(0).inputValue()).toBe("nowhere");
    expect(await page.evaluate("document.activeElement !== document.body")).toBe(true);
  });
});

describe("what was typed", () => {
  it("survives Back and a reload, also after choosing another model, and is gone after signing out", async () => {
    const { page } = await openPlayground();
    await prompt(page).fill("half a sentence");
    await picker(page).setInputFiles({ name: "big.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(200_000) });
    await page.getByText("big.mp4 200.0 kB").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Usage" }).click();
    await page.getByRole("heading", { name: "Usage", exact: true }).waitFor();
    await page.goBack();
    expect(await prompt(page).inputValue()).toBe("half a sentence");
    await page.getByText("big.mp4 200.0 kB").waitFor();
    expect(await page.getByText("Choose the file again").count()).toBe(0);
    await page.reload();
    await page.getByText("Choose the file again").waitFor();
    await page.getByText("big.mp4 200.0 kB").waitFor();
    expect(await prompt(page).inputValue()).toBe("half a sentence");
    await chooseModel(page, "runway/gen4_turbo");
    await picker(page).setInputFiles({ name: "small.png", mimeType: "image/png", buffer: Buffer.alloc(300) });
    await page.getByText("small.png 300 B").waitFor();
    await page.reload();
    await code(page).getByText('"image_url": "data:image/png;base64,… (300 B)"').waitFor();
    expect(await page.getByLabel("Prompt prompt").inputValue()).toBe("half a sentence");

    await page.getByRole("button", { name: "Clear" }).click();
    expect(await page.getByLabel("Prompt prompt").inputValue()).toBe("");
    await page.getByRole("button", { name: "Undo clear" }).click();
    expect(await page.getByLabel("Prompt prompt").inputValue()).toBe("half a sentence");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });
});

describe("live mode without an API key of the provider", () => {
  it("says so before anything is typed, fills in no address, and can be checked again", async () => {
    const { page, troubles } = await openPlayground(LIVE);
    const notice = page.getByRole("note").filter({ hasText: "Live mode has no API key of the provider yet" });
    await notice.getByText("npx wrangler secret put AIMLAPI_KEY").waitFor();
    expect(
      await page.locator("form :is(input, textarea)").evaluateAll((all) =>
        all
          .map((each) => each as unknown as { value: string; name: string; type: string })
          .filter(({ type, name }) => type !== "checkbox" && name !== "model")
          .map(({ value }) => value)
          .join(""),
      ),
    ).toBe("");
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/playground-live-without-key.png` });
    await page.route("**/healthz", (route) => route.fulfill({ json: { status: "ok", version: "1", live: "ready" } }));
    await notice.getByRole("button", { name: "Check again" }).click();
    await notice.waitFor({ state: "detached" });
    expect(troubles).toEqual([]);
  });
});
