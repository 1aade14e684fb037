// `npm run screenshots`: writes a picture of each page in each of its states to out/screenshots, in light and dark, wide
// and narrow. The pages show an account that the simulated world fills. With `-- --readme`, it also takes the pictures of
// the README. With `-- NAME …`, it takes only those whose names begin so.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { buildAssets } from "../../scripts/assets.ts";
import { startLocalWorker } from "../../scripts/local-worker.ts";
import { openBrowser } from "../browser/browser.ts";
import { findChromium } from "../browser/chromium.ts";
import { ADMIN, API_KEYS, fillAccount, LIVE } from "./account.ts";
import { PROVIDER, startNetwork } from "./network.ts";
import { type Shot, shotsOf } from "./pages.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "out/screenshots");
const IMAGES = join(ROOT, "docs/images");

const SCHEMES = ["light", "dark"] as const;
const WIDTHS = [1280, 360] as const;
const HEIGHT = 800;

/** Video, details and timeline. */
const README_HEIGHT = 980;

/** The page that the README shows. */
const README_SHOT = "generation-completed";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: "boolean", default: false } },
});

await buildAssets();
const { world, network } = await startNetwork();
const worker = await startLocalWorker({
  network,
  settings: {
    AIMLAPI_KEY: "provider-key",
    AIMLAPI_BASE_URL: PROVIDER,
    ADMIN_KEY: ADMIN,
    API_KEYS: JSON.stringify(API_KEYS),
    SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
    POLL_INTERVAL_SECONDS: "1",
    RETRY_DELAYS_SECONDS: "1,2",
    BUDGETS: JSON.stringify({ lumen: { usd_per_day: 50, usd_per_month: 500 } }),
  },
});
const browser = await openBrowser(await findChromium());
try {
  console.log("Making generations …");
  const filled = await fillAccount(worker, world);
  await mkdir(FOLDER, { recursive: true });
  const shots = shotsOf(filled).filter(
    ({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
  );
  for (const shot of shots) await take(shot);
  if (values.readme) for (const shot of shotsOf(filled)) if (shot.name === README_SHOT) await takeForReadme(shot);
} finally {
  await browser.close();
  await worker.stop();
  await world.stop();
}

async function take(shot: Shot): Promise<void> {
  const page = await open(shot);
  try {
    await shot.act?.(page);
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        await show(page, scheme, width);
        const path = join(FOLDER, `${shot.name}-${scheme}-${width}.png`);
        await page.screenshot({ path, fullPage: shot.isScreen !== true });
      }
    }
    console.log(shot.name);
  } catch (cause) {
    console.error(`${shot.name}: ${cause instanceof Error ? cause.message : cause}`);
    process.exitCode = 1;
  } finally {
    await page.context().close();
  }
}

async function takeForReadme(shot: Shot): Promise<void> {
  const page = await open(shot);
  for (const scheme of SCHEMES) {
    await show(page, scheme, WIDTHS[0], README_HEIGHT);
    await page.screenshot({ path: join(IMAGES, `dashboard-${scheme}.png`) });
  }
  await page.context().close();
}

async function open({ place, key = LIVE }: Shot): Promise<Page> {
  const { page } = await browser.newPage({ viewport: { width: WIDTHS[0], height: HEIGHT }, reducedMotion: "reduce" });
  await page.goto(`${worker.url}/healthz`);
  if (key !== null) await page.evaluate(`sessionStorage.setItem("reelhook.key", ${JSON.stringify(key)})`);
  await page.goto(`${worker.url}${place.startsWith("/") ? "" : "/"}${place}`);
  await page.locator(".loading").waitFor({ state: "detached" });
  await page.locator("h1, h2").first().waitFor();
  return page;
}

/** Shows the page in these colors and at this size. */
async function show(page: Page, colorScheme: "light" | "dark", width: number, height = HEIGHT): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height });
  // Videos show their first frame once they have loaded it.
  await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
}
