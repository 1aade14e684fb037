// The API reference page in a real browser.

import { expect, inject, it } from "vitest";
import { ROUTES } from "../../src/http/routes.ts";
import { setStage } from "../support/stage.ts";
import { openBrowser } from "./browser.ts";

it("/docs shows every operation, loads only from its own origin and violates no CSP rule", async () => {
  const stage = await setStage();
  const browser = await openBrowser(inject("chromium"));
  try {
    const { page, troubles, requests } = await browser.newPage();
    // The address cannot choose what is shown.
    const choice = "https://attacker.example/openapi.json";
    await page.goto(`${stage.url}/docs?url=${choice}&urls.primaryName=x&configUrl=${choice}&spec={}`);
    await page.locator(".opblock").first().waitFor();
    // Plus the two OpenAPI webhooks.
    expect(await page.locator(".opblock").count()).toBe(ROUTES.length + 2);
    await page.locator("#operations-Generations-createGeneration").click();
    await page.getByText("Add a small fairy").first().waitFor();
    await page.screenshot({ path: "out/screenshots/docs.png" });
    expect(requests.filter((url) => !url.startsWith(stage.url) && !url.startsWith("data:"))).toEqual([]);
    expect(troubles).toEqual([]);
  } finally {
    await browser.close();
    await stage.stop();
  }
});
