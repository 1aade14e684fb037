// The calls that manage API keys, and the first keys of a deployment, against a running Worker.

import { afterAll, beforeAll, expect, it } from "vitest";
import { ApiKeyCallError, listKeys, makeKey, revokeKey } from "../../scripts/api-key-calls.ts";
import { Deploying } from "../support/cloudflare/deploying.ts";
import { type Stage, setStage } from "../support/stage.ts";

const ADMIN_KEY = "admin-key-of-the-test-0123456789";

let stage: Stage;

beforeAll(async () => {
  stage = await setStage({ settings: { ADMIN_KEY, API_KEYS: "" } });
});

afterAll(() => stage.stop());

it("the first key of a deployment makes the video that the output proposes", async () => {
  const deploying = new Deploying();
  deploying.fetch = fetch;
  const { code, out, error } = await deploying.run(["--url", stage.url], { ADMIN_KEY });
  expect({ code, error }).toEqual({ code: 0, error: "" });
  const [, key = ""] = /export REELHOOK_KEY=(\S+)/.exec(out) ?? [];
  const [, path = ""] = /curl \$REELHOOK_URL(\S+)/.exec(out) ?? [];
  const [, url = ""] = /export REELHOOK_URL=(\S+)/.exec(out) ?? [];
  const [, body = ""] = /-d '(.+)'/.exec(out) ?? [];
  const headers = Array.from(out.matchAll(/-H "([^:"]+): ([^"]+)"/g), ([, name = "", value = ""]): [string, string] => [
    name,
    value.replace("$REELHOOK_KEY", key),
  ]);
  const response = await fetch(url + path, { method: "POST", headers, body });
  expect(await response.json()).toMatchObject({ status: "completed", mode: "test" });
});

it("keys are made, listed and revoked", async () => {
  const administration = { url: stage.url, adminKey: ADMIN_KEY };
  const made = await makeKey(administration, { account: "acme", mode: "live", name: "Backend", read_only: true });
  expect(made).toMatchObject({ account: "acme", mode: "live", name: "Backend", read_only: true });
  const { key, ...view } = made;
  expect(key).toMatch(/^rh_live_/);
  expect(await listKeys(administration, "acme")).toEqual([view]);
  await revokeKey(administration, made.id);
  expect(await listKeys(administration, "acme")).toEqual([]);
  await expect(revokeKey(administration, made.id)).rejects.toMatchObject({
    status: 404,
    message: expect.stringMatching(/^DELETE \/v1\/api-keys\/key_\w+: 404: There is no API key key_/),
  });
});

it("all pages of keys are listed", async () => {
  const administration = { url: stage.url, adminKey: ADMIN_KEY };
  const names = Array.from({ length: 101 }, (_, index) => `Key ${index}`);
  for (const name of names) await makeKey(administration, { account: "many", mode: "test", name });
  expect((await listKeys(administration, "many")).map(({ name }) => name)).toEqual(names.reverse());
});

it("errors say what is wrong, and never have a key", async () => {
  const refused = await listKeys({ url: stage.url, adminKey: "another-admin-key-0123456789" }).catch((cause) => cause);
  expect(refused).toBeInstanceOf(ApiKeyCallError);
  expect(refused).toMatchObject({ status: 401, isTemporary: false });
  expect(refused.message).toMatch(/^GET \/v1\/api-keys: 401: /);
  const request = { account: "Acme!", mode: "live", name: "" } as const;
  await expect(makeKey({ url: stage.url, adminKey: ADMIN_KEY }, request)).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(
      /^POST \/v1\/api-keys: 400: .*\n {2}account must have 1 to 40 characters: a-z, 0-9, _ and -.*\n {2}name /,
    ),
  });
  const nobody = { url: "http://127.0.0.1:9", adminKey: ADMIN_KEY };
  await expect(listKeys(nobody)).rejects.toMatchObject({ status: null, isTemporary: true });
  await expect(listKeys({ ...nobody, url: "http://reelhook.example.com" })).rejects.toThrow("must be an https: URL");
});
