import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line.ts";

/** The Worker under test must know the address of its world before the world is started. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export default defineConfig(async () => {
  // This file is read once for each project.
  process.env["WORLD_PORT"] ??= String(await freePort());
  const worldPort = process.env["WORLD_PORT"];
  return {
    test: {
      reporters: ["default", new ClosingLine()],
      silent: "passed-only" as const,
      projects: [
        {
          test: {
            name: "node",
            include: ["test/**/*.test.ts"],
            exclude: ["test/worker/**", "test/e2e/**", "test/crash/**"],
          },
        },
        {
          test: {
            name: "e2e",
            include: ["test/e2e/**/*.test.ts", "test/crash/**/*.test.ts"],
            testTimeout: 120_000,
            hookTimeout: 60_000,
          },
        },
        {
          plugins: [
            cloudflareTest({
              wrangler: { configPath: "./wrangler.toml" },
              miniflare: {
                bindings: {
                  // Every setting is given here, so that a developer's own .dev.vars has no say.
                  AIMLAPI_KEY: "provider-key",
                  AIMLAPI_BASE_URL: `http://127.0.0.1:${worldPort}`,
                  API_KEYS: JSON.stringify({
                    acme: ["rh_live_acme_0123456789", "rh_test_acme_0123456789"],
                    other: ["rh_live_other_0123456789", "rh_test_other_0123456789"],
                  }),
                  SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
                  POLL_INTERVAL_SECONDS: "1",
                  GENERATION_TIMEOUT_SECONDS: "1800",
                  RETRY_DELAYS_SECONDS: "1,1,1",
                  MAX_VIDEO_BYTES: String(32 * 1024 * 1024),
                  EXTRA_MODELS: "vendor/new-model",
                  ALLOW_LOCAL_URLS: "true",
                },
              },
            }),
          ],
          test: {
            name: "worker",
            include: ["test/worker/**/*.test.ts"],
            globalSetup: ["./test/support/world-server.ts"],
            testTimeout: 30_000,
          },
        },
      ],
    },
  };
});
