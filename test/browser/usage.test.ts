// The costs that the dashboard shows: on the playground's button, in the list, in the details, and on the usage page.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UsageView } from "../../src/contract/usage.ts";
import { smallCatalogue } from "../support/catalogue.ts";
import { GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import { chooseModel, type Dashboard, modelBox, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

/** Five cents a second, five seconds by default. */
const PRICED = "acme/dream-1";

const CHARGED = {
  body: {
    id: "{{id}}",
    status: "completed",
    video: { url: "{{file}}" },
    meta: { usage: { credits_used: 480_000, usd_spent: 0.24 } },
  },
};

let dashboard: Dashboard;
let stage: Stage;

beforeAll(async () => {
  dashboard = await openDashboard({ BUDGETS: '{"acme": {"usd_per_day": 0.6, "usd_per_month": 100}}' });
  stage = dashboard.stage;
  stage.world.playCatalogue(smallCatalogue());
  stage.world.play("charged", { poll: [CHARGED] });
  stage.world.play("endless", { poll: [GENERATING] });
});

afterAll(() => dashboard.close());

/** Uses the playground in live mode. @returns once the page of the generation is open. */
async function generate(page: Page, scenario: string): Promise<void> {
  await page.goto(`${stage.url}/#/playground`);
  await modelBox(page).waitFor();
  await chooseModel(page, PRICED);
  await chooseDuration(page, "5");
  await page.getByLabel("prompt").fill(`scenario=${scenario}`);
  await page.getByRole("button", { name: "Generate · about $0.25" }).click();
}

async function chooseDuration(page: Page, seconds: string): Promise<void> {
  const more = page.getByText("More options");
  await more.waitFor();
  // Open already if the last visit has set one of these options.
  if (!(await page.getByLabel("duration").isVisible())) await more.click();
  await page.getByLabel("duration").selectOption(seconds);
}

const fact = (page: Page, name: string) => page.locator(".details .facts > div", { hasText: name }).locator("dd");

/** By how many pixels the page is wider than the window. */
const overflow = (page: Page) => page.evaluate("document.documentElement.scrollWidth - innerWidth");

/** A budget as the page shows it, in words. */
const budget = (page: Page, name: string) => page.getByRole("meter", { name }).getAttribute("aria-valuetext");

describe("a generation in live mode", () => {
  it("shows its estimate before and its charge afterwards, and is refused once the budget is used up", async () => {
    const { page, troubles } = await dashboard.signedIn({}, LIVE);
    await page.goto(`${stage.url}/#/playground`);
    await modelBox(page).waitFor();
    await chooseModel(page, PRICED);
    await chooseDuration(page, "10");
    await page.getByRole("button", { name: "Generate · about $0.50" }).waitFor();
    await chooseModel(page, "brook/keyframes");
    await page.getByText("The price is not known in advance.").waitFor();
    expect(await page.locator("[type=submit]").textContent()).toBe("Generate (billed)");
    await generate(page, "charged");
    await page.locator(".title .badge", { hasText: "completed" }).waitFor();
    expect(await fact(page, "Estimate").textContent()).toBe("$0.25");
    expect(await fact(page, "Charged").textContent()).toBe("$0.24, 480,000 credits");

    await generate(page, "endless");
    await page.getByRole("heading", { level: 1, name: /gen_/ }).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Generations" }).click();
    await page.getByRole("cell", { name: "≈ $0.25" }).waitFor();
    await page.getByRole("cell", { name: "$0.24", exact: true }).waitFor();

    await generate(page, "endless");
    const alert = page.getByRole("alert");
    await alert
      .filter({ hasText: /\$0\.49 of the budget of \$0\.60 a day is spent or reserved.*That is in \d+ [hms]/ })
      .waitFor();
    await alert.getByRole("link", { name: "usage page" }).click();
    await page.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
    await page.getByRole("meter", { name: "today" }).waitFor();
    expect(await budget(page, "today")).toBe("$0.24 spent and $0.25 reserved of $0.60");
    expect(await budget(page, "this month")).toBe("$0.24 spent and $0.25 reserved of $100.00");
    await page.goto(`${stage.url}/#/usage?from=2026-11-20&to=2026-11-01`);
    await page.getByRole("alert").filter({ hasText: "The first day is after the last day." }).waitFor();
    await page.getByRole("meter", { name: "today" }).waitFor();
    expect(await page.getByRole("region", { name: /by day/ }).count()).toBe(0);
    expect(await page.getByLabel("First day").inputValue()).toBe("2026-11-20");
    expect(troubles).toEqual([]);
  });
});

type Row = UsageView["data"][number];

const DAY_MS = 24 * 60 * 60 * 1000;
const MODELS = [
  ["runway/gen4_aleph", 0.75],
  ["kling-video/v2.1/master/image-to-video", 1.4],
  ["veo-3.1/text-to-video", 3.2],
  ["luma/ray-2", 0.5],
  ["minimax/hailuo-02", 0.28],
  ["wan/v2.2-plus/text-to-video", 0.1],
  ["pixverse/v5/text-to-video", 0.09],
] as const;

/** Invented usage, the same on every run. Some days have no generations. */
function seeded(from: string, to: string): Row[] {
  const rows: Row[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) {
    const day = time / DAY_MS;
    if (day % 11 === 3) continue;
    for (const [index, [model, price]] of MODELS.entries()) {
      const generations = (day * (index + 3) * 5 + index) % (11 - index);
      if (generations === 0) continue;
      const failed = generations > 5 ? 1 : 0;
      const completed = generations - failed;
      const usd = completed * price;
      const row = { generations, completed, failed, canceled: 0, credits: usd * 2_000_000, usd };
      rows.push({ day: new Date(time).toISOString().slice(0, 10), model, ...row, bytes: completed * 7_340_032 });
    }
  }
  return rows;
}

function view(data: Row[], state: UsageView["budget"] = null): UsageView {
  const sum = (name: keyof UsageView["total"]) => data.reduce((total, row) => total + row[name], 0);
  const total = {
    generations: sum("generations"),
    completed: sum("completed"),
    failed: sum("failed"),
    canceled: sum("canceled"),
    credits: sum("credits"),
    usd: sum("usd"),
    bytes: sum("bytes"),
  };
  return { object: "list", data, total, budget: state };
}

const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

const BUDGET: UsageView["budget"] = {
  day: { limit_usd: 50, spent_usd: 31.4, reserved_usd: 9.2, resets_at: later(5) },
  month: { limit_usd: 500, spent_usd: 230.15, reserved_usd: 9.2, resets_at: later(77) },
  unpriced: 0,
};

describe("the usage page", () => {
  it("shows charges by day and model as a chart and as a table, in light and dark, wide and narrow", async () => {
    let answer = (from: string, to: string): UsageView | null => view(seeded(from, to), BUDGET);
    const { page, troubles } = await dashboard.signedIn({}, LIVE, (page) =>
      page.route("**/v1/usage?*", (route) => {
        const query = new URL(route.request().url()).searchParams;
        const json = answer(query.get("from") ?? "", query.get("to") ?? "");
        return json === null ? route.abort() : route.fulfill({ json });
      }),
    );
    await page.goto(`${stage.url}/#/usage?from=2026-11-01&to=2026-11-27`);
    const chart = page.getByRole("region", { name: "Charged by day" });
    await chart.waitFor();
    expect(await page.locator(".bar").count()).toBe(27);
    for (const [colorScheme, width] of [
      ["dark", 320],
      ["light", 1280],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await violationsOf(page), `${colorScheme}, ${width} px`).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}/usage-${colorScheme}-${width}.png`, fullPage: true });
    }

    // The picture is hidden from screen readers, and the table is not.
    const table = page.getByRole("table", { name: "By day (UTC) and model" });
    const first = table.getByRole("row").nth(1);
    expect(await first.ariaSnapshot()).toContain('rowheader "1 Nov 2026"');
    expect(await table.getByRole("row").count()).toBe(seeded("2026-11-01", "2026-11-27").length + 1);
    expect(await chart.ariaSnapshot()).not.toContain("$30");
    await page.locator(".bar").nth(1).hover();
    await chart.getByText(/^2 Nov 2026: \$\d+\.\d\d, \d+ generations$/).waitFor();
    const toggle = chart.getByRole("button", { name: "Show as table" });
    await toggle.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".bar").count()).toBe(0);
    expect((await table.boundingBox())?.width).toBeGreaterThan(800);
    await page.keyboard.press("Enter");

    const choice = page.getByLabel("Period (UTC)");
    await choice.selectOption("Last 7 days");
    await expect.poll(() => page.locator(".bar").count()).toBe(7);
    expect(page.url()).toContain("#/usage?period=7");
    await page.reload();
    await expect.poll(() => page.locator(".bar").count()).toBe(7);
    await choice.selectOption("Other days");
    await page.getByLabel("First day").fill("2026-11-20");
    await page.getByLabel("Last day").fill("2026-11-21");
    await expect.poll(() => page.locator(".bar").count()).toBe(2);

    // No dollars: the chart counts generations instead.
    const priceless = (rows: readonly Row[]) => rows.map((row) => ({ ...row, usd: 0 }));
    answer = (from, to) => view(priceless(seeded(from, to)), { day: null, month: null, unpriced: 1 });
    await choice.selectOption("Last 30 days");
    await page.getByRole("region", { name: "Generations by day" }).getByText("has stated no charges").waitFor();
    await page.getByRole("note").getByText("whose price is not known").waitFor();
    // An event can reload the two days before the 30 days are loaded.
    await expect.poll(() => page.locator(".bar > span").count()).toBeGreaterThan(20);
    answer = () => null;
    await choice.selectOption("Last 90 days");
    await page.getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
    answer = () => view([]);
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.getByText("No generations in this period").waitFor();
    await page.getByText("No budget is set for this account.").waitFor();
    expect(troubles.filter((each) => !each.includes("net::ERR_FAILED"))).toEqual([]);
  });
});

describe("test mode", () => {
  it("is free: the button and the list say what live mode would cost, and the usage page that nothing counts", async () => {
    await stage.call("/v1/generations", { json: { model: PRICED, prompt: "[never]" }, key: TEST });
    const { page, troubles } = await dashboard.signedIn();
    await page.getByRole("columnheader", { name: "Live cost" }).waitFor();
    const cell = page.getByRole("cell", { name: "≈ $0.25" });
    await cell.waitFor();
    expect(await cell.getAttribute("title")).toBe("Estimate in live mode: $0.25");
    await page.setViewportSize({ width: 320, height: 800 });
    await page.screenshot({ path: `${SCREENSHOTS}/costs-320.png` });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.getByRole("navigation").getByRole("link", { name: "Usage" }).click();
    await page.getByText("Test mode costs nothing and is not counted").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
    await modelBox(page).waitFor();
    await chooseModel(page, PRICED);
    const button = page.getByRole("button", { name: "Generate (free)", description: "In live mode: about $0.25." });
    await button.waitFor();
    expect(troubles).toEqual([]);
  });
});
