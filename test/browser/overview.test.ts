// The start page: what it counts, and where its numbers lead.

import { afterAll, beforeAll, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, OTHER, type Stage } from "../support/stage.ts";
import { type Dashboard, openDashboard, violationsOf } from "./visit.ts";

const FAILED = { body: { id: "{{id}}", status: "error", error: { name: "Error", message: "The job was lost." } } };
const REFUSED = { status: 400, body: { message: "The video is too long." } };

let dashboard: Dashboard;
let stage: Stage;

beforeAll(async () => {
  dashboard = await openDashboard();
  stage = dashboard.stage;
  stage.world.play("made", { poll: [COMPLETED], hooks: { broken: [{ status: 500 }] } });
  stage.world.play("lost", { poll: [FAILED] });
  stage.world.play("refused", { submit: [REFUSED] });
  stage.world.play("endless", { poll: [GENERATING] });
});

afterAll(() => dashboard.close());

/** @returns the generation once it has ended, or after `seconds`. */
async function generate(scenario: string, seconds: number, more: object = {}): Promise<void> {
  const json = { prompt: `scenario=${scenario}`, video_url: "https://example.com/v.mp4", ...more };
  await (await stage.call("/v1/generations", { json, headers: { prefer: `wait=${seconds}` } })).json();
}

it("shows a new account what to do first", async () => {
  const { page } = await dashboard.signedIn({}, OTHER);
  await page.goto(`${stage.url}/#/overview`);
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await page.getByText("The provider bills it").waitFor();
  const links = page.getByRole("main").getByRole("listitem").getByRole("link");
  const places = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(places).toEqual(["#/playground", "#/webhooks", "#/keys", "/docs"]);
  expect(await violationsOf(page)).toEqual([]);
});

it("counts what its links list, and follows", async () => {
  const webhooks = [{ url: `${stage.world.url}/hooks/made/broken` }];
  await Promise.all([
    ...["made", "lost", "lost", "refused"].map((scenario) => generate(scenario, 60)),
    generate("made", 60, { webhooks }),
    generate("endless", 1),
  ]);
  stage.world.places = 0;
  await generate("endless", 1);
  const { page, troubles } = await dashboard.signedIn({}, LIVE);
  await page.goto(`${stage.url}/#/overview`);
  await page.getByRole("region", { name: "Waiting in line" }).getByText("Next in line").waitFor();
  const shown = (name: string) => page.getByRole("region", { name });
  const numbers: Record<string, number> = {};
  for (const link of await page.getByRole("main").getByRole("link").all()) {
    const [place = "", query = ""] = ((await link.getAttribute("href")) ?? "").split("?");
    if (place !== "#/generations" || !query.includes("created_after")) continue;
    const row = link.locator("xpath=ancestor::*[self::li or self::dd][1]");
    const number = Number(/\d+/.exec((await link.textContent()) ?? "")?.[0] ?? (await row.locator("b").textContent()));
    const list = await (await stage.call(`/v1/generations?${query}`)).json();
    const filter = new URLSearchParams(query);
    filter.delete("created_after");
    numbers[filter.toString()] = number;
    expect((list as { data: unknown[] }).data.length, query).toBe(number);
  }
  expect(numbers).toMatchObject({
    "": 7,
    "status=completed": 2,
    "status=failed": 3,
    "status=failed&error=provider_error": 2,
    "status=failed&error=invalid_input": 1,
    "status=queued": 1,
    "status=generating": 1,
    "deliveries=pending": 1,
  });
  expect(await shown("Latest failures").getByRole("listitem").count()).toBe(3);
  const places = shown("Waiting in line").getByRole("listitem");
  expect(await places.count()).toBe(1);
  stage.world.places = Number.POSITIVE_INFINITY;
  await generate("refused", 1);
  await shown("Last 24 hours").getByRole("link", { name: "8", exact: true }).waitFor();
  await shown("Latest failures").getByRole("listitem").nth(3).waitFor();
  expect(troubles).toEqual([]);
});
