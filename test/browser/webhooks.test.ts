// The webhooks page: test events, rotation of secrets, and its layout and accessibility in dark mode and on a phone.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard();
  const { world } = dashboard.stage;
  world.play("receivers", { hooks: { down: [{ status: 500, body: "the receiver is on fire" }] } });
  for (const receiver of ["good", "down"]) {
    const json = { url: `${world.url}/hooks/receivers/${receiver}`, description: `the ${receiver} one` };
    const answer = await dashboard.stage.call("/v1/webhook-endpoints", { json, key: TEST });
    const { id } = (await answer.json()) as { id: string };
    if (receiver === "good")
      await dashboard.stage.call(`/v1/webhook-endpoints/${id}/test`, { method: "POST", key: TEST });
  }
});

afterAll(() => dashboard.close());

async function openWebhooks(options: Parameters<Dashboard["signedIn"]>[0] = {}) {
  const watched = await dashboard.signedIn(options);
  await watched.page.goto(`${dashboard.stage.url}/#/webhooks`);
  await watched.page.getByRole("heading", { name: "Per-request webhooks" }).waitFor();
  return watched;
}

const cardOf = (page: Page, receiver: string) =>
  page.getByRole("listitem").filter({ hasText: `/hooks/receivers/${receiver}` });

describe("a test event that fails", () => {
  it("shows the receiver's response, counts as an attempt, and leaves no error in the next dialog", async () => {
    const { page } = await openWebhooks();
    const card = cardOf(page, "down");
    await card.getByText("unused").waitFor();
    expect(await card.getByRole("img").count()).toBe(0);
    await card.getByRole("button", { name: "Send test event" }).click();
    await card.getByRole("status").getByText("× Test event: 500").waitFor();
    await card.getByText("the receiver is on fire").waitFor();
    await card.getByText("failing", { exact: true }).waitFor();
    await card.getByText("0/1 succeeded").waitFor();
    await page.route("**/test", (route) => route.fulfill({ status: 500, json: { detail: "No test today." } }));
    await card.getByRole("button", { name: "Send test event" }).click();
    await card.getByRole("alert").getByText("No test today.").waitFor();
    await card.getByRole("button", { name: "Delete" }).click();
    expect(await page.getByRole("dialog").getByRole("alert").count()).toBe(0);
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

describe.each([
  ["dark", 1280],
  ["light", 360],
  ["dark", 360],
] as const)("in %s, %i px wide", (colorScheme, width) => {
  it("endpoints and their dialogs pass axe and fit", async () => {
    const { page } = await openWebhooks({ colorScheme, viewport: { width, height: 800 } });
    const card = cardOf(page, "good");
    await card.getByRole("button", { name: "Send test event" }).click();
    await card.getByRole("status").getByText("✓ Test event: 204").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/endpoints-${colorScheme}-${width}.png`, fullPage: true });
    expect(await violationsOf(page)).toEqual([]);
    for (const button of ["Edit", "Signing secret", "Delete"]) {
      await card.getByRole("button", { name: button }).click();
      await page.getByRole("dialog").waitFor();
      expect(await violationsOf(page), button).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    const [scroll, inner] = (await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")) as [
      number,
      number,
    ];
    expect(scroll).toBeLessThanOrEqual(inner);
  });
});
