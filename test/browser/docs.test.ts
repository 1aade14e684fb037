// The API reference page in a real browser.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../src/http/routes.ts";
import { LIVE, OTHER, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let url: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  url = dashboard.stage.url;
});

afterAll(() => dashboard.close());

const status = (page: Page) => page.getByRole("status");

/** Sends the request of an operation without a body, and waits for the answer. @returns its `Authorization` header. */
async function send(page: Page, operation: string): Promise<string | undefined> {
  const block = page.locator(`#operations-${operation}`);
  if ((await block.getByRole("button", { name: "Execute" }).count()) === 0) {
    await block.locator(".opblock-summary-control").click();
    await block.getByRole("button", { name: "Try it out" }).click();
  }
  const sent = page.waitForRequest((request) => request.url().startsWith(`${url}/v1/`));
  await block.getByRole("button", { name: "Execute" }).click();
  const request = await sent;
  await request.response();
  return request.headers()["authorization"];
}

/** Leaves out all operations of other paths, which take seconds to draw. */
async function showOnly(page: Page, path: string): Promise<void> {
  await page.context().route("**/openapi.json", async (route) => {
    const { paths, ...others } = await (await route.fetch()).json();
    await route.fulfill({ json: { ...others, webhooks: {}, paths: { [path]: paths[path] } } });
  });
}

async function expectToFit(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
}

/** Everything that outlives the page. */
const STORED =
  "[JSON.stringify({ ...localStorage }), document.cookie, location.href, Object.keys(sessionStorage).sort()]";

describe("/docs", () => {
  it("shows every operation, loads only from its own origin and violates no CSP rule", async () => {
    const { page, troubles, requests } = await dashboard.newPage();
    // The address cannot choose what is shown.
    const choice = "https://attacker.example/openapi.json";
    await page.goto(`${url}/docs?url=${choice}&urls.primaryName=x&configUrl=${choice}&spec={}`);
    await page.locator(".opblock").first().waitFor();
    // Plus the two OpenAPI webhooks.
    expect(await page.locator(".opblock").count()).toBe(ROUTES.length + 2);
    for (const width of [360, 1280]) await expectToFit(page, width);
    await page.locator("#operations-Generations-createGeneration").click();
    await page.getByText("Add a small fairy").first().waitFor();
    expect(requests.filter((each) => !each.startsWith(url) && !each.startsWith("data:"))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it("is legible in dark mode, and its own parts pass axe", async () => {
    const { page, troubles } = await dashboard.newPage();
    await showOnly(page, "/v1/generations");
    await page.goto(`${url}/docs`);
    const operation = "#operations-Generations-createGeneration";
    await page.locator(`${operation} .opblock-summary-control`).click();
    await page.locator(`${operation} .response`).first().waitFor();
    await page.getByRole("status").getByText("sign in").waitFor();
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 360],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await expectToFit(page, width);
      await page.screenshot({ path: `${SCREENSHOTS}/docs-${colorScheme}-${width}.png` });
      expect(await violationsOf(page, { within: "header, footer" }), colorScheme).toEqual([]);
    }
    const parts = [".opblock-section", ".response:first-child"].map((part) => `${operation} ${part}`);
    const within = [...parts, ".scheme-container", ".info"].join();
    expect(await violationsOf(page, { within, rules: ["color-contrast"] })).toEqual([]);
    expect(troubles).toEqual([]);
  });
});

describe("the key of the session", () => {
  it("is used in /docs, in the same tab and in a new one, and is neither stored nor in an address", async () => {
    const { page, requests, troubles } = await dashboard.signedIn({}, TEST, (page) => showOnly(page, "/v1/account"));
    await page.getByRole("navigation").getByRole("link", { name: "API", exact: true }).click();
    await status(page).getByText("Signed in as acme, test mode. Requests are real, and free.").waitFor();
    expect(await send(page, "Account-getAccount")).toBe(`Bearer ${TEST}`);
    await page.getByText('"name": "acme"').first().waitFor();
    const tab = await page.context().newPage();
    await tab.goto(`${url}/docs`);
    await status(tab).getByText("Signed in as acme, test mode.").waitFor();
    expect(await send(tab, "Account-getAccount")).toBe(`Bearer ${TEST}`);
    expect(await tab.evaluate(STORED)).toEqual([
      "{}",
      "",
      `${url}/docs#/Account/getAccount`,
      ["reelhook.key", "reelhook.sign-out"],
    ]);
    expect(requests.filter((each) => each.includes(TEST))).toEqual([]);
    await page.getByRole("link", { name: "Dashboard" }).click();
    await page.getByRole("banner").getByText("Signed in as acme").waitFor();

    // Signing out there takes the key from here.
    await page.getByRole("button", { name: "Sign out" }).click();
    await status(tab).getByText("sign in to the dashboard, or enter an API key under Authorize.").waitFor();
    expect(await send(tab, "Account-getAccount")).toBeUndefined();
    await page.getByLabel("API key").fill(LIVE);
    await page.keyboard.press("Enter");
    await status(tab).getByText("Signed in as acme, live mode. Requests are real.").waitFor();
    expect(await send(tab, "Account-getAccount")).toBe(`Bearer ${LIVE}`);
    expect(troubles).toEqual([]);
  });

  it("gives way to a key that is entered here, and says if it is not accepted", async () => {
    const { page, troubles } = await dashboard.newPage();
    await showOnly(page, "/v1/account");
    await page.goto(`${url}/docs`);
    const link = status(page).getByRole("link", { name: "sign in to the dashboard" });
    await link.waitFor();
    expect(await send(page, "Account-getAccount")).toBeUndefined();
    await page.getByRole("button", { name: "Authorize", exact: true }).click();
    await page.getByLabel("auth-bearer-value").first().fill(OTHER);
    await page.getByLabel("Apply credentials").first().click();
    await status(page).getByText("Requests are sent with the API key under Authorize.").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).first().click();
    expect(await send(page, "Account-getAccount")).toBe(`Bearer ${OTHER}`);
    expect(await page.evaluate(STORED)).toEqual(["{}", "", `${url}/docs#/Account/getAccount`, []]);
    await page.reload();
    await link.click();
    await page.getByLabel("API key").fill(TEST);
    await page.keyboard.press("Enter");
    await page.getByRole("banner").getByText("Signed in as acme").waitFor();
    const refused = { status: 401, json: { detail: "Unknown API key." } };
    await page.route("**/v1/account", (route) => route.fulfill(refused));
    await page.goto(`${url}/docs`);
    await status(page).getByText("Unknown API key. To send requests from here, sign in to the dashboard.").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect(troubles).toEqual([]);
  });
});
