// Helpers for tests of the line of the provider key.

import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { configOf } from "../../src/config.ts";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { Capacity } from "../../src/core/queue/capacity.ts";
import type { Env } from "../../src/index.ts";
import type { QueueObject } from "../../src/queue/object.ts";
import { KnownLines } from "../../src/queue/queues.ts";
import type { Answer, Scenario } from "../support/scenario.ts";
import { call, eventually, LIVE, type Played, play, read, record, request, testEnv, WORLD } from "./support.ts";

type LineStub = DurableObjectStub<QueueObject>;

export const ACCEPTED: Answer = { status: 201, body: { id: "{{id}}", status: "queued" } };
export const FULL: Answer = { status: 429, body: { message: "Too many jobs." } };

const PROBE_MS = 200;

/** The name of a provider key's line, written down here once more because it must never change. */
export async function lineName(apiKey: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`reelhook/queue/${apiKey}`));
  return `aimlapi/${Buffer.from(digest).toString("hex").slice(0, 32)}`;
}

/** The line of the deployment's provider key. */
export async function providerLine(): Promise<LineStub> {
  return testEnv.QUEUES.getByName(await lineName(configOf(testEnv).aimlapiKey ?? ""));
}

/** Aborts the line's object like a crash: its memory is lost, its writes are kept. */
export async function crashLine(line: LineStub): Promise<void> {
  await runInDurableObject(line, async (_, state) => {
    await state.storage.sync();
    state.abort("aborted by the test");
  }).catch(() => {});
}

/** Ends the pause of a line after a `Retry-After`, to save time: its next instance goes on at once. */
export async function endPause(line: LineStub): Promise<void> {
  await runInDurableObject(line, async (_, { storage }) => {
    const capacity = storage.kv.get<Capacity>("capacity");
    storage.kv.put("capacity", { ...capacity, pausedUntil: 0, probeAt: 0 });
    await storage.setAlarm(Date.now() + 1);
  });
  await crashLine(line);
}

/** Runs before each test: there is no line, and this isolate remembers none. */
export async function startWithoutLine(): Promise<void> {
  forgetLines();
  vi.restoreAllMocks();
  remembered = vi.spyOn(KnownLines.prototype, "remember");
  const line = await providerLine();
  await runInDurableObject(line, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await crashLine(line);
  // Probes and polls come five times as often as the setting says, to save time.
  await probeEvery(PROBE_MS);
  Object.assign(configOf(testEnv), { pollIntervalMs: PROBE_MS });
}

/** How often the first in line tries, until the line's object restarts. */
async function probeEvery(pollIntervalMs: number): Promise<void> {
  await runInDurableObject(await providerLine(), (object) => {
    const { env } = object as unknown as { readonly env: Env };
    Object.assign(configOf(env), { pollIntervalMs });
  });
}

/** Nobody has a turn until `grantTurns`, so that no place changes in the meantime. Call it before the first refusal. */
export function holdTurns(): Promise<void> {
  return probeEvery(60_000);
}

/** The first in line tries at once, and then as often as before. */
export async function grantTurns(): Promise<void> {
  await endPause(await providerLine());
  await probeEvery(PROBE_MS);
}

let remembered = vi.spyOn(KnownLines.prototype, "remember");

/** This isolate remembers no line any more, as after ten seconds. */
export function forgetLines(): void {
  const { calls, contexts } = remembered.mock;
  for (const [at, lines] of contexts.entries()) {
    if (lines instanceof KnownLines) lines.forget(calls[at]?.[0] ?? "");
  }
}

/** From now on, the provider answers this scenario anew. Its calls are counted anew, too. */
export async function replay({ name }: Played, scenario: Scenario): Promise<void> {
  await (await fetch(`${WORLD}/_scenarios/${name}`, { method: "PUT", body: JSON.stringify(scenario) })).text();
}

export interface Created {
  readonly key?: string;
  readonly more?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

export async function create(
  prompt: string,
  { key = LIVE, more = {}, headers = {} }: Created = {},
): Promise<GenerationView> {
  const response = await call("/v1/generations", { key, json: request(prompt, more), headers });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<GenerationView>();
}

/** A provider that refuses every submission as one too many. */
export function playFull(): Promise<Played> {
  return play({ submit: [FULL] });
}

/** Waits until a generation waits in line. */
export async function inLine(id: string, key: string = LIVE): Promise<GenerationView> {
  return eventually(
    () => read(id, key),
    ({ queue }) => queue !== null,
  );
}

/** Waits until the line has been told that the generation has left it, and the outbox is empty. */
export async function hasLeft(id: string): Promise<void> {
  await eventually(
    () => record(id),
    ({ generation }) => generation.line === undefined,
  );
}

export interface StoredEntry {
  readonly [column: string]: SqlStorageValue;
  readonly id: string;
  readonly account: string;
  readonly state: string;
}

/** What the line has stored, and the time of its alarm. Null for entries if it has no tables. */
export function stored(line: LineStub) {
  return runInDurableObject(line, async (_, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'entries'").toArray();
    const rows = () => storage.sql.exec<StoredEntry>("SELECT * FROM entries ORDER BY created_at, id").toArray();
    return {
      entries: tables.length === 0 ? null : rows(),
      keys: Object.fromEntries(storage.kv.list()),
      alarm: await storage.getAlarm(),
    };
  });
}

/** The states of the generations in the line, by id. */
export async function standings(line: LineStub): Promise<Record<string, string>> {
  const { entries } = await stored(line);
  return Object.fromEntries((entries ?? []).map(({ id, state }) => [id, state]));
}
