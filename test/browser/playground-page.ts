// The playground in test mode, with the models of models.ts.

import type { Page } from "playwright-core";
import { TEST } from "../support/stage.ts";
import { playCatalogue } from "./models.ts";
import type { Dashboard } from "./visit.ts";

export async function openPlayground(dashboard: Dashboard) {
  const watched = await dashboard.signedIn({}, TEST, playCatalogue);
  await watched.page.goto(`${dashboard.stage.url}/#/playground`);
  await watched.page.getByRole("button", { name: "Generate (free)" }).waitFor();
  return watched;
}

export const generate = (page: Page) => page.getByRole("button", { name: "Generate (free)" }).click();

/** The code sample. */
export const code = (page: Page) => page.getByRole("region", { name: "Code sample" }).locator("pre");

/** The body in the code sample. */
export async function bodyShown(page: Page): Promise<unknown> {
  return JSON.parse((await code(page).textContent())?.split("-d '")[1]?.replace(/'$/, "") ?? "");
}
