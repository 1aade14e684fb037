import { beforeEach, describe, expect, it } from "vitest";
import { Deploying } from "../../support/cloudflare/deploying.ts";

const PROVIDER_KEY = "provider-key-0123456789";
const ADMIN_KEY = "admin-key-of-the-test-0123456789";

let deploying: Deploying;

beforeEach(() => {
  deploying = new Deploying();
});

const set = (name: string) => deploying.account.secrets.get(name) ?? "";

describe("a first run", () => {
  it("makes everything, and shows each key once", async () => {
    deploying.typed = [PROVIDER_KEY];
    const { code, out, error } = await deploying.run();
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(deploying.account.outline).toEqual({
      buckets: [
        {
          name: "reelhook-videos",
          rules: [
            { id: "Default Multipart Abort Rule", prefix: "", expires: undefined },
            { id: "inputs", prefix: "inputs/", expires: 8 * 86_400 },
          ],
        },
      ],
      isDeployed: true,
      secrets: ["ADMIN_KEY", "AIMLAPI_KEY", "SIGNING_SECRET"],
    });
    expect(set("AIMLAPI_KEY")).toBe(PROVIDER_KEY);
    expect(set("SIGNING_SECRET").length).toBeGreaterThanOrEqual(43);
    expect(set("ADMIN_KEY")).toMatch(/^rh_admin_[0-9a-f]{64}$/);
    expect(deploying.worker.keys.map(({ account, mode }) => [account, mode])).toEqual([
      ["default", "live"],
      ["default", "test"],
    ]);
    for (const key of [set("ADMIN_KEY"), ...deploying.worker.keys.map(({ key }) => key)]) {
      expect(out.split(key)).toHaveLength(2);
    }
    expect(out).not.toContain(PROVIDER_KEY);
    expect(out).not.toContain(set("SIGNING_SECRET"));
    const text = [
      "✓ Login           ada@example.com, account Ada",
      "✓ R2 bucket       reelhook-videos, made now",
      "✓ Lifecycle rule  inputs/ (Expire objects after 8 days), added now",
      "✓ Provider key    given",
      "✓ Deploy          https://reelhook.ada.workers.dev",
      "✓ Secrets         set now: AIMLAPI_KEY, SIGNING_SECRET (new), ADMIN_KEY (new)",
      "✓ Health          https://reelhook.ada.workers.dev/healthz answers 200, version 0.1.0",
      "✓ API keys        made now for account default: test and live mode",
      "",
      "Save these keys now. They are shown only once:",
      "",
      "  # Makes, lists and revokes API keys (npm run key):",
      `  export ADMIN_KEY=${set("ADMIN_KEY")}`,
      "  # Test mode, free, account default:",
      `  export REELHOOK_KEY=${deploying.worker.keys[1]?.key}`,
      "  # Live mode, billed by the provider, account default:",
      `  export REELHOOK_LIVE_KEY=${deploying.worker.keys[0]?.key}`,
      "",
      "Make a first video, free, in about ten seconds:",
      "",
      "  export REELHOOK_URL=https://reelhook.ada.workers.dev",
      "  curl $REELHOOK_URL/v1/generations \\",
    ];
    expect(out.split("\n").slice(0, text.length)).toEqual(text);
  });

  it("sets secrets through standard input only, after the Worker is deployed", async () => {
    await deploying.run([], { AIMLAPI_KEY: PROVIDER_KEY, ADMIN_KEY });
    const { commands, inputs } = deploying.wrangler;
    expect(commands).toEqual([
      "whoami --json",
      "r2 bucket lifecycle list reelhook-videos",
      "secret list --format json",
      "r2 bucket create reelhook-videos",
      "r2 bucket lifecycle add reelhook-videos inputs inputs/ --expire-days 8",
      "deploy --strict",
      "secret list --format json",
      "secret bulk",
    ]);
    expect(inputs.map((input) => JSON.parse(input))).toEqual([
      { AIMLAPI_KEY: PROVIDER_KEY, SIGNING_SECRET: set("SIGNING_SECRET"), ADMIN_KEY },
    ]);
  });

  it("uses ADMIN_KEY of the environment, and does not show it", async () => {
    const { code, out } = await deploying.run([], { ADMIN_KEY });
    expect({ code, key: set("ADMIN_KEY") }).toEqual({ code: 0, key: ADMIN_KEY });
    expect(out).not.toContain(ADMIN_KEY);
    expect(deploying.worker.keys.map(({ mode }) => mode)).toEqual(["test"]);
  });

  it("goes on in test mode if Enter is pressed, or nobody can be asked", async () => {
    deploying.typed = [""];
    expect(await deploying.run()).toMatchObject({
      code: 0,
      out: expect.stringContaining("wrangler secret put AIMLAPI_KEY"),
    });
    deploying.typed = null;
    expect(await deploying.run()).toMatchObject({
      code: 0,
      out: expect.stringContaining("wrangler secret put AIMLAPI_KEY"),
    });
    expect(deploying.account.outline.secrets).toEqual(["ADMIN_KEY", "SIGNING_SECRET"]);
    expect(deploying.worker.keys.map(({ mode }) => mode)).toEqual(["test"]);
    expect(deploying.shown.filter((line) => line.startsWith("AI/ML API key"))).toHaveLength(1);
  });

  it("makes the keys for another account", async () => {
    await deploying.run(["--account", "acme"]);
    expect(deploying.worker.keys.map(({ account }) => account)).toEqual(["acme"]);
  });

  it.each([
    ["too short", "short"],
    ["with a space", "an admin key with spaces"],
    ["not ASCII", "schlüsselschlüsselschlüssel"],
  ])("refuses an ADMIN_KEY that is %s before it changes anything", async (_, key) => {
    expect(await deploying.run([], { ADMIN_KEY: key })).toMatchObject({
      code: 1,
      error: expect.stringContaining("must be at least 20 ASCII characters without whitespace"),
    });
    expect(deploying.wrangler.commands).toEqual([]);
  });
});

describe("the next run", () => {
  beforeEach(() => deploying.run([], { AIMLAPI_KEY: PROVIDER_KEY }));

  it("deploys, and changes nothing else", async () => {
    const [before, secrets, keys] = [
      deploying.account.outline,
      new Map(deploying.account.secrets),
      [...deploying.worker.keys],
    ];
    deploying.wrangler.commands.length = 0;
    const { code, out } = await deploying.run();
    expect(code).toBe(0);
    expect(deploying.account.outline).toEqual(before);
    expect(deploying.account.secrets).toEqual(secrets);
    expect(deploying.worker.keys).toEqual(keys);
    expect(deploying.wrangler.commands).toEqual([
      "whoami --json",
      "r2 bucket lifecycle list reelhook-videos",
      "secret list --format json",
      "deploy --strict",
    ]);
    expect(out.split("\n")).toEqual([
      "✓ Login           ada@example.com, account Ada",
      "✓ R2 bucket       reelhook-videos",
      "✓ Lifecycle rule  inputs/ (Expire objects after 8 days)",
      "✓ Provider key    AIMLAPI_KEY is set",
      "✓ Deploy          https://reelhook.ada.workers.dev",
      "✓ Secrets         ADMIN_KEY, AIMLAPI_KEY, SIGNING_SECRET",
      "✓ Health          https://reelhook.ada.workers.dev/healthz answers 200, version 0.1.0",
      "✓ API keys        exist; `npm run key` makes more",
      "",
      "Dashboard: https://reelhook.ada.workers.dev",
    ]);
  });

  it("leaves keys alone if it knows ADMIN_KEY, too", async () => {
    const keys = [...deploying.worker.keys];
    expect(await deploying.run([], { ADMIN_KEY: set("ADMIN_KEY") })).toMatchObject({ code: 0 });
    expect(deploying.worker.keys).toEqual(keys);
  });

  it("says so if ADMIN_KEY of the environment is not the one that is set", async () => {
    const { code, error } = await deploying.run([], { ADMIN_KEY });
    expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining("ADMIN_KEY is not the deployment's") });
    expect(error).toContain("Unset ADMIN_KEY");
    expect(set("ADMIN_KEY")).not.toBe(ADMIN_KEY);
  });

  it("replaces ADMIN_KEY with --new-admin-key", async () => {
    const before = set("ADMIN_KEY");
    const { code, out } = await deploying.run(["--new-admin-key"]);
    expect(code).toBe(0);
    expect(set("ADMIN_KEY")).not.toBe(before);
    expect(out).toContain(set("ADMIN_KEY"));
    expect(deploying.worker.keys).toHaveLength(2);
  });

  it("adds the lifecycle rule again if it was deleted", async () => {
    deploying.account.makeBucket("reelhook-videos");
    await deploying.run();
    expect(deploying.account.outline.buckets[0]?.rules).toHaveLength(2);
  });
});

describe("a deployment with an ADMIN_KEY that has made no API key", () => {
  beforeEach(() => {
    deploying.account.deploy();
    deploying.account.setSecret("ADMIN_KEY", ADMIN_KEY);
    deploying.account.setSecret("SIGNING_SECRET", "s".repeat(32));
  });

  it("replaces it, says so and shows the new one, if nobody can be asked for it", async () => {
    const { code, out } = await deploying.run();
    expect(code).toBe(0);
    expect(set("ADMIN_KEY")).not.toBe(ADMIN_KEY);
    expect(out).toContain("ADMIN_KEY replaced, because it is not known here and has made no API key yet");
    expect(out).toContain(set("ADMIN_KEY"));
    expect(out).toContain(deploying.worker.keys[0]?.key);
  });

  it("makes API keys with it if it is in the environment, and leaves it alone", async () => {
    const { out } = await deploying.run([], { ADMIN_KEY });
    expect(set("ADMIN_KEY")).toBe(ADMIN_KEY);
    expect(out).toContain(deploying.worker.keys[0]?.key);
  });

  it("makes API keys with it if it is typed, and does not show it", async () => {
    deploying.typed = ["", ADMIN_KEY];
    const { code, out } = await deploying.run();
    expect({ code, key: set("ADMIN_KEY") }).toEqual({ code: 0, key: ADMIN_KEY });
    expect(out).not.toContain(ADMIN_KEY);
    expect(out).toContain(deploying.worker.keys[0]?.key);
  });

  it("replaces it if Enter is pressed", async () => {
    deploying.typed = ["", ""];
    const { out } = await deploying.run();
    expect(set("ADMIN_KEY")).not.toBe(ADMIN_KEY);
    expect(out).toContain(set("ADMIN_KEY"));
  });
});

it("leaves secrets alone that another run has set meanwhile", async () => {
  deploying.typed = [PROVIDER_KEY];
  deploying.onQuestion = () => {
    deploying.account.deploy();
    deploying.account.setSecret("SIGNING_SECRET", "of the other run");
  };
  const { code, error } = await deploying.run();
  expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining("SIGNING_SECRET: set by somebody else") });
  expect([...deploying.account.secrets]).toEqual([["SIGNING_SECRET", "of the other run"]]);
});

describe("a deployment with API_KEYS", () => {
  beforeEach(() => {
    deploying.account.deploy();
    deploying.account.setSecret("API_KEYS", "{}");
    deploying.account.setSecret("SIGNING_SECRET", "s".repeat(32));
  });

  it("gets ADMIN_KEY, but no API key", async () => {
    const { code, out } = await deploying.run();
    expect(code).toBe(0);
    expect(out).toContain(set("ADMIN_KEY"));
    expect(deploying.worker.keys).toEqual([]);
    expect(deploying.account.setSecrets).toEqual(["API_KEYS", "SIGNING_SECRET", "ADMIN_KEY"]);
  });

  it("shows ADMIN_KEY even if the answer of the request that sets it is lost", async () => {
    deploying.wrangler.failure = { command: "secret bulk", when: "after", stderr: "fetch failed" };
    const { code, out } = await deploying.run();
    expect(code).toBe(1);
    expect(out).toContain(set("ADMIN_KEY"));
  });

  it("shows ADMIN_KEY even if the run fails, because no run replaces it", async () => {
    deploying.worker.problems = [{ setting: "BUDGETS", message: "must be JSON" }];
    const { code, out } = await deploying.run();
    expect(code).toBe(1);
    expect(out).toContain(set("ADMIN_KEY"));
  });
});

describe("where output is kept in a log", () => {
  it("only deploys in Cloudflare's builds", async () => {
    expect(await deploying.run([], { WORKERS_CI: "1", AIMLAPI_KEY: PROVIDER_KEY })).toEqual({
      code: 0,
      out: "",
      error: "",
    });
    expect(deploying.wrangler.commands).toEqual(["deploy"]);
    expect(deploying.account.outline.secrets).toEqual([]);
  });

  it.each<Record<string, string>>([{ CI: "1" }, { CI: "woodpecker" }, { BUILD_NUMBER: "7" }, { TF_BUILD: "True" }])(
    "recognizes CI by %j",
    async (env) => {
      expect(await deploying.run([], env)).toMatchObject({ code: 1, out: expect.not.stringContaining("rh_") });
    },
  );

  it("makes no key in CI", async () => {
    const refused = await deploying.run([], { CI: "true" });
    expect(refused).toMatchObject({ code: 1, error: expect.stringContaining("Set ADMIN_KEY in the environment") });
    const { code, out } = await deploying.run([], { CI: "true", ADMIN_KEY });
    expect({ code, keys: deploying.worker.keys }).toEqual({ code: 0, keys: [] });
    expect(out).not.toContain(ADMIN_KEY);
    expect(out).not.toMatch(/rh_/);
  });
});

describe("a dry run", () => {
  it("says what it would do, and changes nothing", async () => {
    deploying.typed = [];
    const { code, out } = await deploying.run(["--dry-run"]);
    expect(code).toBe(0);
    expect(deploying.account.outline).toEqual({ buckets: [], isDeployed: false, secrets: [] });
    expect(deploying.wrangler.commands).toEqual([
      "whoami --json",
      "r2 bucket lifecycle list reelhook-videos",
      "secret list --format json",
      "deploy --dry-run",
    ]);
    expect(deploying.worker.requests).toEqual([]);
    expect(out.split("\n")).toEqual([
      "Dry run: nothing is changed.",
      "",
      "✓ Login           ada@example.com, account Ada",
      "· R2 bucket       would make reelhook-videos",
      "· Lifecycle rule  would add inputs/ (Expire objects after 8 days)",
      "· Provider key    would ask for it",
      "· Deploy          would deploy; the Worker builds without errors",
      "· Secrets         would set SIGNING_SECRET (new), ADMIN_KEY (new)",
      "· Health          would wait until /healthz answers 200",
      "· API keys        would make one if there is none",
    ]);
  });
});
