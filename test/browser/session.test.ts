// One session for all tabs of a browser: who gets the key, who does not, and when it ends.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, OTHER, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, switchKey, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let url: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  url = dashboard.stage.url;
});

afterAll(() => dashboard.close());

async function openTab(context: BrowserContext, place = ""): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(`${url}/${place}`);
  return tab;
}

/** Waits until the tab is signed in. */
async function account(tab: Page, name: string): Promise<void> {
  await tab.getByRole("banner").getByText(`Signed in as ${name}`).waitFor();
}

const keyField = (tab: Page) => tab.getByLabel("API key");
const storedKey = (tab: Page) => tab.evaluate("sessionStorage.getItem('reelhook.key')");

/** The browser tells a page this when the user goes to its tab. Here, all tabs always have the focus. */
const use = (tab: Page) => tab.evaluate("dispatchEvent(new Event('focus'))");

/** Records what pages of this origin say to each other, from before the page loads. */
const record = (tab: Page) =>
  tab.addInitScript(`
    globalThis.heard = [];
    new BroadcastChannel("reelhook.session").onmessage = ({ data }) => heard.push(data);
  `);

describe("a new tab", () => {
  it("has the key of the other tabs, which is in no address, cookie or lasting storage", async () => {
    const { page, requests, troubles } = await dashboard.signedIn({}, LIVE);
    const context = page.context();
    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: "Webhooks" }).click({ modifiers: ["ControlOrMeta"] });
    const byLink = await opening;
    await byLink.getByRole("heading", { level: 1, name: "Webhooks" }).waitFor();
    const byAddress = await openTab(context, "#/playground");
    await byAddress.getByRole("heading", { level: 1, name: "Playground" }).waitFor();
    for (const tab of [byLink, byAddress]) {
      await account(tab, "acme");
      await tab.getByRole("banner").getByText("Live mode").waitFor();
      expect(await storedKey(tab)).toBe(LIVE);
    }
    expect(await page.evaluate("[localStorage.length, document.cookie]")).toEqual([0, ""]);
    expect(requests.filter((each) => each.includes(LIVE))).toEqual([]);
    // Each tab keeps the session for the others.
    await page.close();
    await byLink.close();
    await byAddress.reload();
    await account(byAddress, "acme");
    const later = await openTab(context);
    await account(later, "acme");
    await Promise.all([later.close(), byAddress.close()]);
    const last = await openTab(context);
    await keyField(last).and(last.locator(":focus")).waitFor();
    expect(await storedKey(last)).toBeNull();
    expect(troubles).toEqual([]);
  });

  it("says that it loads until it knows whether there is a session", async () => {
    const { page } = await dashboard.newPage();
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.goto(url);
    await page.getByText("Loading …").waitFor();
    expect(await keyField(page).count()).toBe(0);
    await page.clock.runFor(150);
    await keyField(page).waitFor();
  });

  it("is asked about a key in its address, and keeps the session by default", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    const tab = await openTab(page.context(), `#key=${OTHER}`);
    const question = tab.getByRole("dialog");
    await question.getByText("You are signed in as acme (test mode).").waitFor();
    await question.getByText("It belongs to account other (live mode).").waitFor();
    await tab.keyboard.press("Enter");
    await account(tab, "acme");
    expect(await storedKey(tab)).toBe(TEST);
  });
});

describe("two accounts in two tabs", () => {
  it("stay apart, and a new tab joins the one that was used last", async () => {
    const { page: first, troubles } = await dashboard.signedIn({}, TEST);
    const context = first.context();
    const second = await openTab(context, "#/usage");
    await account(second, "acme");
    await second.getByRole("link", { name: "Switch key" }).click();
    await second.getByText("Your other tabs stay as they are.").waitFor();
    await second.screenshot({ path: `${SCREENSHOTS}/switch-key.png` });
    expect(await violationsOf(second)).toEqual([]);
    await keyField(second).and(second.locator(":focus")).fill("rh_test_nobody_0123456789");
    await second.keyboard.press("Enter");
    await second.getByRole("alert").getByText("Unknown API key").waitFor();
    await account(second, "acme");
    await keyField(second).fill(OTHER);
    await second.keyboard.press("Enter");
    await account(second, "other");
    await second.getByRole("heading", { level: 1 }).and(second.locator(":focus")).waitFor();
    expect(second.url()).toBe(`${url}/`);
    for (const [tab, name] of [
      [first, "acme"],
      [second, "other"],
    ] as const) {
      await tab.reload();
      await account(tab, name);
    }
    await use(second);
    await account(await openTab(context), "other");
    await use(first);
    await account(await openTab(context), "acme");
    expect([await storedKey(first), await storedKey(second)]).toEqual([TEST, OTHER]);
    expect(troubles).toEqual([]);
  });

  it("do not make a new tab guess if the one that was used last is closed", async () => {
    const { page: first } = await dashboard.signedIn({}, TEST);
    const context = first.context();
    const second = await openTab(context);
    await account(second, "acme");
    await switchKey(second, OTHER);
    await account(second, "other");
    const third = await openTab(context);
    await account(third, "other");
    await third.close();
    const fourth = await context.newPage();
    await record(fourth);
    await fourth.clock.install();
    await fourth.clock.pauseAt(Date.now() + 60_000);
    await fourth.goto(url);
    await expect.poll(() => fourth.evaluate("heard.filter(({ type }) => type === 'answer').length")).toBe(2);
    await fourth.clock.runFor(150);
    await account(fourth, "other");
  });
});

describe("a tab that asks for a key", () => {
  it("is signed in when another tab is, unless the user has begun to type a key there", async () => {
    const { page: first, troubles } = await dashboard.newPage();
    await first.goto(url);
    await keyField(first).waitFor();
    const context = first.context();
    const [idle, typing, managing] = await Promise.all([
      openTab(context),
      openTab(context),
      openTab(context, "#/keys"),
    ]);
    await keyField(idle).waitFor();
    await keyField(typing).fill("rh_");
    await managing.getByLabel("ADMIN_KEY").and(managing.locator(":focus")).waitFor();
    await keyField(first).fill(TEST);
    await first.keyboard.press("Enter");
    await account(first, "acme");
    await account(idle, "acme");
    expect(await keyField(typing).inputValue()).toBe("rh_");
    expect(await managing.getByLabel("ADMIN_KEY").count()).toBe(1);
    await typing.reload();
    await account(typing, "acme");
    expect(troubles).toEqual([]);
  });

  it("does not take back a key that was refused", async () => {
    const { page: first } = await dashboard.signedIn({}, TEST);
    const second = await openTab(first.context());
    await account(second, "acme");
    const refused = { status: 401, json: { detail: "Unknown API key." } };
    await second.route("**/v1/account", (route) => route.fulfill(refused));
    await record(second);
    await second.reload();
    await second.getByRole("alert").getByText("Invalid API key").waitFor();
    await use(first);
    await expect.poll(() => second.evaluate("heard.length")).toBeGreaterThan(0);
    expect(await storedKey(second)).toBeNull();
    await second.getByRole("alert").getByText("Invalid API key").waitFor();
  });
});

describe("signing out", () => {
  it("ends the session for tabs that are opened later, even if one has not noticed", async () => {
    const { page: first } = await dashboard.signedIn({}, TEST);
    const context = first.context();
    const frozen = await context.newPage();
    // A frozen tab gets no storage event.
    await frozen.addInitScript("addEventListener('storage', (event) => event.stopImmediatePropagation(), true)");
    await frozen.goto(url);
    await account(frozen, "acme");
    await first.getByRole("button", { name: "Sign out" }).click();
    await keyField(first).waitFor();
    expect(await storedKey(frozen)).toBe(TEST);
    const later = await openTab(context);
    await keyField(later).waitFor();
    // Messages arrive in the order in which they are sent, so the frozen tab has been asked.
    await use(frozen);
    expect(await storedKey(later)).toBeNull();
    await keyField(later).waitFor();
  });

  it("cannot be undone by an answer that was given before, and a malformed answer is ignored", async () => {
    const { page } = await dashboard.newPage();
    const other = await page.context().newPage();
    await other.goto(`${url}/healthz`);
    await other.evaluate(`
      globalThis.channel = new BroadcastChannel("reelhook.session");
      globalThis.asked = 0;
      channel.onmessage = ({ data: { type, from } }) => {
        if (type !== "ask") return;
        asked++;
        const answer = { type: "answer", to: from, usedAt: 1, isLatest: true };
        channel.postMessage({ ...answer, key: "${TEST}", signOut: "an earlier one" });
        channel.postMessage({ ...answer, key: "two words", signOut: "" });
        channel.postMessage({ ...answer, to: "another tab", key: "${TEST}", signOut: "" });
        channel.postMessage({ ...answer });
      };
    `);
    await page.goto(url);
    await keyField(page).waitFor();
    expect(await other.evaluate("asked")).toBeGreaterThan(0);
    expect(await storedKey(page)).toBeNull();
    // A slow answer still counts.
    await record(page);
    await page.reload();
    await keyField(page).waitFor();
    await other.evaluate(`channel.onmessage = ({ data: { from } }) => channel.postMessage(
      { type: "answer", to: from, usedAt: 1, isLatest: false, key: "${LIVE}", signOut: "" });
      channel.postMessage({ type: "used" })`);
    await account(page, "acme");
    expect(await storedKey(page)).toBe(LIVE);
  });
});

describe("pages of another origin, and sandboxed documents of this one", () => {
  it("cannot take part", async () => {
    const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<h1>Hi</h1>"));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    try {
      const { page } = await dashboard.signedIn({}, TEST);
      const context = page.context();
      const [hostile, sandboxed] = [await context.newPage(), await context.newPage()];
      await hostile.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      // As the answers with videos are.
      const headers = { "content-security-policy": "sandbox allow-scripts", "content-type": "text/html" };
      await sandboxed.route("**/sandboxed", (route) => route.fulfill({ headers, body: "<h1>Hi</h1>" }));
      await sandboxed.goto(`${url}/sandboxed`);
      expect(await sandboxed.evaluate("origin")).toBe("null");
      for (const stranger of [hostile, sandboxed]) {
        await stranger.evaluate(`
          globalThis.heard = [];
          const channel = new BroadcastChannel("reelhook.session");
          channel.onmessage = ({ data }) => heard.push(data);
          channel.postMessage({ type: "ask", from: "stranger" });
          channel.postMessage({ type: "used" });
        `);
      }
      const tab = await context.newPage();
      await record(tab);
      await tab.goto(url);
      await account(tab, "acme");
      const answers = "heard.filter(({ type }) => type === 'answer').map(({ to }) => to)";
      expect(await tab.evaluate(answers)).not.toContain("stranger");
      for (const stranger of [hostile, sandboxed]) expect(await stranger.evaluate("heard")).toEqual([]);
    } finally {
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    }
  });
});
