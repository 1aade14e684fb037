// The command as a process, without a deployment: options that are refused, and the environment.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LoopbackServers } from "../../support/loopback-servers.ts";
import { type BuiltCommand, buildCommand } from "../../support/package-build.ts";
import { startCommand } from "../../support/running-command.ts";

let command: BuiltCommand;
/** Nothing listens there. */
let closed: string;

beforeAll(async () => {
  command = await buildCommand();
  closed = `http://127.0.0.1:${await new LoopbackServers().closedPort()}`;
});
afterAll(() => command.remove());

const INPUT = ["--prompt", "A fairy.", "--video-url", "https://example.com/raccoon.mp4"];

async function generate(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const settings = { REELHOOK_URL: closed, REELHOOK_API_KEY: "rh_test_1", ...env };
  const { ended, output, stdout } = startCommand(process.execPath, [command.main, "generate", ...args], settings);
  return { code: await ended, output: output(), stdout: stdout() };
}

describe.concurrent("reelhook generate", () => {
  it.each([
    [["--seconds", "5"], "unknown option '--seconds'"],
    [["--prompt"], "option '-p, --prompt <text>' argument missing"],
    [[...INPUT, "-f", "seed"], "--field takes name=value, such as --field duration=5"],
    [[...INPUT, "--api-key", ""], "The API key is empty or malformed."],
    [[...INPUT, "--url", "localhost"], "--url must be an absolute http or https URL, such as https://reelhook"],
  ])("refuses %j at once with 2, and for scripts with an object", async (args, message) => {
    const [told, asJson] = await Promise.all([generate(args), generate(["--json", ...args])]);
    expect([told.code, asJson.code]).toEqual([2, 2]);
    expect([told.stdout, asJson.output]).toEqual(["", asJson.stdout]);
    expect(told.output).toMatch(/^error: /);
    expect(told.output).toContain(message);
    const error = { code: "invalid_options", errors: [], request_id: null, generation_id: null };
    expect(JSON.parse(asJson.stdout)).toEqual({ error: { ...error, message: expect.stringContaining(message) } });
    expect(JSON.parse(asJson.stdout).error.message).not.toMatch(/^error/);
  });

  it("shows how to get help, and the help", async () => {
    const [refused, help] = await Promise.all([generate(["--seconds"]), generate(["--help"])]);
    expect(refused.output).toContain('Run "npx reelhook generate --help" for the options');
    expect([help.code, help.stdout]).toEqual([0, help.output]);
    expect(help.stdout).toMatch(/^Usage: npx reelhook generate \[options\]\n/);
    expect(help.stdout).toMatch(/REELHOOK_API_KEY,\s+otherwise REELHOOK_KEY/);
  });

  it("takes the API key of REELHOOK_KEY, which `npm run dev` prints, if there is no other", async () => {
    const without = await generate(INPUT, { REELHOOK_API_KEY: "" });
    expect(without).toMatchObject({ code: 2, output: expect.stringContaining("Give an API key with --api-key or") });
    const other = await generate(INPUT, { REELHOOK_API_KEY: "", REELHOOK_KEY: "rh_test_1" });
    expect(other).toMatchObject({ code: 3, output: expect.stringContaining(`Nothing answers at ${closed}`) });
  });

  it("names the proxy if that is what does not answer, without its password", async () => {
    const proxy = closed.replace("//", "//user:secret@");
    const url = "http://127.0.0.1:8787";
    const { output } = await generate(INPUT, { REELHOOK_URL: url, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy });
    expect(output).toContain(
      `error: Nothing answers at ${url}: the proxy ${new URL(closed).host} in HTTP_PROXY does not answer ` +
        "(connection refused). Correct HTTP_PROXY, or add 127.0.0.1 to NO_PROXY.\n",
    );
    expect(output).not.toContain("secret");
  });
});
