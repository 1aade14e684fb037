// Starts a Worker with its simulated world, and opens its dashboard in the browser.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { inject } from "vitest";
import { setStage, TEST } from "../support/stage.ts";
import { openBrowser, type PageOptions, type WatchedPage } from "./browser.ts";

export const SCREENSHOTS = "out/screenshots";

export async function openDashboard(settings: Readonly<Record<string, string>> = {}) {
  const [stage, browser] = await Promise.all([setStage({ settings }), openBrowser(inject("chromium"))]);
  return {
    stage,
    newPage: browser.newPage,
    /**
     * Signs in without the form, which takes longer.
     * @param before runs on the page before it loads anything.
     */
    async signedIn(
      options: PageOptions = {},
      key = TEST,
      before?: (page: Page) => Promise<unknown>,
    ): Promise<WatchedPage> {
      const watched = await browser.newPage({ permissions: ["clipboard-read", "clipboard-write"], ...options });
      await before?.(watched.page);
      const keyScript = await watched.page.addInitScript(
        `sessionStorage.setItem("reelhook.key", ${JSON.stringify(key)})`,
      );
      await watched.page.goto(`${stage.url}/#/generations`);
      // Later loads of the page keep what the test has made of the key.
      await keyScript.dispose();
      await listOf(watched.page).waitFor();
      return watched;
    },
    /** @returns the id of a new generation in test mode. */
    async generate(more: object = {}): Promise<string> {
      const json = { prompt: "by test", video_url: "https://example.com/v.mp4", ...more };
      return ((await (await stage.call("/v1/generations", { json, key: TEST })).json()) as { id: string }).id;
    },
    async close() {
      await browser.close();
      await stage.stop();
    },
  };
}

export type Dashboard = Awaited<ReturnType<typeof openDashboard>>;

/** Signs in on the page at `url`, and waits for the list of generations. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/#/generations`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await listOf(page).waitFor();
}

/** Signs in with another key in this tab, which has one. Other tabs keep theirs. */
export async function switchKey(page: Page, key: string): Promise<void> {
  await page.getByRole("link", { name: "Switch key" }).click();
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Switch API key" }).waitFor({ state: "detached" });
}

function listOf(page: Page) {
  return page.getByRole("heading", { name: "Generations", exact: true });
}

/** The text box of the playground that chooses the model. */
export function modelBox(page: Page) {
  return page.getByRole("combobox", { name: "Model model", exact: true });
}

/** The models in its list, while that is open. */
export function options(page: Page) {
  return page.getByRole("listbox", { name: "Models" }).getByRole("option");
}

/** Chooses a model in the playground by its id, and waits for its fields. */
export async function chooseModel(page: Page, id: string): Promise<void> {
  await modelBox(page).fill(id);
  await options(page).first().waitFor();
  await modelBox(page).press("Enter");
  await page.getByText(`"model": "${id}"`).waitFor();
}

interface AxeOptions {
  /** Selector of the only part of the page that is checked. */
  readonly within?: string;
  /** The only rules. */
  readonly rules?: string[];
}

/** Violations that axe finds: the rule, then its elements. */
export async function violationsOf(page: Page, { within, rules }: AxeOptions = {}): Promise<string[][]> {
  // Legacy mode only lacks frames of other origins, which these pages do not have. It takes half the time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  if (within !== undefined) axe.include(within);
  if (rules !== undefined) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
}
