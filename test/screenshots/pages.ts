// Every page and state that is pictured.

import type { Page } from "playwright-core";
import type { Shown } from "./data.ts";
import { EMPTY_KEY, LIVE_KEY, type Stage } from "./stage.ts";

export interface Picture {
  readonly name: string;
  /** The address after `/`. */
  readonly path: string;
  /** Null if nobody is signed in. */
  readonly key: string | null;
  /** What is done on the page before the picture. */
  readonly act?: (page: Page) => Promise<unknown>;
}

export function picturesOf({ key }: Stage, { generations, endpoints }: Shown): readonly Picture[] {
  const button = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();
  return [
    { name: "sign-in", path: "", key: null },
    { name: "overview", path: "#/overview", key },
    { name: "overview-empty", path: "#/overview", key: EMPTY_KEY },
    { name: "generations", path: "#/generations", key },
    { name: "generations-failed", path: "#/generations?status=failed", key },
    { name: "generations-none", path: "#/generations?q=nothing-has-this", key },
    { name: "generations-empty", path: "#/generations", key: EMPTY_KEY },
    {
      name: "generations-selected",
      path: "#/generations",
      key,
      act: async (page) => {
        for (const at of [1, 2, 3]) await page.getByRole("checkbox").nth(at).check();
      },
    },
    { name: "generation-completed", path: `#/generations/${generations.completed}`, key },
    { name: "generation-failed", path: `#/generations/${generations.failed}`, key },
    { name: "generation-running", path: `#/generations/${generations.running}`, key },
    { name: "playground", path: "#/playground", key },
    { name: "playground-live", path: "#/playground", key: LIVE_KEY },
    { name: "webhooks", path: "#/webhooks", key },
    { name: "webhooks-empty", path: "#/webhooks", key: EMPTY_KEY },
    { name: "webhooks-add", path: "#/webhooks", key, act: button("Add endpoint") },
    ...Object.entries(endpoints).map(([path, id]) => ({ name: `endpoint-${path}`, path: `#/webhooks/${id}`, key })),
    { name: "endpoint-recover", path: `#/webhooks/${endpoints["crm"]}`, key, act: button(/^Recover/) },
    { name: "usage", path: "#/usage", key },
    { name: "keys", path: "#/keys", key },
    { name: "keys-signed-out", path: "#/keys", key: null },
    { name: "docs", path: "docs", key },
  ];
}
