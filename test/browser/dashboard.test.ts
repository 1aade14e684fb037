// The dashboard in a real browser, through a user's main paths.

import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { COMPLETED } from "../support/scenario.ts";
import { LIVE, type Stage, TEST } from "../support/stage.ts";
import { chooseModel, type Dashboard, openDashboard, SCREENSHOTS, violationsOf } from "./visit.ts";

/** Bytes of everything that the start page loads, compressed. */
const MAX_START_PAGE = 60_000;

let dashboard: Dashboard;
let stage: Stage;

beforeAll(async () => {
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "1,86400" });
  stage = dashboard.stage;
  stage.world.play("receivers", {
    hooks: {
      good: [{ status: 204 }],
      // Fails the first two attempts; the redelivery succeeds.
      down: [
        { status: 500, body: "the receiver is on fire" },
        { status: 500, body: "still" },
        { status: 200, body: "ok" },
      ],
    },
  });
});

afterAll(() => dashboard.close());

const hook = (receiver: string) => `${stage.world.url}/hooks/receivers/${receiver}`;

async function goTo(page: Page, place: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: place, exact: true }).click();
}

describe("signing in", () => {
  it("with an unknown key shows a clear error", async () => {
    const { page } = await dashboard.newPage();
    await page.goto(stage.url);
    await page.getByLabel("API key").fill("rh_test_nobody_0123456789");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "Unknown API key" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel("API key").fill(TEST);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.getByText("Test mode", { exact: true }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });

  it("keeps the key only in the session, and shows the account and the mode on every page", async () => {
    const { page, requests, troubles } = await dashboard.signedIn();
    for (const place of ["Playground", "Webhooks", "Generations"]) {
      await goTo(page, place);
      await page.getByRole("heading", { level: 1, name: place }).waitFor();
      expect(await page.getByRole("banner").textContent()).toMatch(/Signed in as acmeTest mode/);
    }
    expect(await page.evaluate("[localStorage.length, document.cookie]")).toEqual([0, ""]);
    expect(requests.filter((url) => url.includes(TEST) || !url.startsWith(stage.url))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it("with a live key shows live mode", async () => {
    const { page } = await dashboard.signedIn({}, LIVE);
    await page.getByText("Live mode", { exact: true }).waitFor();
  });

  it("leads to a start page of at most 60 kB", async () => {
    const { page } = await dashboard.newPage();
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      // A stream never ends.
      if (!response.url().endsWith("/v1/events")) bodies.push(response.body());
    });
    await page.goto(stage.url);
    await page.getByLabel("API key").fill(TEST);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.locator(".loading").waitFor({ state: "detached" });
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
    const bytes = sizes.reduce((sum, each) => sum + each, 0);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThanOrEqual(MAX_START_PAGE);
  });
});

describe("a generation", () => {
  it("is created in the playground, watched live until its video plays, and sent to a failing webhook", async () => {
    const { page, troubles } = await dashboard.signedIn();
    await goTo(page, "Playground");
    const prompt = page.getByLabel("prompt");
    await prompt.fill("");
    await page.getByText("More options").click();
    await page.getByLabel("seed").fill("-1");
    await page.getByLabel("webhooks[0].url").fill(hook("down"));
    const code = page.getByRole("region", { name: "Code sample" });
    await code.getByText(`"url": "${hook("down")}"`).waitFor();
    await page.getByRole("button", { name: "Generate (free)" }).click();
    await page.getByRole("alert").filter({ hasText: "Fix the 2 highlighted fields" }).waitFor();
    expect(await prompt.getAttribute("aria-invalid")).toBe("true");
    expect(await violationsOf(page)).toEqual([]);
    await prompt.fill("A lantern in the snow");
    await page.getByLabel("seed").fill("7");
    await code.getByRole("button", { name: "Python" }).click();
    await code.getByText('"prompt": "A lantern in the snow"').waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/playground.png`, fullPage: true });
    await page.getByRole("button", { name: "Generate (free)" }).click();

    await page.getByText("The provider is generating the video").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/generating.png`, fullPage: true });
    const video = page.locator("video");
    await video.waitFor({ timeout: 60_000 });
    await page.locator(".title .badge", { hasText: "completed" }).first().waitFor();
    await video.evaluate((element) => (element as unknown as { play(): Promise<void> }).play());
    await vi.waitUntil(
      () => video.evaluate((element) => "currentTime" in element && Number(element.currentTime) > 0.2),
      {
        timeout: 10_000,
      },
    );
    expect(await page.locator(".poll").count()).toBeGreaterThan(15);
    const wide = page.viewportSize() ?? { width: 1280, height: 720 };
    for (const [colorScheme, width] of [
      ["dark", 360],
      ["light", 360],
      ["dark", wide.width],
      ["light", wide.width],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ ...wide, width });
      await page.screenshot({ path: `${SCREENSHOTS}/completed-${colorScheme}-${width}.png`, fullPage: true });
      expect(await violationsOf(page), `${colorScheme}, ${width} px`).toEqual([]);
    }

    // Two attempts have failed; the next one is a day away.
    const delivery = page
      .getByRole("listitem")
      .filter({ hasText: "generation.completed" })
      .filter({ hasText: hook("down") });
    await delivery.getByText(/2 failed, next in /).waitFor();
    await delivery.locator(".attempts summary").last().click();
    await delivery.getByText("the receiver is on fire").waitFor();
    await delivery.getByText(/reelhook-attempt: 1[\s\S]*"type": "generation\.completed"/).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}/failing-webhook.png`, fullPage: true });
    await delivery.getByRole("button", { name: "Redeliver" }).click();
    await delivery.locator(".badge", { hasText: "delivered" }).waitFor();
    expect(stage.world.calls("receivers", "hook").filter(({ path }) => path.endsWith("/down"))).toHaveLength(3);

    await page.getByRole("button", { name: "Copy ID" }).click();
    await page.getByRole("button", { name: "Copied ID" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^gen_/);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("button", { name: "Go back" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("button", { name: "Delete permanently" }).click();
    await page.getByRole("heading", { name: "Generations", exact: true }).waitFor();
    expect(troubles).toEqual([]);
  });

  it("can be canceled after a warning", async () => {
    const id = await dashboard.generate({ prompt: "[never]" });
    const { page, troubles } = await dashboard.signedIn();
    await page.goto(`${stage.url}/#/generations/${id}`);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByText("it may still finish the video and bill it").waitFor();
    await page.getByRole("button", { name: "Cancel generation" }).click();
    await page.locator(".title .badge", { hasText: "canceled" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it("appears and changes live in the list, and is filtered", async () => {
    const { page, requests, troubles } = await dashboard.signedIn();
    const filtered = page.waitForResponse((response) => response.url().includes("model=runway"));
    await page.getByLabel("Model").selectOption("runway/gen4_aleph");
    await filtered;
    const asked = requests.filter((url) => url.includes("/v1/generations?")).length;
    const id = await dashboard.generate({ prompt: "[never]" });
    const row = page.getByRole("row").filter({ hasText: id });
    await row.waitFor();
    await row.getByText("generating").waitFor();
    await stage.call(`/v1/generations/${id}/cancel`, { method: "POST", key: TEST });
    await row.getByText("canceled").waitFor();
    // Three changes came as events. At most one request: the reload of the list when the stream opened.
    expect(requests.filter((url) => url.includes("/v1/generations?")).length).toBeLessThanOrEqual(asked + 1);
    await page.getByLabel("Status").selectOption("queued");
    await row.waitFor({ state: "detached" });
    await page.getByText("No matches").waitFor();
    await page.getByLabel("Status").selectOption("");
    const many = await Promise.all(Array.from({ length: 12 }, () => dashboard.generate({ prompt: "[never]" })));
    for (const each of many) await page.getByRole("row").filter({ hasText: each }).waitFor();
    await page.goto(`${stage.url}/#/generations/gen_00000000000000000000000000`);
    await page.getByText("There is no generation").waitFor();
    expect(troubles).toEqual([]);
  });
});

describe("a large video", () => {
  it("shows its stored bytes while it is copied", async () => {
    const bytes = 24 * 1024 * 1024;
    stage.world.play("large", { poll: [COMPLETED], file: [{ bytes, stallAfter: 18 * 1024 * 1024 }] });
    const json = { prompt: "scenario=large", video_url: "https://example.com/v.mp4" };
    const { id } = (await (await stage.call("/v1/generations", { json })).json()) as { id: string };
    const { page } = await dashboard.signedIn({}, LIVE);
    await page.goto(`${stage.url}/#/generations/${id}`);
    await page.getByText("Copying the video to R2").waitFor();
    await page.getByText("16.8 MB of 25.2 MB").first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await stage.call(`/v1/generations/${id}/cancel`, { method: "POST" });
    await page.locator(".title .badge", { hasText: "canceled" }).waitFor();
  });
});

describe("the playground", () => {
  it("creates generations with any model and keeps the typed values", async () => {
    const { page } = await dashboard.signedIn();
    await goTo(page, "Playground");
    await page.getByLabel("prompt").fill("a [red] fox");
    await page.getByText("Test scenario").first().click();
    await page.getByLabel("[fail]").check();
    expect(await page.getByLabel("prompt").inputValue()).toBe("a [red] fox [fail]");
    await chooseModel(page, "runway/act_two");
    const urlIn = (name: string) => page.getByRole("group", { name }).getByRole("textbox", { name: "url" });
    await urlIn("character").fill("https://example.com/face.png");
    await urlIn("reference").fill("https://example.com/v.mp4");
    await page.getByText("More options").click();
    await page.getByRole("button", { name: "Add to metadata" }).click();
    await page.getByLabel("metadata 1: name").fill("12x");
    await page.getByLabel("metadata 1: value").fill("one");
    await page.getByRole("button", { name: "Generate (free)" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.getByText("12x").waitFor();
    await goTo(page, "Playground");
    await chooseModel(page, "gen3a_turbo");
    await page.getByLabel("image_url", { exact: false }).first().fill("https://example.com/first.png");
    await page.getByRole("button", { name: "Generate (free)" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
  });
});
