// `npm run screenshots`: pictures of every page and state of the dashboard, light and dark, wide and narrow, in
// out/screenshots. `-- --readme` also replaces the two pictures of the README. `-- generation` makes only those whose name
// begins with that.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { findChromium, LAUNCH_OPTIONS } from "../browser/chromium.ts";
import { fill } from "./data.ts";
import { type Picture, picturesOf } from "./pages.ts";
import { type Stage, setStage } from "./stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "out/screenshots");

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 360 },
  { colorScheme: "dark", width: 360 },
] as const;

type Look = (typeof LOOKS)[number];

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { readme: { type: "boolean" } },
  });
  await mkdir(FOLDER, { recursive: true });
  const browser = await chromium.launch({ ...LAUNCH_OPTIONS, executablePath: await findChromium() });
  const stage = await setStage();
  try {
    const all = picturesOf(stage, await fill(stage));
    const wanted = all.filter(
      ({ name }) => positionals.length === 0 || positionals.some((each) => name.startsWith(each)),
    );
    for (const picture of wanted) {
      for (const look of LOOKS) {
        const path = join(FOLDER, `${picture.name}-${look.colorScheme}-${look.width}.png`);
        await take(browser, stage, picture, look, { path, fullPage: true });
      }
      console.log(picture.name);
    }
    if (values.readme) {
      const [picture] = all.filter(({ name }) => name === "generation-completed");
      for (const look of LOOKS.filter(({ width }) => width === 1280)) {
        const path = join(ROOT, `docs/images/dashboard-${look.colorScheme}.png`);
        if (picture !== undefined) await take(browser, stage, picture, look, { path });
      }
    }
  } finally {
    await browser.close();
    await stage.stop();
  }
}

async function take(
  browser: Browser,
  { url }: Stage,
  { path, key, act }: Picture,
  { colorScheme, width }: Look,
  file: { readonly path: string; readonly fullPage?: boolean },
): Promise<void> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    if (key !== null) {
      await page.goto(`${url}/healthz`);
      await page.evaluate(`sessionStorage.setItem("reelhook.key", ${JSON.stringify(key)})`);
    }
    await page.goto(`${url}/${path}`);
    await page.getByRole("heading").first().waitFor();
    await page.locator(".loading").waitFor({ state: "detached" });
    await act?.(page);
    // Videos show their first frame when they have loaded it.
    await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await page.screenshot(file);
  } catch (cause) {
    console.error(`${file.path}: ${cause instanceof Error ? cause.message : cause}`);
    process.exitCode = 1;
  } finally {
    await context.close();
  }
}

await main(process.argv.slice(2));
