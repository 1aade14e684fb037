// The command `reelhook listen` as a process, against the Worker.

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { LoopbackServers } from "../../support/loopback-servers.ts";
import { type BuiltCommand, buildCommand } from "../../support/package-build.ts";
import { hasPython, startInTerminal } from "../../support/pseudo-terminal.ts";
import { type RunningCommand, startCommand } from "../../support/running-command.ts";
import type { Answer, Call } from "../../support/scenario.ts";
import { type Stage, setStage } from "../../support/stage.ts";
import { TcpProxy } from "../../support/tcp-proxy.ts";

/** Each test has an account of its own, so that tests that run at the same time do not get each other's events. */
const KEYS = Array.from({ length: 16 }, (_, at) => `rh_test_listen_${at}_0123456789`);
const SETTINGS = { API_KEYS: JSON.stringify(Object.fromEntries(KEYS.map((key, at) => [`account-${at}`, [key]]))) };

let stage: Stage;
let command: BuiltCommand;
let accounts = 0;
let receivers = 0;
const running: RunningCommand[] = [];
const proxies: TcpProxy[] = [];
const servers = new LoopbackServers();

beforeAll(async () => {
  [stage, command] = await Promise.all([setStage({ settings: SETTINGS }), buildCommand()]);
});

afterAll(async () => {
  for (const { child, ended } of running) {
    child.kill();
    await ended;
  }
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  servers.stop();
  await command.remove();
  await stage.stop();
});

interface Deployment {
  readonly url: string;
  readonly key: string;
}

/** The Worker, with the key of an account that no other test uses. */
function deployment(): Deployment & { readonly reelhook: Reelhook } {
  const key = KEYS[accounts++];
  if (key === undefined) throw new Error("no account is left");
  return { url: stage.url, key, reelhook: new Reelhook({ baseUrl: stage.url, apiKey: key }) };
}

async function proxyTo(url: string): Promise<TcpProxy> {
  const proxy = new TcpProxy(url);
  proxies.push(proxy);
  await proxy.start();
  return proxy;
}

function start({ url, key }: Deployment, ...args: string[]): RunningCommand {
  const settings = { REELHOOK_URL: url, REELHOOK_API_KEY: key };
  const started = startCommand(process.execPath, [command.main, "listen", ...args], settings);
  running.push(started);
  return started;
}

/** @param shell a script that starts the command with `"$0" "$@"`. */
function startInShell(shell: string, { url, key }: Deployment, ...args: string[]): RunningCommand {
  const listen = [process.execPath, command.main, "listen", ...args];
  const settings = { REELHOOK_URL: url, REELHOOK_API_KEY: key, TERM: "xterm-256color" };
  const started = startInTerminal(["sh", "-c", shell, ...listen], settings);
  running.push(started);
  return started;
}

/** Starts the command and waits until it listens. */
async function forwardTo(app: { readonly url: string }, from: Deployment, ...args: string[]): Promise<RunningCommand> {
  const started = start(from, "--forward", app.url, ...args);
  await started.shows(/Forwarding to/);
  return started;
}

const COMPLETED_ONLY = ["--events", "generation.completed"];

/** A new receiver, and the callbacks that have arrived there. */
function receiver(...answers: Answer[]): { readonly url: string; calls(): readonly Call[] } {
  const name = `listen-${++receivers}`;
  stage.world.play(name, { hooks: { app: answers } });
  return { url: `${stage.world.url}/hooks/${name}/app`, calls: () => stage.world.calls(name, "hook") };
}

const INPUT = { prompt: "[instant] A fairy\u2028über the moon.", video_url: "https://example.com/raccoon.mp4" };

const lineOf = (id: string, outcome: string) => new RegExp(`generation\\.completed +${id} +-> ${outcome}`);

async function secretOf(reelhook: Reelhook): Promise<string> {
  return (await reelhook.webhookSecret.get()).secret;
}

function verify({ body, headers }: Call, secret: string): unknown {
  return new Webhook(secret).verify(body, headers);
}

const typeOf = ({ body }: Call): string => JSON.parse(body).type;

describe.concurrent("an event", () => {
  it("arrives with the bytes and headers of a webhook, signed by the account's secret", async () => {
    const { reelhook, ...from } = deployment();
    const [app, webhook] = [receiver(), receiver()];
    const listening = await forwardTo(app, from);
    const events = ["generation.started" as const, "generation.completed" as const];
    const { id } = await reelhook.generations.create({ ...INPUT, webhooks: [{ url: webhook.url, events }] });
    await listening.shows(lineOf(id, "204 in \\d+ ms"));
    await expect.poll(() => webhook.calls().length, { timeout: 30_000 }).toBe(2);
    const secret = await secretOf(reelhook);
    for (const original of webhook.calls()) {
      const call = app.calls().find((each) => typeOf(each) === typeOf(original));
      if (call === undefined) throw new Error(`${typeOf(original)} has not arrived`);
      expect(call.body).toBe(original.body);
      expect(verify(call, secret)).toMatchObject({ data: { id } });
      for (const name of ["content-type", "user-agent", "reelhook-attempt"])
        expect(call.headers[name]).toBe(original.headers[name]);
      expect(call.headers["webhook-id"]).toMatch(/^msg_[0-9a-z]{26}$/);
    }
    expect(app.calls().map(typeOf)).toEqual(events);
    expect(listening.output()).toMatch(/^Listening for events of account-\d+ \(test mode\) at http/);
    expect(listening.output()).not.toContain(secret);
  });

  it("is left out unless --events has it, and shown with the receiver's failure", async () => {
    const { reelhook, ...from } = deployment();
    const app = receiver(
      { status: 500, body: "\u001b[2JTypeError: no such user\n  at app.js" },
      { status: 307, headers: { location: "/hook/" } },
      { reset: true },
    );
    const listening = await forwardTo(app, from, ...COMPLETED_ONLY);
    for (const outcome of [
      "500 in \\d+ ms: \ufffd\\[2JTypeError: no such user\n",
      "307 in \\d+ ms: redirects are not followed \\(to /hook/\\)\n",
      "no answer: the connection was closed\n",
    ]) {
      const { id } = await reelhook.generations.create(INPUT);
      await listening.shows(lineOf(id, outcome));
    }
    expect(new Set(app.calls().map(typeOf))).toEqual(new Set(["generation.completed"]));
  });

  it("is shown as not answered when no app runs", async () => {
    const { reelhook, ...from } = deployment();
    const listening = await forwardTo({ url: `http://localhost:${await servers.closedPort()}/hook` }, from);
    const { id } = await reelhook.generations.create(INPUT);
    await listening.shows(
      lineOf(id, "no answer: connection refused. Is your app running at http://localhost:\\d+\\?\n"),
    );
  });
});

describe.concurrent("a connection that is lost", () => {
  it("is opened again without losing or repeating an event", async () => {
    const { reelhook, ...from } = deployment();
    const [app, proxy] = [receiver(), await proxyTo(stage.url)];
    const listening = await forwardTo(app, { ...from, url: proxy.url }, ...COMPLETED_ONLY);
    const before = await reelhook.generations.create(INPUT);
    await listening.shows(lineOf(before.id, "204"));
    proxy.isDown = true;
    proxy.cut();
    await listening.shows(/Connection lost/);
    const meanwhile = await reelhook.generations.create(INPUT, { wait: 30 });
    proxy.isDown = false;
    await listening.shows(lineOf(meanwhile.id, "204"));
    expect(listening.output()).toMatch(/Connected again. No event was missed/);
    expect(app.calls().map(({ body }) => JSON.parse(body).data.id)).toEqual([before.id, meanwhile.id]);
  });

  it("makes the command read the secret again, so that it follows a rotation", async () => {
    const { reelhook, ...from } = deployment();
    const [app, proxy] = [receiver(), await proxyTo(stage.url)];
    const listening = await forwardTo(app, { ...from, url: proxy.url }, ...COMPLETED_ONLY);
    const old = await secretOf(reelhook);
    const { secret } = await reelhook.webhookSecret.rotate();
    proxy.cut();
    await listening.shows(/Connected again/);
    const { id } = await reelhook.generations.create(INPUT);
    await listening.shows(lineOf(id, "204"));
    for (const each of [old, secret]) expect(verify(nth(app.calls(), 0), each)).toMatchObject({ data: { id } });
    expect(listening.output()).toMatch(/The secret was rotated/);
  });

  it("may have missed events if the Worker has restarted, and says so", async () => {
    const from = deployment();
    const [app, proxy] = [receiver(), await proxyTo(stage.url)];
    const listening = await forwardTo(app, { ...from, url: proxy.url }, ...COMPLETED_ONLY);
    const restarted = await setStage({ settings: SETTINGS });
    proxy.target = restarted.url;
    proxy.cut();
    await listening.shows(/Events may be missing: see the generations at http.* or with GET \/v1\/generations/);
    const { id } = await new Reelhook({ baseUrl: restarted.url, apiKey: from.key }).generations.create(INPUT);
    await listening.shows(lineOf(id, "204"));
    await restarted.stop();
  });
});

describe.concurrent("the command", () => {
  it("prints only the secret with --print-secret", async () => {
    const { reelhook, ...from } = deployment();
    const printing = start(from, "--print-secret");
    expect(await printing.ended).toBe(0);
    expect(printing.output()).toBe(`${await secretOf(reelhook)}\n`);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends at once on %s, with 0, while the receiver is busy", async (signal) => {
    const { reelhook, ...from } = deployment();
    const app = receiver({ hang: true });
    const listening = await forwardTo(app, from);
    await reelhook.generations.create(INPUT);
    await expect.poll(() => app.calls().length, { timeout: 30_000 }).toBe(1);
    listening.child.kill(signal);
    expect(await listening.ended).toBe(0);
  });

  it("ends quietly when nobody reads its output", async () => {
    const { reelhook, ...from } = deployment();
    const listening = await forwardTo(receiver(), from);
    listening.child.stdout?.destroy();
    await reelhook.generations.create(INPUT);
    expect(await listening.ended).toBe(0);
    expect(listening.output()).not.toMatch(/error/i);
  });

  it.each([
    ["the key is unknown", () => ({ url: stage.url, key: "rh_test_unknown" }), /does not know this API key/],
    [
      "nothing answers",
      async () => ({ url: `http://127.0.0.1:${await servers.closedPort()}` }),
      /Start it with "npm run dev" in the Reelhook repository/,
    ],
    ["another server answers", () => ({ url: stage.world.url }), /The server at .* is not Reelhook \(HTTP 404\)/],
    ["the URL has a path too much", () => ({ ...deployment(), url: `${stage.url}/v1` }), /Check --url/],
    ["a website answers", () => ({ url: servers.site("<!doctype html><title>Home</title>") }), /is not Reelhook/],
    ["another API answers", () => ({ url: servers.site("[]") }), /is not Reelhook/],
    ["the deployment sends no bodies", () => ({ url: servers.outdatedDeployment() }), /too old for this command/],
  ])("explains itself in one line and exits with 3 when %s", async (_, from, explanation) => {
    const { key = "rh_test_any", ...at }: { url: string | Promise<string>; key?: string } = await from();
    const refused = start({ key, url: await at.url }, "--forward", receiver({ hang: true }).url);
    expect(await refused.ended).toBe(3);
    expect(refused.output()).toMatch(explanation);
    expect(refused.output()).toMatch(/(^|\n)error: .*\n$/);
    // An attempt in progress is given up.
    expect(refused.output()).not.toContain("->");
  });

  it.each([
    [["--forward", "/hook"], /--forward must be an http or https URL/],
    [["--forward", "3000", "--events", "generation.done"], /The events are generation.started, /],
    [[], /--forward says where callbacks are sent/],
  ])("exits with 2 on bad options: %j", async (args, explanation) => {
    const refused = start({ url: stage.url, key: "rh_test_any" }, ...args);
    expect(await refused.ended).toBe(2);
    expect(refused.output()).toMatch(explanation);
  });

  it.skipIf(!hasPython())("runs in the background of a terminal, where it reads no keys", async () => {
    const { reelhook, ...from } = deployment();
    const app = receiver();
    const shell = 'set -m; "$0" "$@" & read _; kill $!; wait $!; exit $?';
    const listening = startInShell(shell, from, "--forward", app.url, ...COMPLETED_ONLY);
    await listening.shows(/Signed with/);
    await reelhook.generations.create(INPUT);
    await listening.shows(/204 in \d+ ms/);
    expect(listening.output()).not.toContain("Press r");
    listening.child.stdin?.write("\n");
    expect(await listening.ended).toBe(0);
  });

  it.skipIf(!hasPython())("sends the last event again on a key press, and restores the terminal", async () => {
    const { reelhook, ...from } = deployment();
    const app = receiver();
    const shell = '"$0" "$@"; code=$?; stty -a; exit $code';
    const listening = startInShell(shell, from, "--forward", app.url, ...COMPLETED_ONLY);
    await listening.shows(/Press r to send the last event again, Ctrl-C to stop/);
    listening.child.stdin?.write("\u001b[Axr");
    await listening.shows(/There is no event to send again yet/);
    const { id } = await reelhook.generations.create(INPUT);
    // In green.
    await listening.shows(/\[32m204 in \d+ ms/);
    listening.child.stdin?.write("r");
    await listening.shows(/204 in \d+ ms \(sent again, attempt 2\)/);
    const [first, second] = [nth(app.calls(), 0), nth(app.calls(), 1)];
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.headers["reelhook-attempt"]).toBe("2");
    expect(verify(second, await secretOf(reelhook))).toMatchObject({ data: { id } });
    listening.child.stdin?.write("\u0003");
    expect(await listening.ended).toBe(0);
    expect(listening.output()).toMatch(/\sisig icanon /);
  });
});

function nth(calls: readonly Call[], at: number): Call {
  const call = calls[at];
  if (call === undefined) throw new Error(`callback ${at} has not arrived`);
  return call;
}
