// `npm run key` against a Worker: keys are made, used, listed and revoked.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../scripts/key/run.ts";
import { type Stage, setStage } from "../support/stage.ts";

const ADMIN_KEY = "rh_admin_acme_0123456789";

let stage: Stage;

beforeAll(async () => {
  stage = await setStage({ settings: { ADMIN_KEY }, without: ["assets", "ratelimits"] });
});

afterAll(() => stage.stop());

/** @returns what the command prints, if it ends with this code. */
async function key(args: readonly string[], { code = 0, adminKey = ADMIN_KEY } = {}): Promise<string> {
  const printed: string[] = [];
  const ended = await run(args, {
    env: { ADMIN_KEY: adminKey, REELHOOK_URL: stage.url },
    devVars: "",
    askHidden: null,
    columns: Number.POSITIVE_INFINITY,
    now: () => Date.now(),
    print: (text) => void printed.push(text),
    printError: (text) => void printed.push(text),
  });
  expect(printed.join("\n")).not.toContain(adminKey);
  expect(ended, printed.join("\n")).toBe(code);
  return printed.join("\n");
}

describe("npm run key", () => {
  it("makes a key that works, with the secret of its account, and revokes it", async () => {
    const output = await key(["create", "acme", "--test", "--name", "CI\u001b[31m"]);
    const made = /export REELHOOK_KEY=(rh_test_\w+)$/m.exec(output)?.[1] ?? "";
    expect(output).toContain('API key "CI [31m" for account acme in test mode');
    const secret = await (await stage.call("/v1/webhook-secret", { key: made })).json();
    expect(secret).toMatchObject({ secret: /^ {2}(whsec_\S+)$/m.exec(output)?.[1] });
    const id = /npm run key -- revoke (key_\w+)$/.exec(output)?.[1] ?? "";
    expect(await key(["list"])).toMatch(
      new RegExp(`^CI \\[31m +acme +test +${made.slice(0, 14)}… +\\S+ +never +${id}$`, "m"),
    );
    expect(await key(["revoke", id])).toBe(`Revoked ${id}. It stops working within 60 seconds.`);
    expect(await key(["list", "acme"])).toBe("There are no API keys of account acme that were made with ADMIN_KEY.");
    expect(await key(["revoke", id], { code: 1 })).toBe(`DELETE /v1/api-keys/${id}: 404: There is no API key ${id}.`);
  });

  it("makes a read-only key that expires, without a secret", async () => {
    const output = await key(["create", "reader", "--read-only", "--expires", "2999-01-31"]);
    expect(output).toContain("It cannot change anything or read secrets. It expires at 2999-01-31T23:59:59.999Z.");
    expect(output).not.toContain("whsec_");
    expect(await key(["list", "reader"])).toMatch(
      /^npm run key +reader +live, read-only +\S+ +never +2999-01-31 +key_/m,
    );
  });

  it("prints JSON for scripts", async () => {
    const made = JSON.parse(await key(["create", "script", "--json"]));
    expect(made).toMatchObject({ account: "script", mode: "live" });
    expect([made.key, made.webhook_secret].join(" ")).toMatch(/^rh_live_\w+ whsec_\S+$/);
    expect(JSON.parse(await key(["list", "script", "--json"]))).toMatchObject([{ id: made.id }]);
    expect(JSON.parse(await key(["revoke", made.id, "--json"]))).toEqual({ id: made.id, revoked: true });
  });

  it("lists more keys than one page has", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 101; count++) {
      const json = { account: "many", mode: "test", name: `${count}` };
      ids.push(((await (await stage.call("/v1/api-keys", { key: ADMIN_KEY, json })).json()) as { id: string }).id);
    }
    const listed = JSON.parse(await key(["list", "many", "--json"])) as { id: string }[];
    expect(listed.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it("says what to do about a wrong ADMIN_KEY", async () => {
    const output = await key(["create", "acme"], { code: 1, adminKey: "rh_admin_wrong_0123456789" });
    expect(output).toBe(
      "POST /v1/api-keys: 401: This key is not ADMIN_KEY.\n" +
        "Compare ADMIN_KEY in .dev.vars and in the environment. `npm run dev` reads .dev.vars when it starts.",
    );
  });
});
