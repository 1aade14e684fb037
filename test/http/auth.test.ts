import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ROUTES } from "../../src/http/routes.ts";
import { AUTHORIZED, ENV, httpApp, KEY } from "../support/http-app.ts";

const HASH = createHash("sha256").update(KEY).digest("hex");

describe("an API key", () => {
  it.each([
    ["in plain text", { acme: [KEY] }, 200],
    ["by its hash", { acme: [HASH] }, 200],
    ["in plain text and by its hash", { acme: [KEY, HASH] }, 200],
    // Otherwise the second account would silently work with the data of the first.
    ["in plain text by one account and by its hash by another", { acme: [KEY], beta: [HASH] }, 401],
  ])("that is listed %s", async (_, keys, status) => {
    const response = await httpApp().get("/v1/account", { ...ENV, API_KEYS: JSON.stringify(keys) }, AUTHORIZED);
    expect(response.status).toBe(status);
    if (status === 200) expect(await response.json()).toMatchObject({ name: "acme", mode: "live" });
  });
});

describe("every route", () => {
  const ADMIN_KEY = "rh_admin_acme_0123456789";
  const env = { ...ENV, ADMIN_KEY };
  const IN_PATH = "gen_00000000000000000000000000";
  const routes = ROUTES.map(({ method, path, access }) => ({
    method,
    path,
    access: access ?? "api_key",
  }));

  async function statusOf({ method, path }: (typeof routes)[number], headers: Record<string, string>) {
    const body = method === "post" || method === "patch" ? "{}" : undefined;
    const address = path.replace(/\{\w+\}/g, IN_PATH);
    return (await httpApp().get(address, env, headers, method.toUpperCase(), body)).status;
  }

  it("that is public is in this list", () => {
    const open = routes.filter(({ access }) => access === "public").map(({ path }) => path);
    expect(open).toEqual(["/.well-known/webhook-keys/{address}", "/healthz", "/openapi.json"]);
  });

  it.each(routes.filter(({ access }) => access !== "public"))("refuses a wrong key: $method $path", async (route) => {
    const other = route.access === "admin_key" ? KEY : ADMIN_KEY;
    const credentials = [undefined, "rh_live_unknown_0123456789", other];
    for (const key of credentials) {
      expect(await statusOf(route, key === undefined ? {} : { authorization: `Bearer ${key}` })).toBe(401);
    }
  });
});
