// API keys in the page's address: a link from anybody can hold one, and must not change whose account the user works in.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, OTHER, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, signIn, switchKey, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let url: string;

/** A site of somebody else. On this machine, because a browser keeps local pages out of the frames of public sites anyway. */
let hostile: string;
const hostileSite = createServer((request, response) => {
  const frame = `<iframe src="${url}/#key=${OTHER}"></iframe>`;
  response.setHeader("content-type", "text/html");
  response.end(request.url === "/frame" ? frame : "<h1>Win a prize</h1>");
});

beforeAll(async () => {
  dashboard = await openDashboard();
  url = dashboard.stage.url;
  await new Promise<void>((resolve) => hostileSite.listen(0, "127.0.0.1", resolve));
  hostile = `http://127.0.0.1:${(hostileSite.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await dashboard.close();
  hostileSite.closeAllConnections();
  await new Promise((resolve) => hostileSite.close(resolve));
});

const question = (page: Page) => page.getByRole("dialog", { name: "Sign in with the key from this link?" });
const storedKey = (page: Page) => page.evaluate("sessionStorage.getItem('reelhook.key')");

/** How a key arrives in a tab. */
const ARRIVALS = {
  load: async (page: Page, key: string) => {
    await page.goto(hostile);
    await page.evaluate(`location.href = "${url}/#key=${key}"`);
  },
  hashchange: (page: Page, key: string) => page.evaluate(`location.hash = "#key=${key}"`),
};

/** Goes back as far as the history goes. @returns every address on the way. */
async function addressesBehind(page: Page): Promise<string[]> {
  const seen = [page.url()];
  for (let left = (await page.evaluate("history.length")) as number; left > 1; left--) {
    await page.goBack();
    seen.push(page.url());
  }
  return seen;
}

async function accountShown(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  return (await page.getByRole("banner").textContent()) ?? "";
}

describe.each(["load", "hashchange"] as const)("a key that arrives by %s", (arrival) => {
  it("audit 5: signs nobody in until the user agrees, and names the account and mode first", async () => {
    const { page, requests, troubles } = await dashboard.newPage();
    await page.goto(url);
    await ARRIVALS[arrival](page, OTHER);
    await question(page).getByText("It belongs to account other (live mode).").waitFor();
    expect(new URL(page.url()).hash).toBe("");
    expect(await storedKey(page)).toBeNull();
    // The safe answer has the focus.
    await page.keyboard.press("Enter");
    await question(page).waitFor({ state: "detached" });
    expect(await storedKey(page)).toBeNull();
    await page.reload();
    await page.getByLabel("API key").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);

    await ARRIVALS[arrival](page, OTHER);
    await question(page).getByRole("button", { name: "Sign in", exact: true }).click();
    expect(await accountShown(page)).toContain("otherLive mode");
    expect(await storedKey(page)).toBe(OTHER);
    expect(requests.filter((each) => each.includes(OTHER))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it("audit 5: keeps the session of a signed-in tab unless the user chooses the other account", async () => {
    const { page } = await dashboard.signedIn({}, LIVE);
    await ARRIVALS[arrival](page, OTHER);
    await question(page).getByText("You are signed in as acme (live mode).").waitFor();
    await question(page).getByText("It belongs to account other (live mode).").waitFor();
    expect(await storedKey(page)).toBe(LIVE);
    await page.keyboard.press("Escape");
    await question(page).waitFor({ state: "detached" });
    expect(await accountShown(page)).toContain("acmeLive mode");
    const asked = page.waitForRequest((request) => request.url().endsWith("/v1/account"));
    await page.reload();
    expect((await asked).headers()["authorization"]).toBe(`Bearer ${LIVE}`);
    expect(await accountShown(page)).toContain("acmeLive mode");

    await ARRIVALS[arrival](page, OTHER);
    await question(page).getByRole("button", { name: "Stay signed in as acme" }).click();
    expect(await storedKey(page)).toBe(LIVE);
    await ARRIVALS[arrival](page, OTHER);
    await question(page).getByRole("button", { name: "Sign in as other" }).click();
    await page.getByRole("banner").getByText("Signed in as other").waitFor();
    expect(await storedKey(page)).toBe(OTHER);
  });

  it("audit 5: is in no entry of the history", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    await page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
    await ARRIVALS[arrival](page, LIVE);
    await question(page).getByText("live mode").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("navigation").getByRole("link", { name: "Webhooks" }).click();
    const addresses = await addressesBehind(page);
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => address.includes("key="))).toEqual([]);
  });

  it("audit 5: is reported as unknown if the API refuses it, and the session stays", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    const dialog = page.getByRole("dialog", { name: "Unknown API key" });
    const keys = ["rh_live_nobody_0123456789", "%E0%A4%A", "", "two words", `${OTHER}&x=1`, "x".repeat(600)];
    for (const key of arrival === "load" ? keys.slice(0, 2) : keys) {
      await ARRIVALS[arrival](page, key);
      await dialog.getByText("The API key in this link is unknown.").waitFor();
      await dialog.getByText("You are signed in as acme (test mode).").waitFor();
      expect(await dialog.getByRole("button").allTextContents()).toEqual(["Close"]);
      expect(page.url()).not.toContain("key=");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      expect(await storedKey(page)).toBe(TEST);
    }
  });
});

describe("the question about a key", () => {
  it("audit 5: keeps what the user has typed, and is not asked about the tab's own key", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    await page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
    await page.getByLabel("prompt").fill("half a sentence");
    await ARRIVALS.hashchange(page, OTHER);
    await question(page).getByRole("button", { name: "Stay signed in as acme" }).click();
    expect(await page.getByLabel("prompt").inputValue()).toBe("half a sentence");
    expect(page.url()).toBe(`${url}/#/playground`);
    await ARRIVALS.hashchange(page, TEST);
    await expect.poll(() => page.url()).toBe(`${url}/#/playground`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  it("audit 5: is asked anew for each key, and refuses a click that comes before the user can have read it", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    await page.clock.install();
    await ARRIVALS.hashchange(page, LIVE);
    await question(page).getByText("acme (live mode)").waitFor();
    const button = question(page).getByRole("button", { name: /^Sign in as/ });
    expect(await button.isDisabled()).toBe(true);
    await page.clock.fastForward(1_000);
    await expect.poll(() => button.isDisabled()).toBe(false);
    // The second half of a double-click that closed another window brings this one to the front.
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await expect.poll(() => button.isDisabled()).toBe(true);
    await page.clock.fastForward(1_000);
    await expect.poll(() => button.isDisabled()).toBe(false);
    await ARRIVALS.hashchange(page, OTHER);
    await question(page).getByText("other (live mode)").waitFor();
    expect(await button.isDisabled()).toBe(true);
    expect(await page.getByRole("dialog").count()).toBe(1);
  });

  it("audit 5: offers to try again if the API fails", async () => {
    const { page } = await dashboard.newPage();
    await page.route("**/v1/account", (route) => route.fulfill({ status: 500, json: { detail: "Not today." } }));
    await page.goto(`${url}/#key=${TEST}`);
    await question(page).getByRole("alert").getByText("Not today.").waitFor();
    expect(await question(page).getByRole("button", { name: "Sign in", exact: true }).count()).toBe(0);
    await page.unroute("**/v1/account");
    await question(page).getByRole("button", { name: "Try again" }).click();
    await question(page).getByText("account acme (test mode)").waitFor();
  });

  it("fits and passes axe in light and dark, wide and narrow", async () => {
    const { page } = await dashboard.newPage();
    const check = async (name: string) => {
      for (const [colorScheme, width] of [
        ["light", 1280],
        ["dark", 360],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png` });
        expect(await violationsOf(page), `${name}, ${colorScheme}, ${width} px`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      }
    };
    await page.goto(`${url}/#key=${TEST}`);
    await question(page).getByText("account acme (test mode)").waitFor();
    await check("link-signed-out");
    await question(page).getByRole("button", { name: "Sign in", exact: true }).click();
    await accountShown(page);
    await ARRIVALS.hashchange(page, OTHER);
    await question(page).getByText("account other (live mode)").waitFor();
    await check("link-signed-in");
    await ARRIVALS.hashchange(page, "rh_live_nobody_0123456789");
    await page.getByRole("dialog", { name: "Unknown API key" }).getByText("is unknown").waitFor();
    await check("link-unknown");
  });
});

describe("another site", () => {
  it("audit 5: cannot reach a window of the dashboard that it has opened", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(hostile);
    const opening = page.waitForEvent("popup");
    await page.evaluate(`window.opened = open("${url}/", "target")`);
    const opened = await opening;
    await opened.getByLabel("API key").waitFor();
    expect(await opened.evaluate("opener")).toBeNull();
    expect(await page.evaluate("opened.closed")).toBe(true);
    await page.evaluate(`opened.location = "${url}/#key=${OTHER}"; opened.postMessage("#key=${OTHER}", "*")`);
    // Messages arrive in order, so one sent now arrives after that of the site.
    await opened.evaluate(
      `new Promise((resolve) => {
        addEventListener("message", ({ data }) => data === "last" && resolve());
        postMessage("last", "*");
      })`,
    );
    expect(await opened.getByRole("dialog").count()).toBe(0);
    expect(opened.url()).toBe(`${url}/`);
  });

  it("audit 5: cannot show the dashboard in a frame", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(`${hostile}frame`);
    expect(await page.frames()[1]?.locator("#app").count()).toBe(0);
  });

  it("audit 5: changes, fills in and sends nothing by an address, a window name or a message", async () => {
    const { page, troubles } = await dashboard.signedIn({}, TEST);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.method()} ${request.headers()["authorization"] ?? ""}`));
    for (const address of [
      `?key=${OTHER}#/playground`,
      `#/playground?prompt=stolen&webhook_url=${hostile}`,
      "#/playground/../webhook-endpoints",
      `#/webhooks/add?url=${hostile}`,
      "#/generations/gen_00000000000000000000000000/cancel",
      "#/generations?model=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    ]) {
      await page.goto(hostile);
      await page.evaluate(`window.name = "#key=${OTHER}"; location.href = "${url}/${address}"`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.evaluate(`for (const data of ["#key=${OTHER}", { key: "${OTHER}" }]) postMessage(data, "*")`);
      await page.locator(".loading").waitFor({ state: "detached" });
      expect(await accountShown(page)).toContain("acmeTest mode");
      expect(await storedKey(page)).toBe(TEST);
      const shown = await page.locator("main").evaluate((main) => main.outerHTML);
      expect(shown).not.toMatch(new RegExp(`stolen|${hostile}`));
      expect(await page.locator("main img").count()).toBe(0);
    }
    expect(sent.filter((each) => !each.startsWith("GET") || each.includes(OTHER))).toEqual([]);
    expect(troubles).toEqual([]);
  });
});

describe("the key that a tab stores", () => {
  it("audit 5: signs nobody in if it is malformed", async () => {
    const { page, troubles } = await dashboard.newPage();
    await page.goto(url);
    for (const [storage, name, value] of [
      ["sessionStorage", "reelhook.key", "two words"],
      ["sessionStorage", "reelhook.key", "ключ"],
      ["sessionStorage", "reelhook.key", '{"key":"x"}\n'],
      ["localStorage", "reelhook.key", OTHER],
      ["localStorage", "reelhook.sign-out", "forged"],
    ]) {
      await page.evaluate(`${storage}.setItem("${name}", ${JSON.stringify(value)})`);
      await page.reload();
      await page.getByLabel("API key").waitFor();
      expect(await storedKey(page)).toBeNull();
    }
    await signIn(page, url, TEST);
    expect(troubles).toEqual([]);
  });

  it("audit 5: is checked with the API after a reload, so that a revoked key shows nothing", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    await page.route("**/v1/account", (route) => route.fulfill({ status: 401, json: { detail: "Unknown API key." } }));
    await page.reload();
    await page.getByRole("alert").getByText("Invalid API key").waitFor();
    expect(await storedKey(page)).toBeNull();
  });
});

describe("signing out", () => {
  it("audit 5: ends the session of every tab, frozen and duplicated ones included", async () => {
    const { page } = await dashboard.signedIn({}, TEST);
    const context = page.context();
    const other = await context.newPage();
    await other.goto(url);
    await switchKey(other, LIVE);
    await other.goto(`${url}/#/webhooks`);
    await other.getByRole("heading", { name: "Per-request webhooks" }).waitFor();
    const frozen = await context.newPage();
    // A frozen tab gets no storage event.
    await frozen.addInitScript("addEventListener('storage', (event) => event.stopImmediatePropagation(), true)");
    await frozen.goto(url);
    await accountShown(frozen);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    await other.getByRole("alert").getByText("You signed out in another tab.").waitFor();
    await frozen.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await frozen.getByRole("alert").getByText("You signed out in another tab.").waitFor();
    for (const tab of [page, other, frozen]) {
      expect(await tab.evaluate("sessionStorage.length")).toBe(0);
      expect(await tab.evaluate("JSON.stringify({ ...localStorage })")).toMatch(
        /^{"reelhook.sign-out":"[0-9a-f]{32}"}$/,
      );
      expect(await tab.title()).toBe("Reelhook");
      expect(tab.url()).toBe(`${url}/`);
      expect(await tab.evaluate("document.documentElement.outerHTML")).not.toMatch(/whpk_|rh_test_acme|acme/);
    }
    await signIn(other, url, LIVE);
    await other.reload();
    expect(await accountShown(other)).toContain("acmeLive mode");
  });
});
