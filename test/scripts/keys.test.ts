import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { hashOf } from "../../scripts/api-keys.ts";
import { ensureDevVars, withFreshKey } from "../../scripts/dev-vars.ts";
import { parseConfig } from "../../src/config.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/key.ts");

describe("npm run key", () => {
  it.each([
    ["live", ["acme"]],
    ["test", ["acme", "--test"]],
  ])("prints a %s key and an API_KEYS entry that accepts it", (mode, args) => {
    const output = execFileSync(process.execPath, [SCRIPT, ...args], { encoding: "utf8" });
    const key = new RegExp(`rh_${mode}_[0-9a-f]{40}`).exec(output)?.[0] ?? "";
    const line = /^ {2}(\{.*\})$/m.exec(output)?.[1] ?? "";
    const { apiKeys, problems } = parseConfig({ API_KEYS: line, SIGNING_SECRET: "s".repeat(32) });
    expect(problems).toEqual([]);
    expect(apiKeys).toEqual([{ account: "acme", sha256: hashOf(key) }]);
    expect(line).not.toContain(key);
  });

  it.each([[[]], [["Acme"]], [["a b"]], [["a", "b"]], [["acme", "--nonsense"]]])(
    "rejects %j and prints its usage",
    (args) => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: "utf8" });
      expect(status).toBe(2);
      expect(stderr).toContain("Usage: npm run key -- <account>");
      expect(stdout).toBe("");
    },
  );
});

describe(".dev.vars", () => {
  it("is created once, with valid keys, readable only by its owner", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reelhook-test-"));
    try {
      const path = join(folder, ".dev.vars");
      const made = await ensureDevVars(path);
      const text = readFileSync(path, "utf8");
      const config = parseConfig(parseEnv(text));
      expect(config).toMatchObject({ problems: [], allowLocalUrls: true });
      const hashes = config.apiKeys.map((entry) => "sha256" in entry && entry.sha256);
      expect(hashes).toEqual([hashOf(made?.testKey ?? ""), hashOf(made?.liveKey ?? "")]);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(await ensureDevVars(path)).toBeNull();
      const fresh = await withFreshKey(path);
      const { apiKeys } = parseConfig({ API_KEYS: fresh?.apiKeys ?? "", SIGNING_SECRET: "s".repeat(32) });
      expect(apiKeys).toEqual([...config.apiKeys, { account: "dev", sha256: hashOf(fresh?.key ?? "") }]);
      expect(readFileSync(path, "utf8")).toBe(text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
