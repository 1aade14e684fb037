import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig, type Settings } from "../src/config.ts";

const KEY = "rh_live_acme_0123456789";
const GOOD: Settings = { API_KEYS: JSON.stringify({ acme: [KEY] }), SIGNING_SECRET: "s".repeat(32) };

describe("configuration", () => {
  it("has the documented defaults", () => {
    expect(parseConfig(GOOD)).toEqual({
      adminKey: null,
      aimlapiKey: null,
      aimlapiBaseUrl: "https://api.aimlapi.com",
      apiKeys: [{ account: "acme", key: KEY }],
      signingSecrets: ["s".repeat(32)],
      publicUrl: null,
      pollIntervalMs: 10_000,
      timeoutMs: 1_800_000,
      queueTimeoutMs: 86_400_000,
      maxConcurrent: 0,
      retentionDays: 0,
      maxVideoBytes: 5 * 1024 ** 3,
      maxInFlight: 0,
      budgets: new Map(),
      linkTtlMs: 604_800_000,
      retryDelaysMs: [5, 30, 120, 600, 1800, 3600, 10800, 21600, 43200, 86400, 86400].map((seconds) => seconds * 1000),
      deliveriesPerSecond: 10,
      certificateHosts: [],
      extraModels: [],
      allowLocalUrls: false,
      inboxUrl: null,
      problems: [],
    });
  });

  it("takes an inbox on this machine only, and only if local URLs are allowed", () => {
    const development = { ...GOOD, ALLOW_LOCAL_URLS: "true" };
    for (const url of ["http://localhost:8788", "http://127.0.0.1:8788/", "http://[::1]:8788"]) {
      expect(parseConfig({ ...development, INBOX_URL: url })).toMatchObject({
        inboxUrl: new URL(url).origin,
        problems: [],
      });
    }
    for (const url of [
      "https://localhost:8788",
      "http://example.com",
      "http://localhost/x",
      "http://a:b@localhost",
      "x",
    ]) {
      const { inboxUrl, problems } = parseConfig({ ...development, INBOX_URL: url });
      expect([inboxUrl, problems]).toEqual([
        null,
        [{ setting: "INBOX_URL", message: "must be an http:// origin of this machine, such as http://localhost:8788" }],
      ]);
      expect(parseConfig({ ...GOOD, INBOX_URL: url })).toMatchObject({ inboxUrl: null, problems: [] });
    }
  });

  it("reads every setting", () => {
    const config = parseConfig({
      ...GOOD,
      AIMLAPI_KEY: "k",
      AIMLAPI_BASE_URL: "http://127.0.0.1:9/",
      API_KEYS: JSON.stringify({ acme: ["a".repeat(64), "rh_test_0123456789ab"], "b-2": ["0123456789abcdefghij"] }),
      SIGNING_SECRET: `${"n".repeat(40)} ${"o".repeat(40)}`,
      PUBLIC_URL: "https://api.example.com",
      POLL_INTERVAL_SECONDS: "0.5",
      GENERATION_TIMEOUT_SECONDS: "60",
      QUEUE_TIMEOUT_SECONDS: "3600",
      PROVIDER_MAX_CONCURRENT: "5",
      MAX_VIDEO_BYTES: "1000",
      SIGNED_URL_TTL_SECONDS: "5",
      RETRY_DELAYS_SECONDS: "1, 2.5,3",
      WEBHOOK_MAX_PER_SECOND_PER_HOST: "50",
      WEBHOOK_CERTIFICATE_HOSTS: "Hooks.Example.com., *.example.org\nbücher.example localhost",
      EXTRA_MODELS: "a/b, c",
      ALLOW_LOCAL_URLS: "true",
    });
    expect(config).toMatchObject({
      aimlapiKey: "k",
      aimlapiBaseUrl: "http://127.0.0.1:9",
      apiKeys: [
        { account: "acme", sha256: "a".repeat(64) },
        { account: "acme", key: "rh_test_0123456789ab" },
        { account: "b-2", key: "0123456789abcdefghij" },
      ],
      signingSecrets: ["n".repeat(40), "o".repeat(40)],
      publicUrl: "https://api.example.com",
      pollIntervalMs: 500,
      timeoutMs: 60_000,
      queueTimeoutMs: 3_600_000,
      maxConcurrent: 5,
      maxVideoBytes: 1000,
      linkTtlMs: 5_000,
      retryDelaysMs: [1_000, 2_500, 3_000],
      deliveriesPerSecond: 50,
      certificateHosts: ["hooks.example.com", "*.example.org", "xn--bcher-kva.example", "localhost"],
      extraModels: ["a/b", "c"],
      allowLocalUrls: true,
      problems: [],
    });
  });

  it.each<[keyof Settings, string]>([
    ["AIMLAPI_BASE_URL", "not a url"],
    ["AIMLAPI_BASE_URL", "http://api.example.com"],
    ["AIMLAPI_BASE_URL", "https://api.example.com/v1"],
    ["API_KEYS", "{"],
    ["API_KEYS", '["k"]'],
    ["API_KEYS", '{"Bad Name": ["rh_live_acme_0123456789"]}'],
    ["API_KEYS", '{"acme": "rh_live_acme_0123456789"}'],
    ["API_KEYS", '{"acme": [""]}'],
    ["API_KEYS", '{"acme": []}'],
    ["API_KEYS", '{"acme": ["rh_live_acme_0123456789", "with a space in the middle"]}'],
    ["SIGNING_SECRET", "too short"],
    ["SIGNING_SECRET", `${"n".repeat(40)} short`],
    ["PUBLIC_URL", "reelhook.example.org"],
    ["WEBHOOK_MAX_PER_SECOND_PER_HOST", "0"],
    ["WEBHOOK_MAX_PER_SECOND_PER_HOST", "2.5"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "*"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "*.com"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "a.*.example.com"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "a.example.com, https://b.example.com"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "a.example.com:443"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "a.example.com/in"],
    ["WEBHOOK_CERTIFICATE_HOSTS", "10.0.0.1"],
    ["POLL_INTERVAL_SECONDS", "0"],
    ["POLL_INTERVAL_SECONDS", "ten"],
    ["POLL_INTERVAL_SECONDS", "1,5"],
    ["POLL_INTERVAL_SECONDS", "0.05"],
    ["POLL_INTERVAL_SECONDS", "3601"],
    ["GENERATION_TIMEOUT_SECONDS", "-1"],
    ["QUEUE_TIMEOUT_SECONDS", "0"],
    ["QUEUE_TIMEOUT_SECONDS", "604801"],
    ["PROVIDER_MAX_CONCURRENT", "five"],
    ["PROVIDER_MAX_CONCURRENT", "-1"],
    ["MAX_VIDEO_BYTES", "5GiB"],
    ["SIGNED_URL_TTL_SECONDS", "0"],
    ["RETRY_DELAYS_SECONDS", "5,,6"],
    ["ALLOW_LOCAL_URLS", "yes"],
  ])("reports %s when it is %j, without its value, and uses the default", (setting, value) => {
    const config = parseConfig({ ...GOOD, [setting]: value });
    expect(config.problems.map((problem) => problem.setting)).toEqual([setting]);
    if (value.length > 4) expect(JSON.stringify(config.problems)).not.toContain(value);
    expect(config.pollIntervalMs).toBe(10_000);
    expect(config.retryDelaysMs).toHaveLength(11);
  });

  it("does not fall back to the default provider host when the base URL is invalid", () => {
    for (const bad of ["htps://proxy.example.org", "http://127.0.0.1:9"]) {
      expect(parseConfig({ ...GOOD, AIMLAPI_BASE_URL: bad })).toMatchObject({
        aimlapiBaseUrl: null,
        problems: [{ setting: "AIMLAPI_BASE_URL" }],
      });
    }
  });

  it("reads 64 hex digits in any case as a hash, never as a key", () => {
    const config = parseConfig({ ...GOOD, API_KEYS: JSON.stringify({ acme: ["AB".repeat(32)] }) });
    expect(config.apiKeys).toEqual([{ account: "acme", sha256: "ab".repeat(32) }]);
  });

  it("rejects a key with whitespace", () => {
    const keys = { acme: [`${KEY}\n`] };
    expect(parseConfig({ ...GOOD, API_KEYS: JSON.stringify(keys) }).problems).toEqual([
      { setting: "API_KEYS", message: "must contain only API keys without whitespace" },
    ]);
  });

  it("audit 9: accepts a plain key of 20 characters, and a hash of any key", () => {
    const keys = { acme: ["k".repeat(20), "ab".repeat(32)] };
    expect(parseConfig({ ...GOOD, API_KEYS: JSON.stringify(keys) })).toMatchObject({
      apiKeys: [
        { account: "acme", key: "k".repeat(20) },
        { account: "acme", sha256: "ab".repeat(32) },
      ],
      problems: [],
    });
  });

  it.each(["a", "k".repeat(19), "🔑".repeat(19), "rh_live_0123456789", "ab".repeat(9)])(
    "audit 9: refuses the short key %j and names its account, not the key",
    (key) => {
      const { apiKeys, problems } = parseConfig({
        ...GOOD,
        API_KEYS: JSON.stringify({ fine: [KEY], acme: [KEY, key] }),
      });
      expect(apiKeys).toEqual([]);
      expect(problems).toEqual([
        {
          setting: "API_KEYS",
          message: "must contain only API keys of at least 20 characters; one of account acme is shorter",
        },
      ]);
    },
  );

  it.each([
    ["in plain text", KEY, KEY],
    ["by its hash, in any case", "ab".repeat(32), "AB".repeat(32)],
  ])("refuses a key that two accounts list %s, and does not repeat it", (_, key, again) => {
    const twice = { acme: [key, key], beta: ["k".repeat(20), again] };
    expect(parseConfig({ ...GOOD, API_KEYS: JSON.stringify(twice) })).toMatchObject({
      apiKeys: [],
      problems: [{ setting: "API_KEYS", message: "must not list one key under two accounts" }],
    });
    expect(parseConfig({ ...GOOD, API_KEYS: JSON.stringify({ acme: [key, again] }) }).problems).toEqual([]);
  });

  it("audit 9: does not repeat a key that was written in place of its account", () => {
    const { problems } = parseConfig({ ...GOOD, API_KEYS: JSON.stringify({ fine: [KEY], [KEY]: ["acme"] }) });
    expect(problems).toMatchObject([{ message: expect.stringMatching(/one of account number 2 is shorter$/) }]);
  });

  it("reports all missing settings at once", () => {
    expect(parseConfig({}).problems).toEqual([
      { setting: "API_KEYS", message: "is missing; set it or ADMIN_KEY" },
      { setting: "SIGNING_SECRET", message: "is missing" },
    ]);
  });

  it("treats an empty setting as unset", () => {
    expect(parseConfig({ ...GOOD, PUBLIC_URL: "", POLL_INTERVAL_SECONDS: "" })).toMatchObject({
      publicUrl: null,
      pollIntervalMs: 10_000,
      problems: [],
    });
  });
});

describe("the tests in workerd", () => {
  it("set every setting, so that a developer's .dev.vars does not affect them", () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, "..", file), "utf8");
    const settings = [...read("src/config.ts").matchAll(/^ {2}([A-Z_]+): \{ schema/gm)].map(([, name]) => name);
    const set = [...read("vitest.config.ts").matchAll(/^ {12}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(set.sort()).toEqual(settings.sort());
  });
});
