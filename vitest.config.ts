import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { buildAssets } from "./scripts/assets.ts";
import { ClosingLine } from "./test/support/closing-line.ts";
import { SlowFirst } from "./test/support/slow-first.ts";

/** A free port for the world (test/support/world.ts): the Worker under test needs its address before it starts. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What is polled for comes at once on a quiet machine. The default, one second, is too little on a busy one. */
const PATIENT = { poll: { timeout: 20_000 } };

export default defineConfig(async () => {
  await buildAssets();
  // Vitest reads this file once per project, and all projects must use the same port.
  process.env["WORLD_PORT"] ??= String(await freePort());
  const worldPort = process.env["WORLD_PORT"];
  const inWorkerd = {
    plugins: [
      cloudflareTest({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            // All settings are set here, so that a developer's .dev.vars does not affect the tests. An empty one has its default.
            AIMLAPI_KEY: "provider-key",
            AIMLAPI_BASE_URL: `http://127.0.0.1:${worldPort}`,
            ADMIN_KEY: "rh_admin_acme_0123456789",
            API_KEYS: JSON.stringify({
              acme: ["rh_live_acme_0123456789", "rh_test_acme_0123456789", "rh_live_acme_second_0123456789"],
              other: ["rh_live_other_0123456789", "rh_test_other_0123456789"],
            }),
            SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
            POLL_INTERVAL_SECONDS: "1",
            GENERATION_TIMEOUT_SECONDS: "1800",
            RETRY_DELAYS_SECONDS: "1,1,1",
            MAX_VIDEO_BYTES: String(32 * 1024 * 1024),
            WEBHOOK_MAX_PER_SECOND_PER_HOST: "40",
            WEBHOOK_CERTIFICATE_HOSTS: "mtls.example.com, *.mtls.example.org",
            EXTRA_MODELS: "vendor/new-model",
            ALLOW_LOCAL_URLS: "true",
            BUDGETS: "",
            INBOX_URL: "",
            MAX_IN_FLIGHT_PER_ACCOUNT: "",
            PROVIDER_MAX_CONCURRENT: "",
            PUBLIC_URL: "",
            QUEUE_TIMEOUT_SECONDS: "",
            RETENTION_DAYS: "",
            SIGNED_URL_TTL_SECONDS: "",
          },
        },
      }),
    ],
    test: {
      setupFiles: ["./test/worker/setup.ts"],
      testTimeout: 30_000,
    },
  };
  return {
    test: {
      reporters: ["default", new ClosingLine()],
      silent: "passed-only" as const,
      sequence: { sequencer: SlowFirst },
      globalSetup: ["./test/support/world-server.ts"],
      projects: [
        {
          test: {
            name: "node",
            maxWorkers: 2,
            // Test files share modules and globals, so that not each of them loads all again: each must undo what it changes.
            isolate: false,
            include: ["test/**/*.test.ts"],
            // Some generate whole pages or histories, which takes long on a busy machine.
            testTimeout: 120_000,
            exclude: ["test/worker/**", "test/load/**", "test/browser/**", "test/e2e/**", "test/crash/**"],
          },
        },
        {
          test: {
            name: "e2e",
            // These tests mostly wait.
            maxWorkers: 5,
            sequence: { groupOrder: 2 },
            include: ["test/e2e/**/*.test.ts", "test/crash/**/*.test.ts"],
            globalSetup: ["./test/support/bundle.ts"],
            testTimeout: 120_000,
            hookTimeout: 60_000,
            expect: PATIENT,
          },
        },
        {
          test: {
            name: "browser",
            // These tests often wait, some for half a minute.
            maxWorkers: 4,
            // As for "node": most of the time of a short file was that of loading the browser's driver.
            isolate: false,
            sequence: { groupOrder: 3 },
            include: ["test/browser/**/*.test.ts"],
            globalSetup: ["./test/support/bundle.ts", "./test/browser/chromium.ts"],
            testTimeout: 120_000,
            hookTimeout: 120_000,
            expect: PATIENT,
          },
        },
        {
          ...inWorkerd,
          test: {
            ...inWorkerd.test,
            name: "worker",
            // These tests mostly wait.
            maxWorkers: 4,
            sequence: { groupOrder: 1 },
            include: ["test/worker/**/*.test.ts"],
          },
        },
        {
          ...inWorkerd,
          test: {
            ...inWorkerd.test,
            name: "load",
            // Runs alone, after all others, because it uses both cores and would delay them.
            sequence: { groupOrder: 4 },
            include: ["test/load/**/*.test.ts"],
          },
        },
      ],
    },
  };
});
