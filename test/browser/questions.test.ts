// The two questions that bring people to the dashboard, each answered within three clicks from the start page.

import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "1" });
  dashboard.stage.world.play("receivers", {
    hooks: {
      // Fails until the schedule is used up. Then somebody mends it.
      broken: [
        { status: 404, body: "Cannot POST /broken" },
        { status: 404, body: "Cannot POST /broken" },
        { status: 204 },
      ],
    },
  });
});

afterAll(() => dashboard.close());

/** Opens the start page. `click` counts. */
async function start(): Promise<{ readonly page: Page; click(what: Locator): Promise<void>; clicks(): number }> {
  const { page } = await dashboard.signedIn();
  await page.goto(`${dashboard.stage.url}/#/overview`);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  let clicks = 0;
  return {
    page,
    async click(what) {
      await what.click();
      clicks++;
    },
    clicks: () => clicks,
  };
}

/** @returns the id, also if the provider refuses the generation at once. */
async function generate(fields: object): Promise<string> {
  const json = { video_url: "https://example.com/v.mp4", ...fields };
  const answer = await dashboard.stage.call("/v1/generations", { key: TEST, json, headers: { prefer: "wait=60" } });
  const view = (await answer.json()) as { id?: string; generation_id?: string };
  return view.id ?? view.generation_id ?? "";
}

it("which of these is mine, and what went wrong?", async () => {
  const made = [
    { prompt: "A lantern in the snow [refused]", metadata: { order: "1041" } },
    { prompt: "A fox in the snow [no-credits]", metadata: { order: "1042" } },
    { prompt: "A fox in the rain [refused]", metadata: { order: "1043" } },
    { prompt: "A fox in the snow [instant]", metadata: { order: "1044" } },
  ];
  const ids = await Promise.all(made.map(generate));
  const { page, click, clicks } = await start();
  const day = page.getByRole("region", { name: "Last 24 hours" });
  const failed = day.getByRole("definition").filter({ has: page.getByRole("link", { name: "3", exact: true }) });
  await click(failed.getByRole("link"));
  await click(page.getByLabel("Search IDs and prompts"));
  await page.keyboard.type("fox snow");
  const rows = page.getByRole("link", { name: /A fox in the/ });
  await expect.poll(() => rows.count()).toBe(1);
  await click(rows);
  await page.getByRole("heading", { name: "Not enough credits" }).waitFor();
  await page.getByText("1042").waitFor();
  expect(clicks()).toBeLessThanOrEqual(3);
  expect(page.url()).toContain(ids[1]);
});

it("why does my endpoint get nothing, and how do I make up for it?", async () => {
  const { stage } = dashboard;
  const json = { url: `${stage.world.url}/hooks/receivers/broken` };
  const made = await stage.call("/v1/webhook-endpoints", { key: TEST, json });
  const { id } = (await made.json()) as { id: string };
  await generate({ prompt: "[instant]" });
  const failed = async () => {
    const answer = await stage.call(`/v1/webhook-endpoints/${id}/deliveries?state=failed`, { key: TEST });
    return ((await answer.json()) as { data: unknown[] }).data.length;
  };
  await expect.poll(failed, { timeout: 30_000 }).toBe(1);
  const { page, click, clicks } = await start();
  const callbacks = page.getByRole("region", { name: "Callbacks" });
  await callbacks.getByText("failing").waitFor();
  await callbacks.getByText("There is nothing at this path").waitFor();
  await click(callbacks.getByRole("link", { name: "hooks/receivers/broken" }));
  const trouble = page.getByRole("region", { name: "What is wrong" });
  await trouble.getByText("Check the path of the URL for typos").waitFor();
  await trouble.getByText("Cannot POST /broken").waitFor();
  await click(page.getByRole("button", { name: "Recover since" }));
  await click(page.getByRole("button", { name: "Send 1 again" }));
  await page.getByRole("region", { name: "Recover" }).getByText("1 delivery sent again").waitFor();
  expect(clicks()).toBe(3);
  await page.locator(".badge.delivered").waitFor();
  expect(stage.world.calls("receivers", "hook")).toHaveLength(3);
});
