// The keyboard alone leads from signing in through every page, and always shows where it is.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard();
});

afterAll(() => dashboard.close());

const PAGES = ["Generations", "Playground", "Webhooks", "Usage", "API keys", "Overview"];

/** More than any page has. */
const MOST_STOPS = 80;

interface Stop {
  readonly name: string;
  readonly isVisible: boolean;
}

/** Where the focus is; null if it is nowhere. It is visible if it has an outline and lies within the window. */
function focused(page: Page): Promise<Stop | null> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { top, bottom, width, height } = element.getBoundingClientRect();
    // The browser draws the focus of a video's own controls.
    const isControl = element.tagName === "VIDEO" && !element.matches(":focus-visible");
    const hasOutline = isControl || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1);
    const isThere = width > 0 && height > 0 && bottom > 0 && top < innerHeight;
    const name = (element.ariaLabel ?? element.textContent ?? "").trim() || element.id || element.tagName;
    return { name, isVisible: hasOutline && isThere };
  })()`);
}

/**
 * Presses Tab until the stop of this name has the focus; without a name, until the focus leaves the page.
 *
 * @returns the stops that are not visible.
 */
async function tabTo(page: Page, name: string | null): Promise<readonly string[]> {
  const hidden: string[] = [];
  for (let at = 0; at < MOST_STOPS; at++) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop !== null && !stop.isVisible) hidden.push(stop.name);
    if (stop?.name === name || (stop === null && name === null)) return hidden;
  }
  throw new Error(`${name ?? "the end of the page"} is not reached within ${MOST_STOPS} stops`);
}

it("signs in, visits every page, and signs out", async () => {
  const prompt = "[instant]";
  const id = await dashboard.generate({ prompt });
  const json = { url: "https://hooks.example.com/videos" };
  await dashboard.stage.call("/v1/webhook-endpoints", { key: TEST, json });
  await dashboard.stage.call(`/v1/generations/${id}`, { key: TEST, headers: { prefer: "wait=60" } });
  const { page, troubles } = await dashboard.newPage();
  await page.goto(dashboard.stage.url);
  await page.getByLabel("API key").waitFor();
  // Where one types has the focus.
  await page.keyboard.type(TEST);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  for (const name of PAGES) {
    expect(await tabTo(page, name), `on the way to ${name}`).toEqual([]);
    await page.keyboard.press("Enter");
    const heading = page.getByRole("heading", { level: 1, name });
    await heading.waitFor();
    await page.locator(".loading").waitFor({ state: "detached" });
    // On the heading, or where one types.
    await expect
      .poll(() => page.evaluate("document.activeElement?.closest('main') !== null"), { message: name })
      .toBe(true);
    expect(await tabTo(page, null), name).toEqual([]);
  }
  for (const [list, item] of [
    ["Generations", prompt],
    ["Webhooks", "hooks.example.com/videos"],
  ] as const) {
    for (const name of [list, item]) {
      await tabTo(page, name);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: name === prompt ? id : name }).waitFor();
      await page.locator(".loading").waitFor({ state: "detached" });
    }
    expect(await tabTo(page, null), item).toEqual([]);
  }
  await tabTo(page, "Sign out");
  await page.keyboard.press("Enter");
  await page.getByLabel("API key").waitFor();
  expect(troubles).toEqual([]);
});
