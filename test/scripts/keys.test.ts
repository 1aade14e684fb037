import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { hashOf } from "../../scripts/api-keys.ts";
import { ensureDevVars, withFreshKey } from "../../scripts/dev-vars.ts";
import { parseConfig } from "../../src/config.ts";

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
