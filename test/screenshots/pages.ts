// What the screenshots show: each page in each of its states.

import type { Page } from "playwright-core";
import { ADMIN, type fillAccount, NEW, TEST } from "./account.ts";

export interface Shot {
  /** Of the file. */
  readonly name: string;
  /** Fragment of the address, or a path. */
  readonly place: string;
  /** The API key that is signed in with; by default, of an account in live mode. */
  readonly key?: string | null;
  /** Leads from the page to its state. */
  readonly act?: (page: Page) => Promise<unknown>;
  /** Only what is on the screen. */
  readonly isScreen?: boolean;
}

type Filled = Awaited<ReturnType<typeof fillAccount>>;

const press = (name: string) => (page: Page) => page.getByRole("button", { name, exact: true }).first().click();

export function shotsOf({ generations, endpoints }: Filled): readonly Shot[] {
  const generation = (id: string) => `#/generations/${id}`;
  const endpoint = ({ id }: { id?: string }) => `#/webhooks/${id}`;
  return [
    { name: "sign-in", place: "", key: null },
    {
      name: "sign-in-refused",
      place: "",
      key: null,
      act: async (page) => {
        await page.getByLabel("API key").fill("rh_test_nobody_0123456789");
        await press("Sign in")(page);
        await page.getByRole("alert").waitFor();
      },
    },
    {
      name: "docs",
      place: "/docs",
      key: null,
      isScreen: true,
      act: (page) => page.locator(".opblock").first().waitFor(),
    },
    { name: "overview", place: "#/overview" },
    { name: "overview-test-mode", place: "#/overview", key: TEST },
    { name: "overview-new-account", place: "#/overview", key: NEW },
    { name: "generations", place: "#/generations", isScreen: true },
    { name: "generations-failed", place: "#/generations?status=failed" },
    { name: "generations-no-match", place: "#/generations?q=unicorn" },
    { name: "generations-new-account", place: "#/generations", key: NEW },
    {
      name: "generations-selected",
      place: "#/generations",
      isScreen: true,
      act: async (page) => {
        for (const at of [1, 2, 3]) await page.getByRole("checkbox").nth(at).check();
      },
    },
    ...Object.entries(generations)
      .filter(([name]) => name !== "test")
      .map(([name, id]) => ({ name: `generation-${name}`, place: generation(id) })),
    { name: "generation-test-mode", place: generation(generations.test), key: TEST },
    { name: "generation-not-found", place: generation("gen_00000000000000000000000000") },
    { name: "generation-delete", place: generation(generations.completed), isScreen: true, act: press("Delete") },
    { name: "playground", place: "#/playground" },
    { name: "playground-test-mode", place: "#/playground", key: TEST },
    {
      name: "playground-again",
      place: `#/playground/${generations.completed}`,
    },
    {
      name: "playground-models",
      place: "#/playground",
      isScreen: true,
      act: (page) => page.getByRole("combobox").first().fill("e"),
    },
    { name: "webhooks", place: "#/webhooks" },
    { name: "webhooks-new-account", place: "#/webhooks", key: NEW },
    { name: "webhooks-add", place: "#/webhooks", isScreen: true, act: press("Add endpoint") },
    ...Object.entries(endpoints).map(([name, view]) => ({ name: `endpoint-${name}`, place: endpoint(view) })),
    {
      name: "endpoint-recover",
      place: endpoint(endpoints.broken),
      isScreen: true,
      act: (page) =>
        page
          .getByRole("button", { name: /^Recover/ })
          .first()
          .click(),
    },
    { name: "endpoint-secret", place: endpoint(endpoints.healthy), isScreen: true, act: press("Signing secret") },
    { name: "usage", place: "#/usage" },
    { name: "usage-test-mode", place: "#/usage", key: TEST },
    { name: "keys", place: "#/keys" },
    {
      name: "keys-list",
      place: "#/keys",
      act: async (page) => {
        await page.getByLabel("ADMIN_KEY").fill(ADMIN);
        await page.locator("main form button").click();
        await page.getByRole("button", { name: /^Make|^New/ }).waitFor();
      },
    },
  ];
}
