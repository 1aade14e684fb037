// The command `reelhook generate` as a process, against the Worker.

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { LoopbackServers } from "../../support/loopback-servers.ts";
import { type BuiltCommand, buildCommand } from "../../support/package-build.ts";
import { hasPython, startInTerminal } from "../../support/pseudo-terminal.ts";
import { type RunningCommand, startCommand } from "../../support/running-command.ts";
import { madeUpVideo, type Scenario } from "../../support/scenario.ts";
import { type Stage, setStage } from "../../support/stage.ts";
import { type OnVideo, passOn, pausedOnce, throughProxy } from "../../support/video-proxy.ts";

/** Each test has an account of its own, because those of one account share their place in line and their list. */
const ACCOUNTS = Array.from({ length: 12 }, (_, at) => `account-${at}`);
const keysOf = (account: string) => ({ live: `rh_live_${account}_0123456789`, test: `rh_test_${account}_0123456789` });
const API_KEYS = JSON.stringify(Object.fromEntries(ACCOUNTS.map((name) => [name, Object.values(keysOf(name))])));

const VIDEO_BYTES = 3_000_000;

let stage: Stage;
let command: BuiltCommand;
let folder: string;
let taken = 0;
const running: RunningCommand[] = [];
const servers = new LoopbackServers();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelhook-generate-"));
  [stage, command] = await Promise.all([setStage({ settings: { API_KEYS } }), buildCommand()]);
});

afterAll(async () => {
  for (const { child, ended } of running) {
    child.kill("SIGKILL");
    await ended;
  }
  servers.stop();
  await Promise.all([command.remove(), rm(folder, { recursive: true, force: true })]);
  await stage.stop();
});

interface StartOptions {
  readonly url?: string;
  readonly key?: string;
  readonly inTerminal?: true;
}

/** A user with an account and a folder. */
interface User {
  readonly folder: string;
  readonly reelhook: Reelhook;
  /** Runs the command. */
  start(args: readonly string[], options?: StartOptions): RunningCommand;
}

async function newUser(mode: "live" | "test"): Promise<User> {
  const account = ACCOUNTS[taken++];
  if (account === undefined) throw new Error("no account is left");
  const own = join(folder, account);
  await mkdir(own);
  const apiKey = keysOf(account)[mode];
  return {
    folder: own,
    reelhook: new Reelhook({ baseUrl: stage.url, apiKey }),
    start(args, { url = stage.url, key = apiKey, inTerminal } = {}) {
      const env = { REELHOOK_URL: url, REELHOOK_API_KEY: key };
      const program = [process.execPath, command.main, "generate", ...args];
      const started = inTerminal
        ? startInTerminal(program, env)
        : startCommand(process.execPath, program.slice(1), env);
      running.push(started);
      return started;
    },
  };
}

const VIDEO_URL = ["--video-url", "https://example.com/raccoon.mp4"];
const INSTANT = ["--prompt", "[instant] A fairy.", ...VIDEO_URL];

/** A generation whose provider behaves as told. */
function scenario(name: string, played: Scenario = {}): string[] {
  stage.world.play(name, { file: [{ bytes: VIDEO_BYTES }], ...played });
  return ["--prompt", `scenario=${name}`, ...VIDEO_URL];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const videoProxy = (onVideo: OnVideo) => servers.serve(throughProxy(stage.url, onVideo));

async function idsOf({ reelhook }: User): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of reelhook.generations.list()) ids.push(id);
  return ids;
}

describe.concurrent("reelhook generate", () => {
  it("saves the video and says what it does", async () => {
    const user = await newUser("test");
    const file = join(user.folder, "fairy.mp4");
    await writeFile(file, "an old file");
    const generating = user.start([...INSTANT, "--out", file]);
    expect(await generating.ended).toBe(0);
    const id = /^Generation (gen_\w+): runway\/gen4_aleph, test mode$/m.exec(generating.output())?.[1] ?? "";
    const { video } = await user.reelhook.generations.get(id);
    expect(sha256(await readFile(file))).toBe(video?.sha256);
    expect(generating.stdout()).toBe(`Saved ${file} (4.6 kB, 320×180, 5.0 s)\n`);
    expect(generating.output()).toContain("\nDownloading\n");
    expect(await readdir(user.folder)).toEqual(["fairy.mp4"]);
  });

  it("prints one JSON object for scripts, and nothing else", async () => {
    const user = await newUser("test");
    const path = (name: string) => join(user.folder, name);
    const [clip, file] = [path("clip.mp4"), path("out.mp4")];
    await writeFile(clip, "video");
    const fields = ["--field", "duration=5", "-f", "seed=7"];
    const generating = user.start(["--json", "-i", "-", "--video-url", clip, ...fields, "-o", file]);
    generating.child.stdin?.end(JSON.stringify({ prompt: "[instant]", seed: 1, metadata: { order: "42" } }));
    expect(await generating.ended).toBe(0);
    expect(generating.output()).toBe(generating.stdout());
    expect(JSON.parse(generating.stdout())).toMatchObject({
      object: "generation",
      status: "completed",
      input: { prompt: "[instant]", video_url: "data:video/mp4;… (5 bytes)", duration: 5, seed: 7 },
      metadata: { order: "42" },
      file,
    });
  });

  it("exits with 1 if the generation fails", async () => {
    const user = await newUser("live");
    const error = { name: "Moderation", message: "Not this." };
    const failing = scenario("generate-failing", { poll: [{ body: { id: "{{id}}", status: "error", error } }] });
    const file = join(user.folder, "fairy.mp4");
    const [told, asJson] = [user.start([...failing, "-o", file]), user.start([...failing, "--json", "-o", file])];
    expect(await Promise.all([told.ended, asJson.ended])).toEqual([1, 1]);
    expect(told.output()).toMatch(/error: The generation gen_\w+ has failed: .*Not this\./);
    expect(JSON.parse(asJson.stdout())).toMatchObject({ status: "failed", error: { code: "moderated" }, file: null });
    expect(await readdir(user.folder)).toEqual([]);
  });

  it("exits with 2 if the input is refused, and names each bad field", async () => {
    const user = await newUser("test");
    const bad = user.start([...INSTANT, "-f", "duration=7", "-f", "seeds=1", "--json"]);
    const refused = user.start(["--prompt", "[refused]", ...VIDEO_URL]);
    expect(await Promise.all([bad.ended, refused.ended])).toEqual([2, 2]);
    const { error } = JSON.parse(bad.stdout());
    expect(error).toMatchObject({ code: "invalid_request", request_id: expect.any(String), generation_id: null });
    expect(error.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(["/duration", "/seeds"]);
    expect(refused.output()).toContain("error: Refused by the sandbox");
  });

  it("exits with 3 if the deployment cannot generate now", async () => {
    const user = await newUser("test");
    const closed = `http://127.0.0.1:${await servers.closedPort()}`;
    const [withoutCredits, unknown, away, other] = [
      user.start(["--prompt", "[no-credits]", ...VIDEO_URL]),
      user.start(INSTANT, { key: "rh_test_unknown_0123456789" }),
      user.start(INSTANT, { url: closed }),
      user.start(INSTANT, { url: await servers.site("<h1>It works!</h1>") }),
    ];
    const all = [withoutCredits, unknown, away, other];
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([3, 3, 3, 3]);
    expect(withoutCredits.output()).toContain("Add credits to the provider account");
    expect(unknown.output()).toContain("does not know this API key");
    expect(away.output()).toContain(`error: Nothing answers at ${closed}: connection refused.`);
    expect(other.output()).toContain("is not Reelhook");
    for (const each of all.slice(1)) expect(each.output()).not.toContain("may exist");
  });

  it("refuses an output that cannot be written, before anything is created", async () => {
    const user = await newUser("test");
    const refused = user.start([...INSTANT, "--out", join(user.folder, "absent/fairy.mp4")]);
    expect(await refused.ended).toBe(2);
    expect(refused.output()).toContain("does not exist");
    expect(await idsOf(user)).toEqual([]);
  });

  it("resumes a download that is cut twice", async () => {
    const user = await newUser("live");
    const ranges: (string | undefined)[] = [];
    const url = await videoProxy((answer, response, range) => {
      if (ranges.push(range) > 2) answer.pipe(response);
      else passOn(1_000_000, answer, response, () => response.destroy());
    });
    const file = join(user.folder, "fairy.mp4");
    const generating = user.start([...scenario("generate-cut"), "--out", file], { url });
    expect(await generating.ended).toBe(0);
    expect(sha256(await readFile(file))).toBe(sha256(madeUpVideo(VIDEO_BYTES)));
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it("exits with 4 if the video cannot be written, and saves it when told to resume", async () => {
    const user = await newUser("test");
    const absent = join(user.folder, "removed");
    await mkdir(absent);
    const url = await videoProxy(async (answer, response) => {
      await rm(absent, { recursive: true });
      answer.pipe(response);
    });
    const failing = user.start([...INSTANT, "--json", "--out", join(absent, "fairy.mp4")], { url });
    expect(await failing.ended).toBe(4);
    const { error } = JSON.parse(failing.stdout());
    expect(error).toMatchObject({ code: "not_saved", generation_id: expect.stringMatching(/^gen_/) });
    const file = join(user.folder, "fairy.mp4");
    const resumed = user.start(["--resume", error.generation_id, "--out", file]);
    expect(await resumed.ended).toBe(0);
    expect(await readdir(user.folder)).toEqual(["fairy.mp4"]);
  });

  describe("stopped with Ctrl-C", () => {
    it("ends the command while the generation stays in line", async () => {
      const user = await newUser("test");
      const waiting = user.start(["--prompt", "[busy]", ...VIDEO_URL, "--out", "my fairy.mp4"]);
      await waiting.shows(/^In line: place 1 of 1/m);
      waiting.child.kill("SIGINT");
      expect(await waiting.ended).toBe(130);
      const [id = ""] = await idsOf(user);
      expect(waiting.output()).toContain(
        `Stopped. The generation ${id} continues.\nSave its video with: npx reelhook generate --resume ${id} --out 'my fairy.mp4'\n`,
      );
      expect((await user.reelhook.generations.get(id)).status).toBe("queued");
    });

    it("leaves no part of the video behind", async () => {
      const user = await newUser("live");
      let isHeld = () => {};
      const held = new Promise<void>((resolve) => {
        isHeld = resolve;
      });
      const url = await videoProxy((answer, response) => passOn(1_000_000, answer, response, isHeld));
      const file = join(user.folder, "fairy.mp4");
      const downloading = user.start([...scenario("generate-held"), "--json", "--out", file], { url });
      await held;
      expect(await readdir(user.folder)).toEqual([expect.stringMatching(/^fairy\.mp4\.\w+\.part$/)]);
      downloading.child.kill("SIGINT");
      expect(await downloading.ended).toBe(130);
      expect(await readdir(user.folder)).toEqual([]);
      expect(JSON.parse(downloading.stdout()).error).toMatchObject({ code: "interrupted" });
    });

    it("says how to find a generation whose creation was not answered", async () => {
      const user = await newUser("test");
      const url = await servers.serve((request, response) => {
        const isAccount = request.url === "/v1/account";
        if (isAccount) response.end(JSON.stringify({ object: "account", name: "acme", mode: "test" }));
      });
      const creating = user.start([...INSTANT, "--idempotency-key", "order-42"], { url });
      await creating.shows(/^Sending the request$/m);
      creating.child.kill("SIGINT");
      expect(await creating.ended).toBe(130);
      expect(creating.output()).toContain("Run the command again with --idempotency-key order-42 to get that one");
    });
  });

  it.skipIf(!hasPython())("shows a bar in a terminal, which is gone in the end", async () => {
    const user = await newUser("live");
    const file = join(user.folder, "fairy.mp4");
    const url = await videoProxy((answer, response) => answer.pipe(pausedOnce()).pipe(response));
    const generating = user.start([...scenario("generate-terminal"), "--out", file], { url, inTerminal: true });
    expect(await generating.ended).toBe(0);
    const screen = generating.stdout();
    expect(screen).toMatch(/Generating +[░█]+ {2}\d:\d\d/);
    expect(screen).toMatch(/Downloading +█+░+ +\d+% {2}[\d.]+ [kM]B of 3\.0 MB/);
    // Hidden while the bar moves.
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
    // Clears the line of the bar.
    expect(screen.split("\u001b[2K").at(-1)).toBe(`Saved ${file} (3.0 MB)\r\n`);
  });
});
