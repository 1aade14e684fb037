// Finds a Chromium that plays H.264: an installed one, else Playwright's, else Debian's package. The headless shell comes
// first: it draws no window of its own, so that pages take a third less processor time.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the browser's executable. */
    chromium: string;
  }
}

const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** As root in a container, Chromium cannot create its sandbox. */
export const LAUNCH_OPTIONS = { args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] };

export default async function provideChromium({ provide }: TestProject): Promise<void> {
  provide("chromium", await findChromium());
}

/** @returns the path of its executable. @throws if there is none, and none can be installed. */
export async function findChromium(): Promise<string> {
  return (await firstThatPlays(installed())) ?? (await firstThatPlays(fromDebian())) ?? giveUp();
}

function installed(): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter((path) => existsSync(path));
  return [...new Set(found), chromium.executablePath()].filter((path) => existsSync(path));
}

function fromDebian(): string[] {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return [];
  console.log("No installed Chromium plays H.264. Installing Debian's package …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    execFileSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  try {
    apt("update");
    apt("install", "--yes", "--no-install-recommends", "chromium-headless-shell");
  } catch (cause) {
    console.error(`apt-get failed: ${cause instanceof Error ? cause.message : cause}`);
  }
  return installed();
}

async function firstThatPlays(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await playsH264(path)) return path;
  return null;
}

async function playsH264(executablePath: string): Promise<boolean> {
  try {
    const browser = await chromium.launch({ ...LAUNCH_OPTIONS, executablePath });
    try {
      const page = await browser.newPage();
      const script = `document.createElement("video").canPlayType('video/mp4; codecs="avc1.42E01E"')`;
      return (await page.evaluate(script)) !== "";
    } finally {
      await browser.close();
    }
  } catch {
    return false;
  }
}

function giveUp(): never {
  throw new Error(
    "The browser tests need a Chromium that plays H.264. Install one: `apt-get install chromium-headless-shell` on Debian, " +
      "Google Chrome elsewhere, or `npx playwright-core install chromium`.",
  );
}
