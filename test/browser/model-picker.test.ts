// Choosing a model in the playground.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENDING, EVERYTHING, FREE } from "./models.ts";
import { openPlayground as open } from "./playground-page.ts";
import { chooseModel, type Dashboard, modelBox, openDashboard, options, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ EXTRA_MODELS: FREE.id });
});

afterAll(() => dashboard.close());

const openPlayground = () => open(dashboard);
const active = (page: Page) => page.locator('[role="option"][aria-selected="true"] code').textContent();

describe("the list of models", () => {
  it("is not loaded before the field has the focus", async () => {
    const { page, requests } = await openPlayground();
    // The list of generations, where the test signs in, has asked for them, too.
    const before = requests.length;
    const asked = () => requests.slice(before).filter((url) => url.endsWith("/v1/models"));
    expect(await options(page).count()).toBe(0);
    expect(asked()).toEqual([]);
    await modelBox(page).focus();
    await modelBox(page).press("ArrowDown");
    await options(page).first().waitFor();
    await page.keyboard.press("Escape");
    await modelBox(page).click();
    await options(page).first().waitFor();
    expect(asked()).toHaveLength(1);
  });

  it("is used by keyboard", async () => {
    const { page, troubles } = await openPlayground();
    const box = modelBox(page);
    await box.focus();
    expect(await box.getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("ArrowDown");
    await page.getByText("154 of 154 models").waitFor();
    expect(await box.getAttribute("aria-expanded")).toBe("true");
    expect(await active(page)).toBe("runway/gen4_aleph");
    expect(await page.locator('[aria-current="true"]').count()).toBe(1);
    await page.keyboard.press("ArrowUp");
    expect(await active(page)).toBe(FREE.id);
    const id = await box.getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${id}"] code`).textContent()).toBe(FREE.id);
    expect(await page.locator(`[id="${id}"]`).isVisible()).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("PageDown");
    expect(await active(page)).toBe("filler/model-4");
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.type("acme");
    await page.getByText("2 of 154 models").waitFor();
    expect(await active(page)).toBe(EVERYTHING.id);
    await page.keyboard.press("Escape");
    expect(await box.inputValue()).toBe("runway/gen4_aleph");
    expect(await options(page).count()).toBe(0);
    await page.keyboard.type("acme");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText(`"model": "${ENDING.id}"`).waitFor();
    expect(await box.inputValue()).toBe(ENDING.id);
    expect(await box.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    // Enter opens the list and does not submit the form.
    await page.keyboard.press("Enter");
    await options(page).first().waitFor();
    await page.keyboard.press("Tab");
    expect(await options(page).count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it("is used by mouse", async () => {
    const { page } = await openPlayground();
    await modelBox(page).click();
    await options(page).filter({ hasText: "Everything" }).click();
    await page.getByText(`"model": "${EVERYTHING.id}"`).waitFor();
    await modelBox(page).click();
    await page.getByRole("heading", { name: "Playground" }).click();
    await expect.poll(() => options(page).count()).toBe(0);
    expect(await modelBox(page).inputValue()).toBe(EVERYTHING.id);
  });

  it.each([
    ["developer", "some labs", [FREE.id]],
    ["name", "ENDING", [ENDING.id]],
    ["capability", "acme image to video", [EVERYTHING.id]],
  ])("is searched by %s", async (_, query, found) => {
    const { page } = await openPlayground();
    await modelBox(page).fill(query);
    await page.getByText(`${found.length} of 154 models`).waitFor();
    expect(await options(page).locator("code").allTextContents()).toEqual(found);
  });

  it("says that nothing matches, and marks models that will be retired", async () => {
    const { page } = await openPlayground();
    await modelBox(page).fill("nobody");
    await page.getByText("No model matches “nobody”.").waitFor();
    await modelBox(page).press("Enter");
    expect(await violationsOf(page)).toEqual([]);
    await modelBox(page).fill("acme");
    await options(page).filter({ hasText: "retires on 2099-03-31" }).waitFor();
    expect(await options(page).first().textContent()).toContain("Acme Motion · text to video, image to video");
  });

  it("can be loaded again after a failure", async () => {
    const { page } = await openPlayground();
    await page.route("**/v1/models", (route) => route.abort(), { times: 1 });
    await modelBox(page).click();
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await modelBox(page).click();
    await options(page).first().waitFor();
  });
});

describe("a model that will be retired", () => {
  it("is marked, and its replacement is one click away", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, ENDING.id);
    await page.getByRole("note").filter({ hasText: "This model will be retired on 31 March 2099." }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("button", { name: EVERYTHING.id }).click();
    await page.getByText(`"model": "${EVERYTHING.id}"`).waitFor();
    expect(await page.getByText("This model will be retired").count()).toBe(0);
    expect(await modelBox(page).evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  });
});
