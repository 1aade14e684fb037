// Rows of the fault table (docs/reliability.md) about the line of the provider key, each injected into the real runtime.

import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { configOf } from "../../src/config.ts";
import { GenerationObject } from "../../src/generation/object.ts";
import type { Env } from "../../src/index.ts";
import { QueueObject } from "../../src/queue/object.ts";
import { type Answer, COMPLETED } from "../support/scenario.ts";
import {
  ACCEPTED,
  crashLine,
  create,
  FULL,
  grantTurns,
  hasLeft,
  holdTurns,
  lineName,
  playFull,
  providerLine,
  replay,
  standings,
  startWithoutLine,
  stored,
} from "./lines.ts";
import { amend, crash, eventually, finished, type Played, play, read, stub, testEnv, wake } from "./support.ts";

beforeEach(startWithoutLine);

const TAKES_ALL = { submit: [ACCEPTED], poll: [COMPLETED] };

/** The generations that were submitted, in order, once for each try. */
async function submittedTo(world: Played): Promise<string[]> {
  const calls = await world.calls("submit");
  return calls.map(({ headers }) => headers["x-client-request-id"]?.split(".")[0] ?? "");
}

async function waitingIn(world: Played, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++) ids.push((await create(world.prompt)).id);
  return ids;
}

async function allCompleted(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await finished(id)).toMatchObject({ status: "completed" });
  for (const id of ids) await hasLeft(id);
}

/** What the generation would do by itself within six minutes. */
async function askAgain(id: string): Promise<void> {
  await amend(id, (generation) => ({
    ...generation,
    ...(generation.line === undefined ? {} : { line: { ...generation.line, notBefore: 0 } }),
  }));
  await stub(id).ensure();
}

describe("faults of a provider that takes no more", () => {
  it("fault 4: 429 and 503 are retried after Retry-After, each time under a new request id", async () => {
    const refusal = (status: number, headers = {}): Answer => ({ status, headers, body: { message: "their reason" } });
    const world = await play({ submit: [refusal(429, { "retry-after": "1" }), refusal(503), ACCEPTED] });
    const { id, status } = await create(world.prompt);
    expect(status).toBe("queued");
    expect(await finished(id)).toMatchObject({ status: "completed" });
    const calls = await world.calls("submit");
    expect(new Set(calls.map(({ headers }) => headers["x-client-request-id"])).size).toBe(3);
    const [first, second] = calls.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(900);
  });

  it.each([429, 503])("fault 95: after %i a generation waits in line, and is submitted in its turn", async (status) => {
    await holdTurns();
    const world = await play({ submit: [{ status, body: {} }] });
    const ids = await waitingIn(world, 3);
    for (const [at, id] of ids.entries()) expect(await read(id)).toMatchObject({ queue: { position: at + 1 } });
    await replay(world, TAKES_ALL);
    await grantTurns();
    await allCompleted(ids);
    expect(await submittedTo(world)).toEqual(ids);
  });

  it("fault 96: whoever is refused again keeps its place, and only the first in line tries", async () => {
    const world = await play({ submit: [FULL, FULL, FULL, ACCEPTED], poll: [COMPLETED] });
    const ids = await waitingIn(world, 3);
    const [first = "", ...rest] = ids;
    await allCompleted(ids);
    expect(await submittedTo(world)).toEqual([first, first, first, first, ...rest]);
  });
});

describe("faults of the line", () => {
  it("fault 97: a line that does not answer is not waited for, and costs no generation", async () => {
    const world = await play({ submit: [FULL, ACCEPTED], poll: [COMPLETED] });
    const free = await play(TAKES_ALL);
    const tell = vi.spyOn(QueueObject.prototype, "tell").mockRejectedValue(new Error("no answer"));
    const refused = await create(world.prompt);
    expect(refused).toMatchObject({ status: "queued", queue: null });
    // The isolate knows of a line, so this one asks it first. The caller does not wait for an answer.
    const created = await create(free.prompt);
    expect(await free.calls("submit")).toEqual([]);
    for (const { id } of [refused, created]) expect(await finished(id)).toMatchObject({ status: "completed" });
    expect((await submittedTo(world)).length).toBe(2);
    expect((await submittedTo(free)).length).toBe(1);
    tell.mockRestore();
    for (const { id } of [refused, created]) {
      await askAgain(id);
      await hasLeft(id);
    }
    expect(await standings(await providerLine())).toEqual({});
  });

  it("fault 98: a line that is restarted in the middle goes on where it was", async () => {
    const world = await playFull();
    const ids = await waitingIn(world, 3);
    const before = await standings(await providerLine());
    await crashLine(await providerLine());
    expect(Object.keys(await standings(await providerLine()))).toEqual(Object.keys(before));
    // The next restart comes while the first in line has its turn.
    await replay(world, { submit: [{ ...ACCEPTED, delayMs: 500 }], poll: [COMPLETED] });
    await eventually(
      () => world.calls("submit"),
      (calls) => calls.length > 0,
    );
    await crashLine(await providerLine());
    await allCompleted(ids);
    expect(await submittedTo(world)).toEqual(ids);
    expect(await standings(await providerLine())).toEqual({});
  });

  it("fault 98: a line that has lost its storage is rebuilt from those who ask again", async () => {
    const world = await playFull();
    const ids = await waitingIn(world, 3);
    await startWithoutLine();
    expect((await stored(await providerLine())).entries).toBeNull();
    expect((await read(ids[0] ?? "")).queue).toBeNull();
    for (const id of ids.toReversed()) await askAgain(id);
    await replay(world, TAKES_ALL);
    await allCompleted(ids);
    expect(new Set(await submittedTo(world))).toEqual(new Set(ids));
    expect(await world.calls("submit")).toHaveLength(3);
  });

  it("fault 99: a turn that is not taken passes on, and its generation keeps its place", async () => {
    await holdTurns();
    const world = await playFull();
    const [first = "", second = ""] = await waitingIn(world, 2);
    vi.spyOn(GenerationObject.prototype, "grant").mockImplementationOnce(() => {
      throw new Error("no answer");
    });
    await replay(world, TAKES_ALL);
    await grantTurns();
    await eventually(
      () => read(second),
      ({ submitted_at }) => submitted_at !== null,
    );
    expect(await read(first)).toMatchObject({ queue: { position: 1, waiting: 1 } });
    // It would be granted its next turn 30 seconds after the first.
    await askAgain(first);
    await allCompleted([first, second]);
    expect(await submittedTo(world)).toEqual([second, first]);
  });

  it("fault 100: a generation that crashes while it waits in line gets its turn", async () => {
    await holdTurns();
    const world = await playFull();
    const ids = await waitingIn(world, 2);
    for (const id of ids) await crash(id);
    expect(await read(ids[1] ?? "")).toMatchObject({ queue: { position: 2, waiting: 2 } });
    await replay(world, TAKES_ALL);
    await grantTurns();
    await allCompleted(ids);
    expect(await submittedTo(world)).toEqual(ids);
  });

  it("fault 101: after a crash during a turn, the provider's log decides, and the place is given back", async () => {
    const world = await playFull();
    const ids = await waitingIn(world, 2);
    const [first = "", second = ""] = ids;
    await replay(world, { submit: [{ hang: true }, ACCEPTED], poll: [COMPLETED] });
    await eventually(
      () => world.calls("submit"),
      (calls) => calls.length > 0,
    );
    await crash(first);
    await wake(first);
    await allCompleted(ids);
    expect(await submittedTo(world)).toEqual([first, second]);
    expect(await standings(await providerLine())).toEqual({});
  });

  it("fault 102: a new provider key takes effect for those that wait, and has a line of its own", async () => {
    const world = await playFull();
    const ids = await waitingIn(world, 2);
    for (const id of ids) {
      await runInDurableObject(stub(id), (object) => {
        const { env } = object as unknown as { readonly env: Env };
        Object.assign(configOf(env), { aimlapiKey: "a-new-provider-key" });
      });
    }
    await replay(world, TAKES_ALL);
    for (const id of ids.toReversed()) await askAgain(id);
    await allCompleted(ids);
    const calls = await world.calls("submit");
    expect(calls.map(({ headers }) => headers["authorization"])).toEqual(ids.map(() => "Bearer a-new-provider-key"));
    const renewed = await stored(testEnv.QUEUES.getByName(await lineName("a-new-provider-key")));
    expect(renewed.entries).toEqual([]);
  });
});
