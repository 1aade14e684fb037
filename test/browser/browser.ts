// Opens one browser whose pages record their errors and requests.

import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { LAUNCH_OPTIONS } from "./chromium.ts";

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the page: uncaught exceptions, CSP violations, failed loads. */
  readonly troubles: string[];
  /** Every requested URL. */
  readonly requests: string[];
}

export type PageOptions = BrowserContextOptions;

export async function openBrowser(executablePath: string) {
  const browser = await chromium.launch({ ...LAUNCH_OPTIONS, executablePath });
  return {
    async newPage(options: PageOptions = {}): Promise<WatchedPage> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const troubles: string[] = [];
      const requests: string[] = [];
      page.on("pageerror", (error) => troubles.push(`uncaught: ${error.message}`));
      page.on("console", (message) => {
        // Chromium logs 4xx responses of the API; the page handles them itself.
        const isRefusal = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
        if (["error", "warning"].includes(message.type()) && !isRefusal) troubles.push(message.text());
      });
      page.on("request", (request) => requests.push(request.url()));
      return { page, troubles, requests };
    },
    async close() {
      // Drop running requests, so that their handlers do not fail after the browser has closed.
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
      await browser.close();
    },
  };
}
