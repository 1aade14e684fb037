// The inbox of a development server: callbacks appear as they arrive, and the playground fills in its URL.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Inbox, startInbox } from "../../scripts/dev/inbox.ts";
import { LIVE, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

let dashboard: Dashboard;
let inbox: Inbox;

beforeAll(async () => {
  inbox = await startInbox({
    port: 0,
    workerPort: 8787,
    dashboard: "http://localhost/#/inbox",
    keys: [
      { account: "acme", mode: "test", key: TEST },
      { account: "acme", mode: "live", key: LIVE },
    ],
    read: async (path, key) => (await dashboard.stage.call(path, { key })).json(),
    onCallback: () => {},
  });
  dashboard = await openDashboard({ INBOX_URL: inbox.url });
});

afterAll(async () => {
  await dashboard.close();
  await inbox.stop();
});

async function openInbox(page: Page): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("heading", { name: "Inbox", exact: true }).waitFor();
}

const callbacks = (page: Page) => page.getByRole("list", { name: "Callbacks" }).getByRole("listitem");

it("says what to do while it is empty, and shows the callback of a generation from the playground", async () => {
  const { page, troubles } = await dashboard.signedIn();
  await openInbox(page);
  await page.getByRole("heading", { name: "No callbacks yet" }).waitFor();
  await page.getByRole("link", { name: "playground" }).last().click();
  expect(await page.getByLabel("webhooks[0].url").inputValue()).toBe(inbox.url);
  await page.getByLabel("prompt").first().fill("a fox [instant]");
  await page.getByRole("button", { name: /^Generate/ }).click();
  await page.getByRole("heading", { name: /^gen_/ }).waitFor();
  await openInbox(page);
  const callback = callbacks(page).filter({ hasText: "generation.completed" });
  await callback.getByText("verified", { exact: true }).waitFor();
  await callback.getByText("Headers and body").click();
  await callback.getByText(`"type": "generation.completed"`).waitFor();
  await callback.getByText(/^webhook-signature: v1,/m).waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}/inbox-callback.png` });
  await callback.getByRole("link", { name: /^gen_/ }).click();
  await page.getByRole("heading", { name: /^gen_/ }).waitFor();
  expect(troubles).toEqual([]);
});

it("says why a callback is not verified, and passes axe on a phone and in dark mode", async () => {
  for (const body of ['{"type": "generation.completed"}', "<b>no JSON</b>"]) {
    expect((await fetch(`${inbox.url}/any/path`, { method: "POST", body })).status).toBe(204);
  }
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 360],
  ] as const) {
    const { page } = await dashboard.signedIn({ colorScheme, viewport: { width, height: 800 } });
    await openInbox(page);
    const forged = callbacks(page).first();
    await forged.getByText("unverified", { exact: true }).waitFor();
    await forged.getByText("Not verified: a webhook-… header is missing.").waitFor();
    await forged.getByText("Headers and body").click();
    await forged.getByText("<b>no JSON</b>").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/inbox-${colorScheme}-${width}.png`, fullPage: true });
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  }
});

it("shows no callbacks of another mode", async () => {
  const { page } = await dashboard.signedIn({}, LIVE);
  await openInbox(page);
  await page.getByText("unverified", { exact: true }).first().waitFor();
  expect(await page.getByText("verified", { exact: true }).count()).toBe(0);
});
