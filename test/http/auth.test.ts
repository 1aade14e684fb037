import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
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
