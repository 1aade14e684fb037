// `npm run deploy` fails or is killed at each step, and goes on when it is run again.

import { beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../../../scripts/deploy/failure.ts";
import { Deploying } from "../../support/cloudflare/deploying.ts";
import type { CommandFailure } from "../../support/cloudflare/scripted-wrangler.ts";

const ENV = { AIMLAPI_KEY: "provider-key-0123456789" };
const ADDRESS = "https://reelhook.ada.workers.dev";

let deploying: Deploying;

beforeEach(() => {
  deploying = new Deploying();
});

/** Expects what an uninterrupted run leaves behind. */
async function expectWhole(): Promise<void> {
  const whole = new Deploying();
  await whole.run([], ENV);
  expect(deploying.account.outline).toEqual(whole.account.outline);
  const modes = ({ worker }: Deploying) => worker.keys.map(({ account, mode }) => `${account} ${mode}`);
  expect(modes(deploying)).toEqual(modes(whole));
}

const timesSet = (name: string) => deploying.account.setSecrets.filter((each) => each === name).length;

const COMMANDS: readonly (readonly [command: string, step: string])[] = [
  ["whoami", "Login"],
  ["r2 bucket lifecycle list", "R2 bucket"],
  ["r2 bucket create", "R2 bucket"],
  ["r2 bucket lifecycle add", "Lifecycle rule"],
  ["secret list", "Secrets"],
  ["deploy", "Deploy"],
  ["secret bulk", "Secrets"],
];

const WHEN = ["before", "after"] as const;

describe.each(WHEN.flatMap((when) => COMMANDS.map(([command, step]) => ({ when, command, step }))))(
  "a failure $when the effect of `wrangler $command`",
  ({ when, command, step }) => {
    const failure: CommandFailure = { command, when, stderr: "Internal error [code: 10013]" };

    it("is reported, and the next run goes on", async () => {
      deploying.wrangler.failure = failure;
      const { code, error, out } = await deploying.run([], ENV);
      expect(code).toBe(1);
      expect(error).toMatch(new RegExp(`^✗ ${step} +Internal error \\[code: 10013\\]\n`));
      expect(error).toContain("Run `npm run deploy` again: it goes on from here.");
      // ADMIN_KEY may be set although the command failed.
      if (deploying.account.secrets.has("ADMIN_KEY")) expect(out).toContain(deploying.account.secrets.get("ADMIN_KEY"));
      else expect(out).not.toContain("rh_");
      deploying.typed = [""];
      expect(await deploying.run([], ENV)).toMatchObject({ code: 0, error: "" });
      await expectWhole();
      expect(timesSet("SIGNING_SECRET")).toBe(1);
      // Enter at the question for ADMIN_KEY replaces it.
      expect(timesSet("ADMIN_KEY")).toBe(command === "secret bulk" && when === "after" ? 2 : 1);
    });

    it("does not stop the next run if it killed this one", async () => {
      deploying.wrangler.failure = { ...failure, isDeadly: true };
      await expect(deploying.run([], ENV)).rejects.toThrow("killed");
      deploying.typed = [""];
      const { code, out } = await deploying.run([], ENV);
      expect(code).toBe(0);
      expect(out).toContain(deploying.account.secrets.get("ADMIN_KEY"));
      await expectWhole();
      expect(timesSet("SIGNING_SECRET")).toBe(1);
    });
  },
);

it("a bucket that exists after all is no failure", async () => {
  const stderr = "The bucket you tried to create already exists, and you own it. [code: 10004]";
  deploying.wrangler.failure = { command: "r2 bucket create", when: "after", stderr };
  expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
  await expectWhole();
});

describe("the output says what to do", () => {
  it.each([
    [
      "r2 bucket lifecycle list",
      "Please enable R2 through the Cloudflare Dashboard. [code: 10042]",
      "https://dash.cloudflare.com/?to=/:account/r2/overview",
    ],
    [
      "r2 bucket create",
      "Authentication error [code: 10000]",
      "permissions to edit Workers Scripts and Workers R2 Storage",
    ],
    [
      "r2 bucket lifecycle list",
      "More than one account available but unable to select one",
      "export CLOUDFLARE_ACCOUNT_ID=",
    ],
    [
      "deploy",
      "register a workers.dev subdomain here:\nhttps://dash.cloudflare.com/1/workers/onboarding",
      "Register a workers.dev subdomain",
    ],
    [
      "deploy",
      "Aborting the upload operation because of conflicts. To override, remove the `--strict` flag",
      "run `npx wrangler deploy` once",
    ],
    ["secret bulk", "fetch failed", "Check the connection"],
  ])("if `wrangler %s` fails with %j", async (command, stderr, advice) => {
    deploying.wrangler.failure = { command, when: "before", stderr };
    const { code, error } = await deploying.run([], ENV);
    expect(code).toBe(1);
    for (const line of stderr.split("\n")) expect(error).toContain(line);
    expect(error).toContain(advice);
  });

  it("if nobody is logged in", async () => {
    deploying.wrangler.isLoggedIn = false;
    const { code, error } = await deploying.run([], ENV);
    expect({ code, commands: deploying.wrangler.commands }).toEqual({ code: 1, commands: ["whoami --json"] });
    expect(error).toContain("npx wrangler login");
    expect(error).toContain("CLOUDFLARE_API_TOKEN");
  });
});

it("the message of a conflict has the differences", () => {
  const stderr = [
    "▲ \u001b[43;33m[\u001b[43;30mWARNING\u001b[43;33m]\u001b[0m \u001b[1mThe local configuration differs:\u001b[0m",
    '     vars: {\n  \u001b[31m-    BUDGETS: "x"\u001b[39m\n     }',
    "✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m Aborting because of conflicts: remove the `--strict` flag",
  ].join("\n\n");
  expect(messageOf({ stdout: "", stderr }).split("\n")).toEqual([
    "Aborting because of conflicts: remove the `--strict` flag",
    "The local configuration differs:",
    "     vars: {",
    '  -    BUDGETS: "x"',
    "     }",
  ]);
});

describe("/healthz", () => {
  const fails = (count: number) => deploying.worker.failures.set("GET /healthz", Array(count).fill("unanswered"));

  it("is waited for, which is shown", async () => {
    fails(30);
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
    expect(deploying.shown).toContain(`Health: waiting for ${ADDRESS}/healthz (socket hang up), 58 s`);
  });

  it("ends the run if it does not answer within four minutes, and the next run goes on", async () => {
    fails(122);
    const { code, error, out } = await deploying.run([], ENV);
    const adminKey = deploying.account.secrets.get("ADMIN_KEY") ?? "";
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(adminKey) });
    expect(error).toMatch(/^✗ Health +https:\/\/reelhook.ada.workers.dev\/healthz: socket hang up\n/);
    deploying.typed = [adminKey];
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0, out: expect.not.stringContaining(adminKey) });
    await expectWhole();
    expect([timesSet("SIGNING_SECRET"), timesSet("ADMIN_KEY")]).toEqual([1, 1]);
  });

  it("ends the run if it names a setting that is invalid", async () => {
    deploying.worker.problems = [{ setting: "BUDGETS", message: "must be JSON" }];
    const { code, error } = await deploying.run([], ENV);
    expect(code).toBe(1);
    expect(error).toMatch(/^✗ Health +BUDGETS must be JSON\n/);
    deploying.worker.problems = [];
    deploying.typed = [""];
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
    await expectWhole();
  });

  it("may name a setting until the deployment has arrived everywhere", async () => {
    deploying.worker.problems = [{ setting: "BUDGETS", message: "must be JSON" }];
    deploying.onSleep = () => {
      deploying.worker.problems = [];
    };
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
  });

  it("ends the run with the reason if a secret that was just set stays invalid", async () => {
    deploying.account.deploy();
    deploying.account.setSecret("API_KEYS", "{");
    deploying.worker.problems = [{ setting: "API_KEYS", message: "must be JSON" }];
    const { code, error } = await deploying.run([], ENV);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(/^✗ Health +API_KEYS must be JSON\n/) });
    expect(error).not.toContain("new address");
  });

  it("may name secrets that were just set for longer", async () => {
    const setting = (name: string) => ({ setting: name, message: "is missing" });
    deploying.worker.problems = ["SIGNING_SECRET", "API_KEYS"].map(setting);
    let waits = 0;
    deploying.onSleep = () => {
      if (++waits === 20) deploying.worker.problems = [];
    };
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
  });
});

it("an unexpected error does not hide the keys that were made", async () => {
  const printed: string[] = [];
  deploying.onPrint = (text) => printed.push(text);
  deploying.settings = { ...deploying.settings, publicUrl: "http://reelhook.example.com" };
  await expect(deploying.run([], ENV)).rejects.toThrow("The address must be");
  expect(printed.at(-1)).toContain(deploying.account.secrets.get("ADMIN_KEY"));
});

describe("/v1/api-keys", () => {
  it.each([
    ["GET /v1/api-keys", [401, 401, 503, "unanswered"]],
    ["POST /v1/api-keys", [401, 503, "unanswered", "answer_lost"]],
  ] as const)("%s is repeated while it fails", async (request, failures) => {
    deploying.worker.failures.set(request, [...failures]);
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
    // The key whose answer was lost is revoked.
    await expectWhole();
  });

  it("fails before a key is made: the next run makes the keys", async () => {
    deploying.worker.failures.set("POST /v1/api-keys", [400]);
    const { code, error, out } = await deploying.run([], ENV);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining("✗ API keys") });
    expect(out).toContain(deploying.account.secrets.get("ADMIN_KEY"));
    deploying.typed = [""];
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
    await expectWhole();
  });

  it("fails after a key is made: the run shows all keys, and the next run leaves them alone", async () => {
    deploying.worker.failures.set("POST /v1/api-keys", ["none", 400]);
    const { code, out } = await deploying.run([], ENV);
    expect(code).toBe(1);
    const [key] = deploying.worker.keys;
    expect(out).toContain(key?.key);
    expect(out).toContain(deploying.account.secrets.get("ADMIN_KEY"));
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0 });
    expect(deploying.worker.keys).toEqual([key]);
    expect(timesSet("ADMIN_KEY")).toBe(1);
  });

  it("loses the keys if it is killed after making one: --new-admin-key then replaces ADMIN_KEY", async () => {
    deploying.worker.failures.set("POST /v1/api-keys", ["answer_lost"]);
    deploying.onSleep = () => {
      throw new Error("killed");
    };
    await expect(deploying.run([], ENV)).rejects.toThrow("killed");
    expect(await deploying.run([], ENV)).toMatchObject({ code: 0, out: expect.not.stringContaining("rh_") });
    const { code, out } = await deploying.run(["--new-admin-key"], ENV);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(deploying.account.secrets.get("ADMIN_KEY") ?? ""),
    });
  });
});
