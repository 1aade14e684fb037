// Texts that the dashboard shows come from callers, providers and receivers. They are shown as text, and secrets leave
// the page with their dialog.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LIVE, TEST } from "../support/stage.ts";
import { type Dashboard, openDashboard } from "./visit.ts";

/** Would run in an attribute, in an element, as a link, and as a style. */
const HOSTILE = `javascript:hacked=1//"'><img src=x onerror="hacked=1"><script>hacked=1</script>;}*{display:none}`;

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ RETRY_DELAYS_SECONDS: "86400" });
});

afterAll(() => dashboard.close());

/** Replaces every text in the API's answers, except those that the pages decide by. */
function hostile(value: unknown, name = ""): unknown {
  const isFixed =
    /^(id|object|type|status|state|mode|events?|endpoint_id|next_cursor)$|(_at|^at|^timestamp|^since)$/.test(name);
  if (typeof value === "string") {
    if (isFixed) return value;
    // The API returns absolute URLs here, and pages take them apart.
    return name === "url" ? `https://example.com/${HOSTILE}` : HOSTILE;
  }
  if (Array.isArray(value)) return value.map((each) => hostile(each, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, hostile(own, key)]));
}

/** Whether a script ran, elements that no page has, and links and sources that lead elsewhere. */
async function injectedIn(page: Page): Promise<unknown> {
  return await page.evaluate(`(() => {
    const strange = [...document.querySelectorAll("main img, main script, main iframe, main style, [onerror], [onclick]")];
    const linked = [...document.querySelectorAll("[href], [src], [action]")]
      .map((element) => element.href ?? element.src ?? element.action)
      .filter((address) => !address.startsWith(location.origin + "/") && address !== "data:,");
    return [window.hacked, strange.map(({ outerHTML }) => outerHTML), linked];
  })()`);
}

it("shows texts of callers, providers and receivers as text, and links nowhere else", async () => {
  const { stage } = dashboard;
  stage.world.play("receivers", { hooks: { down: [{ status: 500, body: HOSTILE }] } });
  const webhook_url = `${stage.world.url}/hooks/receivers/down`;
  const canceled = await dashboard.generate({
    prompt: `[never] ${HOSTILE}`,
    metadata: { [HOSTILE.slice(0, 40)]: HOSTILE },
    webhook_url,
  });
  await stage.call(`/v1/generations/${canceled}/cancel`, { key: TEST, method: "POST" });
  const json = { url: webhook_url, description: HOSTILE, headers: { "x-custom-note": HOSTILE } };
  expect((await stage.call("/v1/webhook-endpoints", { json, key: TEST })).status).toBe(201);
  const { page } = await dashboard.signedIn();
  const visit = async () => {
    await page.goto(`${stage.url}/#/generations/${canceled}`);
    await page.locator(".attempts summary").first().click();
    await page.locator(".exchange").waitFor();
    expect(await page.locator("main").textContent()).toContain(HOSTILE);
    expect(await injectedIn(page)).toEqual([undefined, [], []]);
    for (const place of [`#/playground/${canceled}`, "#/webhooks", "#/generations"]) {
      await page.goto(`${stage.url}/${place}`);
      await page.locator(".loading").waitFor({ state: "detached" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await injectedIn(page), place).toEqual([undefined, [], []]);
    }
  };
  await visit();
  // Also texts that the API itself would never return.
  await page.route(/\/v1\/(generations|webhook-endpoints|webhook-secret)/, async (route) => {
    const response = await route.fetch();
    const isJson = response.headers()["content-type"]?.startsWith("application/json");
    await route.fulfill(isJson ? { response, json: hostile(await response.json()) } : { response });
  });
  await visit();
});

it("keeps no secret in the page after its dialog has closed", async () => {
  const { page } = await dashboard.signedIn({}, LIVE);
  await page.goto(`${dashboard.stage.url}/#/webhooks`);
  const own = page.getByRole("region", { name: "Per-request webhooks" });
  await own.getByRole("button", { name: "Signing secret" }).click();
  await page.getByRole("button", { name: "Reveal" }).click();
  const secret = (await page.getByTestId("secret").textContent()) ?? "";
  expect(secret).toMatch(/^whsec_/);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const left = await page.evaluate(
    "[document.documentElement.outerHTML, JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])].join()",
  );
  expect(left).not.toContain(secret);
  expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain(LIVE);
});
