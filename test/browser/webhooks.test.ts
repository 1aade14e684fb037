// The list of webhook endpoints, the form that adds and edits one, and the secrets with their verifiers.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { ago, endpointAnswer, playEndpoint } from "./endpoint-answers.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard();
  dashboard.stage.world.play("receivers", {});
});

afterAll(() => dashboard.close());

async function openWebhooks(options: Parameters<Dashboard["signedIn"]>[0] = {}, key = TEST) {
  const watched = await dashboard.signedIn(options, key);
  await watched.page.goto(`${dashboard.stage.url}/#/webhooks`);
  await watched.page.getByRole("heading", { name: "Per-request webhooks" }).waitFor();
  return watched;
}

const focused = (page: Page) =>
  page.evaluate(
    "document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent.trim() || document.activeElement.textContent.trim()",
  );

/** Goes on with the Tab key to what has this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 40; steps++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${name}`);
}

describe("an endpoint", () => {
  it("is added, verified for and opened with the keyboard alone", async () => {
    const { page, troubles } = await openWebhooks({}, LIVE);
    await page.getByText("No webhook endpoints").waitFor();
    await tabTo(page, "Add endpoint");
    await page.keyboard.press("Enter");
    await tabTo(page, "URL");
    await page.keyboard.type("https://10.0.0.1/");
    await tabTo(page, "generation.started");
    await page.keyboard.press("Space");
    await tabTo(page, "Add header");
    await page.keyboard.press("Enter");
    await tabTo(page, "Header 1: name");
    await page.keyboard.type("x-forwarded-for/~");
    await tabTo(page, "Header 1: value");
    await page.keyboard.type("secret");
    await tabTo(page, "Present the client certificate");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("alert").getByText("Correct what is marked above").waitFor();
    // Each error is at its field.
    const noteOf = async (name: string) => {
      const notes = await dialog.getByLabel(name, { exact: true }).getAttribute("aria-describedby");
      return page.locator(`[id="${notes}"]`).textContent();
    };
    expect(await noteOf("URL")).toMatch(/host name/);
    expect(await noteOf("Header 1: name")).toMatch(/Custom headers/);
    expect(await noteOf("Header 1: value")).toMatch(/Custom headers/);
    expect(await dialog.locator("[aria-invalid=true]").count()).toBe(3);
    expect(await violationsOf(page)).toEqual([]);
    await dialog.getByLabel("URL", { exact: true }).fill(`${dashboard.stage.world.url}/hooks/receivers/good`);
    await dialog.getByLabel("Header 1: name").fill("x-api-key");
    await page.keyboard.press("Enter");
    // Only this field depends on others.
    await dialog.getByText(/WEBHOOK_CERTIFICATE_HOSTS\..*must be false/).waitFor();
    await dialog.getByLabel("Present the client certificate").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Endpoint added" }).waitFor();
    expect(await page.getByTestId("secret").textContent()).toMatch(/^whsec_/);
    await tabTo(page, "Python");
    await page.keyboard.press("Enter");
    await tabTo(page, "Copy Python receiver");
    await page.keyboard.press("Enter");
    const docs = await readFile(join(import.meta.dirname, "../../docs/verifying.md"), "utf8");
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toMatch(/^import base64/);
    expect(docs).toContain(`\`\`\`python\n${await page.evaluate("navigator.clipboard.readText()")}\`\`\``);
    expect(await dialog.getByRole("button", { pressed: true }).allTextContents()).toEqual(["Python"]);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/endpoint-added.png` });
    await tabTo(page, "Go to the endpoint");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "/hooks/receivers/good" }).waitFor();
    expect(await focused(page)).toContain("/hooks/receivers/good");
    await page.getByText("Nothing has been sent yet.").waitFor();
    await page.getByText("Settings").click();
    await page.getByText("x-api-key: secret").waitFor();
    expect(await page.getByText("generation.started, generation.completed").count()).toBe(1);
    expect(troubles).toEqual([]);
  });

  it("is changed only where the form was", async () => {
    const { page } = await dashboard.signedIn();
    const disabled = { enabled: false, disabled_at: ago(1), disabled_reason: "Every attempt since 2026 failed." };
    const endpoint = endpointAnswer({ ...disabled, headers: { "x-team": "a", "x-account": "b" } });
    await playEndpoint(page, endpoint, []);
    let sent: unknown;
    await page.route(`**/v1/webhook-endpoints/${endpoint.id}`, (route) => {
      if (route.request().method() !== "PATCH") return route.fallback();
      sent = route.request().postDataJSON();
      return route.fulfill({ json: endpoint });
    });
    await page.goto(`${dashboard.stage.url}/#/webhooks/${endpoint.id}`);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Description").fill("new");
    await page.getByRole("button", { name: "Remove header 1" }).click();
    expect(await focused(page)).toBe("Add header");
    await page.keyboard.press("Enter");
    await page.getByLabel("Header 2: name").fill("X-Account");
    await page.getByRole("dialog").getByText("The header X-Account is given twice.").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    expect(sent).toBeUndefined();
    await page.getByLabel("Header 2: name").fill("x-tenant");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // Naming `enabled` would end that its events are recorded.
    expect(sent).toEqual({ description: "new", headers: { "x-account": "b", "x-tenant": "" } });
    expect(await focused(page)).toBe("Edit");
  });
});

describe("the secret of per-request webhooks", () => {
  it("rotates together with its public key, and shows when the old one stops signing", async () => {
    const { page } = await openWebhooks();
    const own = page.getByRole("region", { name: "Per-request webhooks" });
    const key = own.locator("code").first();
    const old = await key.textContent();
    await own.getByRole("button", { name: "Signing secret" }).click();
    await page.getByRole("button", { name: "Rotate" }).click();
    const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).getFullYear();
    await page.getByText(new RegExp(`Until .*${tomorrow}.*, webhooks are signed with both`)).waitFor();
    await expect.poll(() => key.textContent()).not.toBe(old);
    expect(await key.textContent()).toMatch(/^whpk_/);
  });
});

const SUCCESS = { at: ago(0.01), status_code: 204, duration_ms: 12, error: null };
const LOST = {
  at: ago(20),
  status_code: null,
  duration_ms: 3,
  error: "POST old.example.com: Network connection lost.",
};

describe.each([
  ["light", 1280],
  ["dark", 360],
] as const)("in %s, %i px wide", (colorScheme, width) => {
  it("endpoints are listed by urgency, each with its last day and answer, and lead to their pages", async () => {
    const { page } = await dashboard.signedIn({ colorScheme, viewport: { width, height: 800 } });
    const failing = endpointAnswer();
    await playEndpoint(page, failing, []);
    const others = [
      endpointAnswer(
        { url: "https://new.example.com/hook", description: "" },
        { failing_since: null, last_attempt: null, hours: [] },
      ),
      endpointAnswer(
        { url: "https://example.com/", description: "", events: ["generation.started", "generation.completed"] },
        { failing_since: null, last_attempt: { ...SUCCESS, response: "" }, recent: [SUCCESS] },
      ),
      endpointAnswer(
        {
          url: "https://old.example.com/a/very/long/path/that/goes/on/and/on/webhooks/reelhook/v2",
          enabled: false,
          disabled_reason: "Every attempt since 2026-11-23T12:00:00.000Z failed.",
        },
        { last_attempt: { ...LOST, response: null } },
      ),
    ].map((each, index) => ({ ...each, id: `we_${String(index + 1).repeat(26)}` }));
    await page.route("**/v1/webhook-endpoints", (route) =>
      route.fulfill({ json: { object: "list", data: [...others, failing] } }),
    );
    await page.goto(`${dashboard.stage.url}/#/webhooks`);
    const rows = page.locator(".endpoints tbody tr");
    await rows.first().waitFor();
    const texts = await rows.allTextContents();
    expect(texts.map((text) => /^(failing|disabled|healthy|unused)/.exec(text)?.[1])).toEqual([
      "failing",
      "disabled",
      "healthy",
      "unused",
    ]);
    expect(texts[0]).toMatch(
      /for 3 h.*hooks\.example\.com\/reelhook\/video.*172 of 305 succeeded.*503.*down or overloaded/,
    );
    // A query may hold a token.
    expect(texts[0]).not.toContain("token");
    expect(texts[1]).toMatch(/Every attempt since.*no answer.*refused or broke off/);
    expect(texts[2]).toMatch(/started, completed.*✓ 204/);
    expect(texts[3]).toMatch(/Nothing sent.*No answer yet/);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/endpoints-${colorScheme}-${width}.png`, fullPage: true });
    const widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
    const [scroll, inner] = widths as [number, number];
    expect(scroll).toBeLessThanOrEqual(inner);
    // The whole row is the link.
    await rows.first().click({ position: { x: 20, y: 12 } });
    await page.getByRole("heading", { name: "hooks.example.com/reelhook/video" }).waitFor();
  });
});
