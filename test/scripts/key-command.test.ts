// `npm run key` without a deployment: its arguments, where ADMIN_KEY comes from, and what it does when nothing answers.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listKeys, makeKey } from "../../scripts/api-key-calls.ts";
import { hashOf } from "../../scripts/api-keys.ts";
import { findAdminKey } from "../../scripts/key/admin-key.ts";
import { commandOf } from "../../scripts/key/arguments.ts";
import { createdText, listText } from "../../scripts/key/output.ts";
import { run } from "../../scripts/key/run.ts";
import { parseConfig } from "../../src/config.ts";
import { hasPython, startInTerminal } from "../support/pseudo-terminal.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const ADMIN_KEY = "rh_admin_acme_0123456789";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reelhook-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in this process. */
async function key(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let [output, errors] = ["", ""];
  const code = await run(args, {
    env,
    devVars: join(folder, ".dev.vars"),
    askHidden: null,
    now: () => NOW,
    columns: 80,
    print: (text) => {
      output += text;
    },
    printError: (text) => {
      errors += text;
    },
  });
  return { code, output, errors };
}

describe("npm run key -- hash", () => {
  it.each([
    ["live", ["acme"]],
    ["test", ["acme", "--test"]],
  ])("prints a %s key and an API_KEYS entry that accepts it", async (mode, args) => {
    const { code, output } = await key(["hash", ...args]);
    expect(code).toBe(0);
    const made = new RegExp(`rh_${mode}_[0-9a-f]{40}`).exec(output)?.[0] ?? "";
    const line = /^ {2}(\{.*\})$/m.exec(output)?.[1] ?? "";
    const { apiKeys, problems } = parseConfig({ API_KEYS: line, SIGNING_SECRET: "s".repeat(32) });
    expect(problems).toEqual([]);
    expect(apiKeys).toEqual([{ account: "acme", sha256: hashOf(made) }]);
    expect(line).not.toContain(made);
  });
});

describe("the arguments", () => {
  it.each([
    [["create", "acme"], { account: "acme", mode: "live", name: "npm run key" }],
    [["create", "acme", "--test"], { account: "acme", mode: "test", name: "npm run key" }],
    [["create", "list", "--name", "CI", "--read-only"], { account: "list", mode: "live", name: "CI", read_only: true }],
    [["create", "acme", "--expires", "90d"], { expires_at: "2027-02-25T12:00:00.000Z" }],
    [["create", "acme", "--expires", "2026-11-27"], { expires_at: "2026-11-27T23:59:59.999Z" }],
  ])("%j make a key", (args, request) => {
    const command = { kind: "create", url: "http://localhost:8787", json: false, request };
    expect(commandOf(args, {}, NOW)).toMatchObject(command);
  });

  it.each([
    [["create", "Acme"], "account must have 1 to 40 characters: a-z, 0-9, _ and -"],
    [["list", "a b"], "account must have 1 to 40 characters: a-z, 0-9, _ and -"],
    [["hash", "A"], "account must have 1 to 40 characters: a-z, 0-9, _ and -"],
    [["create", "acme", "--name", ""], "name must not be empty"],
    [["create", "acme", "--name", "x".repeat(101)], "name must have at most 100 characters"],
    [["create", "acme", "b"], 'Unexpected argument "b"'],
    [["acme"], 'There is no command "acme". The commands are create, list, revoke, hash'],
    [["constructor"], 'There is no command "constructor"'],
    [["--test"], "Name a command"],
    [["create"], "Name the account"],
    [["revoke"], "Name the key by its id"],
    [["revoke", "rh_live_0123456789"], "Name the key by its id"],
    [["revoke", "a-key-of-the-setting-API_KEYS"], "Name the key by its id"],
    [["acme", "--nonsense"], "--nonsense"],
    [["list", "--test"], '"list" has no option --test'],
    [["create", "acme", "--expires", "soon"], "--expires must be days"],
    [["create", "acme", "--expires", "2026-11-26"], "must be in the future"],
    [["create", "acme", "--expires", "0d"], "must be in the future"],
    [["create", "acme", "--expires", "9999-12-31"], "expires_at must be a time"],
    [["create", "acme", "--url", "reelhook.example.com"], "must be an https: URL"],
    [["create", "acme", "--url", "http://reelhook.example.com"], "must be an https: URL"],
    [["acme", "--admin-key", ADMIN_KEY], "ADMIN_KEY cannot be an argument"],
    [["acme", `--admin-key=${ADMIN_KEY}`], "ADMIN_KEY cannot be an argument"],
  ])("%j are refused with the reason", async (args, reason) => {
    const { code, output, errors } = await key(args);
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toContain(reason);
    expect(errors).not.toContain(ADMIN_KEY);
  });

  it("without any, the usage is printed", async () => {
    const { code, errors } = await key([]);
    expect(code).toBe(2);
    expect(errors).toMatch(/^Usage: npm run key/);
  });
});

describe("ADMIN_KEY", () => {
  const LOCAL = "http://localhost:8787";
  const DEPLOYED = "https://reelhook.example.com";

  it("comes from the environment, from .dev.vars for this machine only, or is asked for", async () => {
    const devVars = join(folder, "with-key.dev.vars");
    writeFileSync(devVars, "ADMIN_KEY=of-this-machine\n");
    const sources = { env: {}, devVars, askHidden: async () => "typed" };
    expect(await findAdminKey(LOCAL, sources)).toEqual({ key: "of-this-machine" });
    expect(await findAdminKey(DEPLOYED, sources)).toEqual({ key: "typed" });
    expect(await findAdminKey(LOCAL, { ...sources, env: { ADMIN_KEY: "set\n" } })).toEqual({ key: "set" });
    expect(await findAdminKey(DEPLOYED, { ...sources, askHidden: async () => null })).toHaveProperty("problem");
    expect(await findAdminKey(DEPLOYED, { ...sources, askHidden: null })).toHaveProperty("problem");
    expect(await findAdminKey(DEPLOYED, { ...sources, env: { ADMIN_KEY: "two words" } })).toHaveProperty("problem");
  });

  it.skipIf(!hasPython())("is not shown when it is typed", async () => {
    const module = join(import.meta.dirname, "../../scripts/hidden-input.ts");
    const script = `const { askHidden } = await import(${JSON.stringify(module)});
      console.log("length:", (await askHidden("Key: "))?.length ?? null);`;
    const ask = () => startInTerminal([process.execPath, "--input-type=module", "-e", script], {});
    const [typing, leaving] = [ask(), ask()];
    await Promise.all([typing.shows(/Key: /), leaving.shows(/Key: /)]);
    typing.child.stdin?.write("a secret\r");
    leaving.child.stdin?.write("a sec\u0003");
    await Promise.all([typing.shows(/length: 8/), leaving.shows(/length: null/)]);
    expect(typing.output() + leaving.output()).not.toContain("sec");
  });
});

describe("what a deployment answers", () => {
  const fields = { id: "key_1\u001b[2J", account: "acme", mode: "live", name: "CI", read_only: true, expires_at: null };
  const made = {
    ...fields,
    object: "api_key",
    prefix: "rh_live_\u001b[31m",
    created_at: "",
    last_used_on: null,
  } as const;

  it("does not change what the terminal shows", () => {
    const texts = [
      listText([{ ...made, mode: "live" }], NOW, 200),
      listText([{ ...made, mode: "live" }], NOW, 40),
      createdText({ ...made, mode: "live", key: "rh_live_1" }, "https://a.example", {
        kind: "read",
        secret: "whsec_\u001b[1m",
      }),
    ];
    expect(texts.join("")).not.toContain("\u001b");
  });

  it("fits the terminal", () => {
    const keys = [{ ...made, name: "Backend", mode: "live" } as const];
    const [header = "", row = ""] = listText(keys, NOW, 200).split("\n");
    expect([header.indexOf("MODE"), header.indexOf("ID")]).toEqual([row.indexOf("live"), row.indexOf("key_")]);
    expect(listText(keys, NOW, row.length)).toContain("NAME");
    const narrow = listText(keys, NOW, row.length - 1).split("\n");
    expect(narrow[0]).toBe("Backend");
    expect(Math.max(...narrow.map(({ length }) => length))).toBeLessThanOrEqual(50);
  });

  it("is not followed without end", async () => {
    const send = async () => Response.json({ data: [], next_cursor: "same" });
    const listing = listKeys({ url: "https://a.example", adminKey: ADMIN_KEY, fetch: send });
    await expect(listing).rejects.toThrow("the next page is always the same");
  });

  it("is no key if a shell would run it", async () => {
    const send = async () => Response.json({ ...made, key: "rh_live_$(id)" }, { status: 201 });
    const administration = { url: "https://a.example", adminKey: ADMIN_KEY, fetch: send };
    const making = makeKey(administration, { account: "acme", mode: "live", name: "CI" });
    await expect(making).rejects.toThrow("does not come from Reelhook");
  });
});

describe("a deployment that does not answer as expected", () => {
  it.each([
    [302, "", "GET /v1/api-keys: 302, which is not an answer of Reelhook\nCheck --url"],
    [200, "<html>", "GET /v1/api-keys: the answer does not come from Reelhook\nCheck --url"],
    [
      400,
      { code: "invalid_request", detail: "No.", errors: [{ pointer: "/account", message: "has 200 API keys" }] },
      "GET /v1/api-keys: 400: No.\n  account has 200 API keys",
    ],
    [503, { code: "unavailable", detail: "Try again in 5 seconds." }, "Try again in 5 seconds."],
    [503, { code: "misconfigured", detail: "It is misconfigured." }, "GET /healthz names the settings"],
  ])("is reported: %i %j", async (status, body, reason) => {
    const server = createServer((_, response) => {
      response.writeHead(status, { location: "https://example.com" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, errors } = await key(["list", "--url", `http://127.0.0.1:${port}`], { ADMIN_KEY });
    expect(code).toBe(1);
    expect(errors).toContain(reason);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const gone = await key(["list", "--url", `http://127.0.0.1:${port}`], { ADMIN_KEY });
    expect(gone.errors).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*npm run dev/s);
    expect(errors + gone.errors).not.toContain(ADMIN_KEY);
  });
});
