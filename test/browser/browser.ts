// One browser, whose pages tell what troubled them and what they asked for.

import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { LAUNCH_OPTIONS } from "./chromium.ts";

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the page: uncaught exceptions, refusals of its CSP, failed loads. */
  readonly troubles: string[];
  /** Every URL that it asked for. */
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
        // What the API refuses, the page shows; Chromium notes it as well.
        const isRefusal = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
        if (["error", "warning"].includes(message.type()) && !isRefusal) troubles.push(message.text());
      });
      page.on("request", (request) => requests.push(request.url()));
      return { page, troubles, requests };
    },
    async close() {
      // What a page still asks for is of no interest any more.
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
      await browser.close();
    },
  };
}
