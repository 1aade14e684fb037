// Builds generations in any phase and runs steps on them, for tests of the core.

import type { Action, ActionKind, Outcome, Summary } from "../../src/core/generation/action.ts";
import type { Running, RuntimeState } from "../../src/core/generation/context.ts";
import type { Life } from "../../src/core/generation/life.ts";
import {
  type Facts,
  type Generation,
  newGeneration,
  type Phase,
  type Polling,
  publicStatus,
  type State,
  type StateOf,
  UNKNOWN_FACTS,
} from "../../src/core/generation/record.ts";
import type { Input } from "../../src/core/generation/step.ts";
import { type Step, step } from "../../src/core/generation/step.ts";
import { RUNWAY_PATH } from "../../src/core/models/model.ts";
import { type Delivery, newDelivery } from "../../src/core/webhooks/delivery.ts";

/** When every generation in these tests is created. */
export const T0 = Date.UTC(2026, 10, 22, 12);
export const INTERVAL = 10_000;
export const TIMEOUT = 1_800_000;

export const FACTS: Facts = {
  id: "gen_0123456789abcdefghjkmnpqrs",
  scope: { account: "acme", mode: "live" },
  provider: "aimlapi",
  model: "runway/gen4_aleph",
  path: RUNWAY_PATH,
  input: { prompt: "a fairy on a raccoon", video_url: "https://example.com/raccoon.mp4" },
  metadata: {},
  webhooks: [],
  policy: {
    pollIntervalMs: INTERVAL,
    timeoutMs: TIMEOUT,
    retryDelaysMs: [5_000, 30_000],
    maxVideoBytes: 1_000_000,
    linkTtlMs: 604_800_000,
    retentionMs: null,
  },
  publicUrl: "https://reelhook.example.com",
  createdAt: T0,
  fingerprint: "f",
  createdBy: "request-1",
};

const JOB = { id: "job-1", status: "queued", acceptedAt: T0, credits: null, usd: null };
const POLLING: Polling = { failures: 0, missing: 0, withoutUrl: 0, resumeSlot: 1, skippedSlots: 0 };
const STARTED = { job: { ...JOB, status: "generating" }, startedAt: T0 + 10_000 };
const VIDEO = { key: "videos/acme/live/x.mp4", bytes: 10, contentType: "video/mp4", sha256: "00", ...UNKNOWN_FACTS };

const STATES: { readonly [P in Phase]: StateOf<P> } = {
  ready: { phase: "ready", tries: 0, notBefore: T0 },
  "in-line": { phase: "in-line", tries: 1 },
  submitting: { phase: "submitting", tries: 1, requestId: "r.1", sentAt: T0 },
  reconciling: { phase: "reconciling", tries: 1, requestId: "r.1", sentAt: T0, checks: 0, notBefore: T0 + 5_000 },
  waiting: { phase: "waiting", job: JOB, polling: POLLING },
  generating: { phase: "generating", ...STARTED, polling: POLLING },
  storing: {
    phase: "storing",
    ...STARTED,
    polls: 3,
    sourceUrl: "https://cdn.example.com/v.mp4",
    lastSourceUrl: "https://cdn.example.com/v.mp4",
    refreshes: 0,
    failures: 0,
    notBefore: T0 + 30_000,
    since: T0 + 30_000,
  },
  completed: { phase: "completed", ...STARTED, polls: 3, finishedAt: T0 + 31_000, video: VIDEO },
  failed: {
    phase: "failed",
    job: null,
    startedAt: null,
    polls: 0,
    finishedAt: T0 + 1_000,
    error: { code: "provider_error", message: "no", retryable: true },
  },
  canceled: {
    phase: "canceled",
    job: null,
    startedAt: null,
    polls: 0,
    finishedAt: T0 + 1_000,
    error: { code: "canceled", message: "Canceled.", retryable: true },
  },
};

/** A generation in this phase whose status the account has acknowledged. */
export function inPhase<P extends Phase>(
  phase: P,
  change: Partial<StateOf<P>> = {},
  facts: Partial<Facts> = {},
): Generation {
  const state = { ...STATES[phase], ...change } as State;
  const generation: Generation = { ...newGeneration({ ...FACTS, ...facts }, null), state };
  return { ...generation, report: { ...generation.report, acknowledged: publicStatus(generation) } };
}

/** The generation's state, typed for `phase`. @throws if the generation is in another phase. */
export function stateOf<P extends Phase>(generation: Generation, phase: P): StateOf<P> {
  if (generation.state.phase !== phase) throw new Error(`phase is ${generation.state.phase}, not ${phase}`);
  return generation.state as StateOf<P>;
}

export function life(generation: Generation, deliveries: readonly Delivery[] = []): Life {
  return { generation, deliveries };
}

export function delivery(id: string, change: Partial<Delivery> = {}): Delivery {
  return {
    ...newDelivery(id, "generation.completed", { url: `https://${id}.example.com/`, endpointId: null }, T0),
    ...change,
  };
}

/** Slots up to `polledSlot` are polled, and these actions are under way: a kind, or `deliver:` and a delivery's id. */
export function memory(polledSlot = 0, ...running: string[]): RuntimeState {
  return { polledSlot, running: new Map(running.map((key) => [key, begunAt(T0, key)])), hasLine: false };
}

function begunAt(at: number, key: string): Running {
  const [kind, deliveryId = ""] = key.split(":");
  const action = kind === "deliver" ? { kind, deliveryId } : { kind: kind as ActionKind };
  return { action: action as Action, begunAt: at, lastProgressAt: at };
}

/** One step with only the given actions running and no known alarm. Randomness is fixed by default. */
export function stepped(
  life: Life | null,
  input: Input,
  now: number,
  {
    polledSlot,
    running,
    hasLine = false,
  }: { polledSlot: number | null; running: RuntimeState["running"]; hasLine?: boolean } = memory(),
  random = CALM,
): Step {
  let ids = 0;
  const newDeliveryId = () => `msg_${++ids}`;
  return step(life, input, {
    now,
    random,
    newDeliveryId,
    running,
    polledSlot,
    hasLine,
    alarmAt: undefined,
    deliveriesLeft: 12,
  });
}

/** Applies an input and returns the generation and its new events. No action starts, as all count as under way. */
export function changed(generation: Generation, input: Input, now: number, random = CALM) {
  const kinds = ["submit", "reconcile", "poll", "store", "delete-input", "report", "purge"];
  const running = new Map(kinds.map((kind) => [kind, begunAt(now, kind)]));
  const { life: after } = stepped(life(generation), input, now, { polledSlot: 1e9, running }, random);
  if (after === null) throw new Error("the step removed the generation");
  return { generation: after.generation, events: after.generation.unresolved.slice(generation.unresolved.length) };
}

export function applied(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" }>,
  now = T0 + 1_000,
  random = CALM,
) {
  return changed(generation, { kind: "outcome", outcome, isStale: false }, now, random);
}

/** The random number with which jitter changes nothing. */
export const CALM = 0.5;

/** What a summary says about a generation without price, prompt, metadata, webhooks and video. */
export const BARE = {
  estimate: null,
  usage: null,
  settlement: null,
  prompt: null,
  metadata: {},
  error: null,
  deliveries: { delivered: 0, pending: 0, failed: 0 },
  video: null,
  endpointDeliveries: [],
} satisfies Partial<Summary>;
