// The page of a webhook endpoint: what is wrong with it, how it is recovered, and what it was sent.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { ago, ENDPOINT_ID, endpointAnswer, loggedDelivery, playEndpoint } from "./endpoint-answers.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  // Two attempts a delivery.
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "1" });
});

afterAll(() => dashboard.close());

const ON_FIRE = { status: 500, body: "the receiver is on fire" };

async function addEndpoint(receiver: string, key = TEST): Promise<{ readonly id: string; readonly url: string }> {
  const json = { url: `${dashboard.stage.world.url}/hooks/${receiver}` };
  return (await (await dashboard.stage.call("/v1/webhook-endpoints", { json, key })).json()) as {
    id: string;
    url: string;
  };
}

const pageOf = (id: string) => `${dashboard.stage.url}/#/webhooks/${id}`;

const region = (page: Page, name: string) => page.getByRole("region", { name });

const focusedText = (page: Page) => page.evaluate("document.activeElement.textContent");

describe("an endpoint that fails", () => {
  it("is diagnosed within three clicks from the start page, recovered, and seen to work again", async () => {
    const { stage } = dashboard;
    stage.world.play("mending", { hooks: { hook: [ON_FIRE] } });
    await addEndpoint("mending/hook");
    const made = [await dashboard.generate({ prompt: "[instant]" }), await dashboard.generate({ prompt: "[instant]" })];
    const { page, troubles } = await dashboard.signedIn();
    await page.goto(`${stage.url}/#/`);
    await page.getByRole("navigation").getByRole("link", { name: "Webhooks" }).click();
    await page.getByRole("link", { name: "/hooks/mending/hook" }).click();
    const wrong = region(page, "What is wrong");
    await wrong.getByText("The receiver failed.").waitFor();
    await wrong.getByText("the receiver is on fire").waitFor();
    expect(await wrong.textContent()).toMatch(/look into its log.*Failures started.*× 500 after/);
    const log = region(page, "Deliveries");
    await log.locator(".badge.failed").nth(1).waitFor();
    await page.locator(".legend", { hasText: "0 succeeded" }).getByText("4 failed").waitFor();
    // An opened entry has its attempts and its body, and stays open while the log follows.
    await log.getByRole("button", { name: "generation.completed" }).first().click();
    await log.getByText("Attempt 2").click();
    await log.getByText('"type": "generation.completed"').first().waitFor();

    stage.world.play("mending", {});
    await page.getByRole("button", { name: "Send test event" }).press("Enter");
    await page.getByRole("status").getByText("✓ 204").waitFor();
    expect(await focusedText(page)).toBe("Send test event");
    await page.getByRole("button", { name: "Recover since …" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Recover failed deliveries" });
    await dialog.getByText("2 failed deliveries").waitFor();
    await dialog.getByLabel("another time").check();
    await dialog.getByText("Enter a date and time.").waitFor();
    await dialog.getByLabel("Date and time").fill("2099-01-01T00:00");
    await dialog.getByText("No failed deliveries").waitFor();
    await dialog.getByLabel("an hour ago").check();
    await dialog.getByRole("button", { name: "Send 2 again" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await focusedText(page)).toBe("Recover since …");
    await region(page, "Recover").getByText("✓ 2 deliveries sent again").waitFor();
    await log.locator(".badge.delivered").nth(2).waitFor();
    await region(page, "Last answer").getByText("✓ 204").waitFor();
    await page.locator(".endpoint-title").getByText("healthy").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/endpoint-recovered.png`, fullPage: true });
    // Each entry leads to its generation, and is sent again from here.
    const again = new Promise<void>((resolve) => {
      stage.world.onCall = () => resolve();
    });
    await log.getByRole("button", { name: "Redeliver" }).first().press("Enter");
    await again;
    expect(await focusedText(page)).toBe("Redeliver");
    await log.getByRole("link", { name: "Generation" }).first().click();
    await page.getByRole("heading", { level: 1, name: /^gen_/ }).waitFor();
    expect(made).toContain(page.url().split("/").at(-1));
    expect(troubles).toEqual([]);
  });

  it("says what a test event was answered with", async () => {
    dashboard.stage.world.play("down", { hooks: { hook: [{ status: 404, body: "no such route" }] } });
    const { id } = await addEndpoint("down/hook");
    const { page } = await dashboard.signedIn();
    await page.goto(pageOf(id));
    await page.getByRole("button", { name: "Send test event" }).click();
    await page.getByRole("status").getByText("× 404").waitFor();
    await page.getByRole("status").getByText("There is nothing at this path.").waitFor();
    await region(page, "What is wrong").getByText("no such route").waitFor();
    await page.route("**/test", (route) => route.fulfill({ status: 500, json: { detail: "No test today." } }));
    await page.getByRole("button", { name: "Send test event" }).click();
    await page.getByRole("alert").getByText("No test today.").waitFor();
  });
});

describe("an endpoint", () => {
  it("is disabled, enabled and deleted, each after saying what is lost", async () => {
    const { id } = await addEndpoint("quiet/hook", LIVE);
    const { page, troubles } = await dashboard.signedIn({}, LIVE);
    await page.goto(pageOf(id));
    await page.getByRole("button", { name: "Disable" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("cannot be recovered").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await focusedText(page)).toBe("Disable");
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Disable endpoint" }).press("Enter");
    await page.getByText("New events are not recorded for it").waitFor();
    expect(await focusedText(page)).toBe("Enable");
    await page.keyboard.press("Enter");
    await page.locator(".endpoint-title").getByText("unused", { exact: true }).waitFor();
    expect(await focusedText(page)).toBe("Disable");
    await page.getByRole("button", { name: "Signing secret" }).click();
    await page.getByRole("button", { name: "Reveal" }).click();
    const old = await page.getByTestId("secret").textContent();
    expect(old).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "PHP" }).click();
    await page.getByText("function is_genuine").waitFor();
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByText("This is the new secret").waitFor();
    expect(await page.getByTestId("secret").textContent()).not.toBe(old);
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Delete" }).press("Enter");
    await dialog.getByText("its signing secret and this log are gone").waitFor();
    await dialog.getByRole("button", { name: "Delete endpoint" }).press("Enter");
    await page.getByText("No webhook endpoints").waitFor();
    expect(await focusedText(page)).toBe("Webhooks");
    expect(troubles).toEqual([]);
  });

  it("that was disabled for failing is enabled to be recovered", async () => {
    const { page } = await dashboard.signedIn();
    const disabled = { enabled: false, disabled_at: ago(2), disabled_reason: "Every attempt since Monday failed." };
    const played = await playEndpoint(page, endpointAnswer(disabled), []);
    const sent: unknown[] = [];
    await page.route(`**/v1/webhook-endpoints/${ENDPOINT_ID}{,/recover}`, (route) => {
      const request = route.request();
      if (request.method() === "GET") return route.fallback();
      sent.push([request.method(), request.postDataJSON()]);
      return route.fulfill({ json: { ...played.endpoint, matching: 3 } });
    });
    await page.goto(pageOf(ENDPOINT_ID));
    await page.getByText("New events are recorded as failed deliveries").waitFor();
    await page.getByRole("button", { name: "Recover since …" }).click();
    await page.getByLabel("it was disabled, 2 h ago").check();
    const send = page.getByRole("button", { name: "Enable, and send 3 again" });
    await send.waitFor();
    sent.length = 0;
    const recovery = { since: ago(26), matching: 3, resent: 1, started_at: ago(0), finished_at: null };
    played.endpoint = endpointAnswer({ recovery });
    await send.click();
    const shown = region(page, "Recover");
    await shown.getByText("1 of 3 failed deliveries sent again").waitFor();
    expect(await shown.getByRole("progressbar").getAttribute("value")).toBe("1");
    const since = expect.stringMatching(ago(26).slice(0, 13));
    expect(sent).toEqual([
      ["PATCH", { enabled: true }],
      ["POST", { since }],
    ]);
    // Nothing tells the page that it has ended, so it looks.
    played.endpoint = endpointAnswer({ recovery: { ...recovery, resent: 3, finished_at: ago(0) } });
    await shown.getByText("✓ 3 deliveries sent again").waitFor();
  });
});

describe("the log", () => {
  it("keeps its place, its filter and what is open while it follows, and after a reload", async () => {
    const { page } = await dashboard.signedIn();
    const url = `${dashboard.stage.world.url}/hooks/following/hook`;
    dashboard.stage.world.play("following", {});
    const log = Array.from({ length: 40 }, (_, index) =>
      loggedDelivery(index, index % 8 === 0 ? { state: "delivered" } : { generation_id: null, event: "webhook.test" }),
    );
    const played = await playEndpoint(page, endpointAnswer({ url }), log);
    await page.goto(pageOf(ENDPOINT_ID));
    const entries = page.locator(".log > li");
    await page.getByRole("button", { name: "Load more" }).click();
    await entries.nth(39).waitFor();
    await entries.nth(33).getByRole("button", { name: "webhook.test" }).press("Enter");
    const opened = page.locator(".toggle[aria-expanded=true]");
    await page.getByText("A test event, answered after").waitFor();
    const top = (await opened.boundingBox())?.y;
    played.log = [loggedDelivery(-1), ...log];
    // A real event of the stream, about a webhook with the same URL.
    await dashboard.generate({ prompt: "[instant]", webhook_url: url });
    await entries.nth(40).waitFor();
    const focused = await page.evaluate("document.activeElement.getAttribute('aria-controls')");
    expect(focused).toBe(await opened.getAttribute("aria-controls"));
    // The browser keeps what is seen where it is when an entry is added above.
    expect((await opened.boundingBox())?.y).toBeCloseTo(top ?? 0, 0);
    await page.getByLabel("State").selectOption("delivered");
    await entries.nth(5).waitFor({ state: "detached" });
    await page.reload();
    await entries.nth(4).waitFor();
    expect(await entries.count()).toBe(5);
    await page.getByLabel("State").selectOption("gone");
    await page.getByText("No gone deliveries").waitFor();
  });
});

describe.each([
  ["light", 1280],
  ["dark", 360],
] as const)("in %s, %i px wide", (colorScheme, width) => {
  it("the page and its dialogs pass axe and fit", async () => {
    const { page } = await dashboard.signedIn({ colorScheme, viewport: { width, height: 800 } });
    const pending = { state: "pending", next_attempt_at: ago(-0.05) } as const;
    const delivered = { at: ago(0.5), status_code: 204, duration_ms: 31, error: null };
    const log = [
      loggedDelivery(0, pending),
      loggedDelivery(1),
      loggedDelivery(2, { state: "delivered", last_attempt: delivered }),
      loggedDelivery(3, { generation_id: null, event: "webhook.test" }),
    ];
    await playEndpoint(page, endpointAnswer(), log);
    await page.route("**/recover", (route) => route.fulfill({ status: 202, json: { matching: 1_204 } }));
    await page.goto(pageOf(ENDPOINT_ID));
    await page.locator(".log .badge.retrying").waitFor();
    await page.getByRole("button", { name: "webhook.test" }).click();
    await page.getByText("Settings").click();
    await page.screenshot({ path: `${SCREENSHOTS}/endpoint-${colorScheme}-${width}.png`, fullPage: true });
    expect(await violationsOf(page)).toEqual([]);
    const widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
    const [scroll, inner] = widths as [number, number];
    expect(scroll).toBeLessThanOrEqual(inner);
    const table = page.getByRole("table", { name: "Attempts by the hour" });
    const heightOf = async () => (await table.locator("..").boundingBox())?.height;
    // Read by screen readers, and seen by those who ask for it.
    expect(await heightOf()).toBeLessThanOrEqual(1);
    expect((await table.locator("tbody tr").allTextContents()).at(-1)).toMatch(/031$/);
    await page.getByRole("button", { name: "Show as table" }).click();
    expect(await heightOf()).toBeGreaterThan(100);
    for (const button of ["Recover since …", "Edit", "Delete"]) {
      await page.getByRole("button", { name: button }).click();
      if (button === "Recover since …") await page.getByText("1,204 failed deliveries").waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}/endpoint-${button.split(" ")[0]}-${colorScheme}-${width}.png` });
      expect(await violationsOf(page), button).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
  });
});
