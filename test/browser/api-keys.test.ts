// API keys in the dashboard: made, used and revoked with ADMIN_KEY, and what a read-only key shows.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

const ADMIN_KEY = "rh_admin_acme_0123456789";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ ADMIN_KEY });
  dashboard.stage.world.play("receivers", {});
});

afterAll(() => dashboard.close());

async function makeKey(fields: object): Promise<{ readonly id: string; readonly key: string }> {
  const answer = await dashboard.stage.call("/v1/api-keys", { key: ADMIN_KEY, json: { mode: "test", ...fields } });
  return (await answer.json()) as { id: string; key: string };
}

async function showKeys(page: Page, adminKey = ADMIN_KEY): Promise<void> {
  const field = page.getByLabel("ADMIN_KEY");
  await field.fill(adminKey);
  await field.press("Enter");
}

function expectFocus(page: Page, name: string): Promise<void> {
  return page.getByRole("button", { name }).and(page.locator(":focus")).waitFor();
}

async function expectGoodLooks(page: Page, name: string, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name).toBe(true);
    await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
  }
  expect(await violationsOf(page), name).toEqual([]);
}

describe("somebody who has only ADMIN_KEY", () => {
  it("makes the first API key, and signs in with it", async () => {
    const { page, troubles } = await dashboard.newPage({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(dashboard.stage.url);
    await page.getByRole("link", { name: "Manage API keys" }).click();
    await page.getByLabel("ADMIN_KEY").and(page.locator(":focus")).waitFor();
    await showKeys(page, "rh_admin_wrong_0123456789");
    await page.getByRole("alert").getByText("This key is not ADMIN_KEY.").waitFor();
    await page.getByText("npx wrangler secret put ADMIN_KEY").waitFor();
    await expectGoodLooks(page, "admin-key", "light");
    await showKeys(page);
    await page.getByText("No API keys").waitFor();
    await expectFocus(page, "Make an API key");
    await page.keyboard.press("Enter");
    await page.getByLabel("Account").fill("No Such");
    await page.getByLabel("Name").fill("My laptop");
    await page.getByRole("button", { name: "Make key" }).click();
    await page.getByText("must have 1 to 40 characters").waitFor();
    await page.getByLabel("Account").fill("newcomer");
    await page.getByLabel("Expires").selectOption("In 90 days");
    await expectGoodLooks(page, "make-api-key", "dark");
    await page.getByRole("button", { name: "Make key" }).click();
    await page.getByText("It will not be shown again.").waitFor();
    await expectFocus(page, "Copy API key");
    await expectGoodLooks(page, "made-api-key", "light");
    await page.keyboard.press("Enter");
    await page.getByText("Copied").waitFor();
    const key = await page.getByTestId("secret").textContent();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(key);
    await page.getByRole("button", { name: "Sign in with this key" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    expect(await page.getByRole("banner").textContent()).toContain("Signed in as newcomerTest mode");
    expect(await page.evaluate("Object.values({ ...sessionStorage, ...localStorage }).join(``)")).toBe(key);
    expect(troubles).toEqual([]);
  });
});

describe("a key that is made while its dialog is closed", () => {
  it("is shown, because nobody can read it again", async () => {
    const { page, troubles } = await dashboard.newPage();
    await page.goto(`${dashboard.stage.url}/#/keys`);
    await showKeys(page);
    let release = () => {};
    const isClosed = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/v1/api-keys", async (route) => {
      await isClosed;
      await route.continue();
    });
    await page.getByRole("button", { name: "Make an API key" }).click();
    await page.getByLabel("Account").fill("hasty");
    await page.getByLabel("Name").fill("Closed too soon");
    await page.getByRole("button", { name: "Make key" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    release();
    const dialog = page.getByRole("dialog", { name: "Copy this API key now" });
    expect(await dialog.getByTestId("secret").textContent()).toMatch(/^rh_test_/);
    await expectFocus(page, "Copy API key");
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByRole("row").filter({ hasText: "Closed too soon" }).waitFor();
    await expectFocus(page, "Make an API key");
    expect(troubles).toEqual([]);
  });
});

describe("the list of API keys", () => {
  it("shows each key, and revokes one after a confirmation", async () => {
    const { key, id } = await makeKey({ account: "acme", name: "Status page", read_only: true });
    await makeKey({ account: "brook", name: "<b>Backend</b> with a name that is rather long", mode: "live" });
    const { page, troubles } = await dashboard.signedIn({}, key);
    await page.getByRole("link", { name: "API keys" }).click();
    await showKeys(page);
    const row = page.getByRole("row").filter({ hasText: "Status page" });
    await row.getByText("read-only").waitFor();
    await row.getByText(key.slice(0, 14)).waitFor();
    await page.getByRole("row").filter({ hasText: "<b>Backend</b>" }).getByText("live", { exact: true }).waitFor();
    await expectGoodLooks(page, "api-keys", "light");
    await expectGoodLooks(page, "api-keys", "dark");
    await row.getByRole("button", { name: "Revoke Status page" }).click();
    const dialog = page.getByRole("dialog", { name: "Revoke this API key?" });
    await dialog.getByText("It stops working within 60 seconds.").waitFor();
    await dialog.getByText("You are signed in with this key.").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await row.waitFor({ state: "detached" });
    const again = await dashboard.stage.call(`/v1/api-keys/${id}`, { key: ADMIN_KEY, method: "DELETE" });
    expect(again.status).toBe(404);
    await page.reload();
    expect(await page.getByLabel("ADMIN_KEY").inputValue()).toBe("");
    expect(troubles).toEqual([]);
  });

  it("does not bring back a revoked key when an earlier answer arrives late", async () => {
    const name = `Short-lived${"x".repeat(89)}`;
    await makeKey({ account: "acme", name });
    const { page } = await dashboard.newPage();
    await page.goto(`${dashboard.stage.url}/#/keys`);
    await showKeys(page);
    const row = page.getByRole("row").filter({ hasText: name });
    await row.waitFor();
    const answered: Promise<void>[] = [];
    let release = () => {};
    const isRevoked = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(
      "**/v1/api-keys?*",
      async (route) => {
        const response = await route.fetch();
        answered.push(isRevoked.then(() => route.fulfill({ response })));
      },
      { times: 1 },
    );
    await page.getByRole("button", { name: "Make an API key" }).click();
    await page.getByLabel("Account", { exact: true }).fill("acme");
    await page.getByLabel("Name", { exact: true }).fill("Another");
    await page.getByRole("button", { name: "Make key" }).click();
    await page.getByRole("button", { name: "Done" }).click();
    await row.getByRole("button", { name: `Revoke ${name}` }).click();
    const dialog = page.getByRole("dialog");
    const widths = "[document.querySelector('dialog').scrollWidth, document.querySelector('dialog').clientWidth]";
    const [needed = 0, given = 0] = await page.evaluate<number[]>(widths);
    expect(needed).toBeLessThanOrEqual(given);
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await row.waitFor({ state: "detached" });
    const late = page.waitForResponse("**/v1/api-keys?*");
    release();
    await (await late).finished();
    await Promise.all(answered);
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
    expect(answered).toHaveLength(1);
    expect(await row.count()).toBe(0);
  });

  it("is read again after a failure", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(`${dashboard.stage.url}/#/keys`);
    const unavailable = { status: 503, json: { detail: "The API keys cannot be read now." } };
    await page.route("**/v1/api-keys?*", (route) => route.fulfill(unavailable), { times: 1 });
    await showKeys(page);
    await page.getByRole("alert").getByText("The API keys cannot be read now.").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Make an API key" }).waitFor();
  });
});

describe("a read-only key", () => {
  it("is named, and leaves out what it cannot do", async () => {
    const url = `${dashboard.stage.world.url}/hooks/receivers/good`;
    const json = { url, headers: { "x-api-key": "of-the-receiver" } };
    const added = await dashboard.stage.call("/v1/webhook-endpoints", { json, key: TEST });
    const endpoint = ((await added.json()) as { id: string }).id;
    const id = await dashboard.generate({ prompt: "[instant]", webhook_url: url });
    const { key } = await makeKey({ account: "acme", name: "Reader", read_only: true });
    const { page, troubles } = await dashboard.signedIn({}, key);
    expect(await page.getByRole("banner").textContent()).toContain("acme read-only");
    for (const [place, shown] of [
      ["generations", "tbody tr"],
      ["webhooks", ".endpoints tbody tr"],
      [`webhooks/${endpoint}`, ".settings"],
      [`generations/${id}`, ".deliveries .badge.delivered"],
    ] as const) {
      await page.goto(`${dashboard.stage.url}/#/${place}`);
      await page.locator(shown).first().waitFor();
      const names = await page.getByRole("main").locator("button:not([aria-expanded]), .button").allTextContents();
      expect(
        names.filter((name) => !/^(Add|Copy.*|Download|Export CSV|Load more|Show .*)$/.test(name)),
        place,
      ).toEqual([]);
      expect(await page.getByRole("alert").count(), place).toBe(0);
      expect(await page.content(), place).not.toContain("of-the-receiver");
    }
    await page.goto(`${dashboard.stage.url}/#/playground`);
    await page.getByText("This API key is read-only").waitFor();
    expect(await page.getByRole("button", { name: "Generate" }).isDisabled()).toBe(true);
    expect(troubles).toEqual([]);
  });
});

describe("the two secrets of webhooks", () => {
  it("are shown or named where a webhook is set", async () => {
    const { page, troubles } = await dashboard.signedIn();
    await page.goto(`${dashboard.stage.url}/#/webhooks`);
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByLabel("URL", { exact: true }).fill(`${dashboard.stage.world.url}/hooks/receivers/new`);
    await page.getByRole("button", { name: "Save" }).click();
    const added = page.getByRole("dialog", { name: "Endpoint added" });
    await added.getByText("are signed with another secret").waitFor();
    expect(await added.getByTestId("secret").textContent()).toMatch(/^whsec_/);
    await expectFocus(page, "Copy secret");
    await expectGoodLooks(page, "endpoint-added", "dark");
    await added.getByRole("button", { name: "Done" }).click();
    await page.getByRole("link", { name: "/hooks/receivers/new" }).waitFor();
    await page.goto(`${dashboard.stage.url}/#/playground`);
    await page.getByLabel("webhooks[0].url").fill("https://example.com/hook");
    await page.getByText("Signed with the secret of this account and mode").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/webhook-url.png`, fullPage: true });
    await page.getByRole("button", { name: "Signing secret" }).click();
    await page.getByRole("button", { name: "Reveal" }).click();
    await page
      .getByRole("dialog")
      .getByText(/^whsec_/)
      .waitFor();
    expect(troubles).toEqual([]);
  });
});
