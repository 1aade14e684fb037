import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../../../scripts/api-keys.ts";
import { prepareDevVars } from "../../../scripts/dev/vars.ts";
import { parseConfig } from "../../../src/config.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reelhook-test-"));
  path = join(folder, ".dev.vars");
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = () => readFileSync(path, "utf8");

describe("a new .dev.vars", () => {
  it("has a key in plain text for each mode, ADMIN_KEY and SIGNING_SECRET, and only its owner can read it", async () => {
    const { keys, testKey, allowsLocalUrls } = await prepareDevVars(path);
    const config = parseConfig(parseEnv(read()));
    expect(config.problems).toEqual([]);
    expect(config.adminKey).toMatch(/^rh_admin_/);
    expect(config.apiKeys).toEqual(keys.map(({ account, key }) => ({ account, key })));
    expect(keys.map(({ account, mode }) => [account, mode])).toEqual([
      ["dev", "test"],
      ["dev", "live"],
    ]);
    expect([testKey, allowsLocalUrls]).toEqual([keys[0]?.key, true]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("leaves nothing else behind, and a link to the file stays a link", async () => {
    const target = join(folder, "elsewhere");
    writeFileSync(target, "");
    symlinkSync(target, path);
    await prepareDevVars(path);
    expect(readFileSync(target, "utf8")).toMatch(/^API_KEYS=/m);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual([".dev.vars", "elsewhere"]);
  });

  it("stays the same from then on", async () => {
    const first = await prepareDevVars(path);
    const text = read();
    expect(first.change).toBe("created");
    expect(await prepareDevVars(path)).toEqual({ ...first, change: null });
    expect(read()).toBe(text);
  });
});

describe("a .dev.vars of an earlier release", () => {
  const [oldTest, oldLive] = [hashOf("rh_test_old"), hashOf("rh_live_old")];

  it("gets what it lacks, and keeps all other lines and keys", async () => {
    const old = [
      "# mine",
      `API_KEYS='{"dev":["${oldTest}","${oldLive}"],"acme":["${hashOf("other")}"]}'`,
      "SIGNING_SECRET=0123456789012345678901234567890123456789",
      "  ALLOW_LOCAL_URLS = true # here only",
      "",
      "AIMLAPI_KEY=mine",
    ];
    writeFileSync(path, old.join("\n"), { mode: 0o644 });
    const { keys, testKey, change } = await prepareDevVars(path);
    expect(change).toBe("completed");
    const lines = read().split("\n");
    expect(lines.toSpliced(1, 1)).toEqual([...old.toSpliced(1, 1), expect.stringMatching(/^ADMIN_KEY=rh_admin_/), ""]);
    const { apiKeys, problems } = parseConfig(parseEnv(read()));
    expect(problems).toEqual([]);
    expect(apiKeys).toEqual([
      { account: "dev", sha256: oldTest },
      { account: "dev", sha256: oldLive },
      ...keys.map(({ key }) => ({ account: "dev", key })),
      { account: "acme", sha256: hashOf("other") },
    ]);
    expect(testKey).toMatch(/^rh_test_/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["over several lines", `API_KEYS='{\n  "dev": ["${oldTest}"]\n}'\nX=1\n`],
    ["without quotes", `export API_KEYS={"dev":["${oldTest}"]}\nX=1\n`],
    ["twice", `API_KEYS={}\nAPI_KEYS={"dev":["${oldTest}"]}\nX=1\n`],
  ])("may have API_KEYS %s", async (_, text) => {
    writeFileSync(path, text);
    const { testKey } = await prepareDevVars(path);
    const settings = parseEnv(read());
    expect(settings["X"]).toBe("1");
    expect(parseConfig(settings).apiKeys).toContainEqual({ account: "dev", sha256: oldTest });
    expect(parseConfig(settings).apiKeys).toContainEqual({ account: "dev", key: testKey });
  });

  it.each(["[1]", "no JSON", '{"dev": "key"}'])("keeps API_KEYS=%s, which cannot be read", async (value) => {
    writeFileSync(path, `API_KEYS=${value}\nADMIN_KEY=a\nSIGNING_SECRET=b\n`);
    expect((await prepareDevVars(path)).testKey).toBeNull();
    expect(read()).toBe(`API_KEYS=${value}\nADMIN_KEY=a\nSIGNING_SECRET=b\n`);
  });
});
