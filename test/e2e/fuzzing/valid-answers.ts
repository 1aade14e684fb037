// Answers of the provider in every shape that its documentation shows or its users have reported.

import type { Dice } from "./dice.ts";

/** A JSON object. */
export type Json = Record<string, unknown>;

const WORDS = {
  queued: ["queued", "waiting", "pending", "submitted", "in_queue"],
  running: ["generating", "active", "processing", "running", "in_progress", "rendering", "almost there"],
  done: ["completed", "complete", "succeeded", "success", "done", "succeed", "ready", "finished"],
  failed: ["error", "failed", "expired", "canceled", "failure", "rejected", "timeout"],
} as const;

function word(dice: Dice, kind: keyof typeof WORDS): string {
  const lower = dice.pick<string>(WORDS[kind]);
  return dice.weigh([6, lower], [1, lower.toUpperCase()], [1, `${lower[0]?.toUpperCase()}${lower.slice(1)}`]);
}

/** The answer as it is, or inside one of the fields in which some providers wrap it. */
function wrapped(dice: Dice, answer: Json): Json {
  return dice.weigh<() => Json>(
    [7, () => answer],
    [1, () => ({ data: answer })],
    [1, () => ({ result: answer })],
    [1, () => ({ generations: [answer] })],
  )();
}

function usage(dice: Dice): Json {
  const credits = { credits_used: dice.int(0, 500_000) };
  const usd = { usd_spent: dice.pick<unknown>([0, 0.39, "1.2", dice.int(0, 5_000_000) / 1_000_000]) };
  return dice.pick<Json>([
    {},
    { meta: { usage: credits } },
    { meta: { usage: { ...credits, ...usd } } },
    { usage: usd },
  ]);
}

export function submittedAnswer(dice: Dice, id: string | number): Json {
  const status = word(dice, "queued");
  return wrapped(
    dice,
    dice.pick([
      { id, status },
      { generation_id: id, status },
      { id, status, video: null, error: null },
      { id, status, ...usage(dice) },
    ]),
  );
}

export function runningAnswer(dice: Dice, id: string | number, polls: number): Json {
  const status = word(dice, polls === 0 ? "queued" : "running");
  return wrapped(dice, {
    id,
    status,
    ...dice.pick([{}, { video: null }, { error: null, video: [] }, { progress: 0.5 }, usage(dice)]),
  });
}

export function doneAnswer(dice: Dice, id: string | number, link: string): Json {
  const found = dice.pick<Json>([
    { video: { url: link } },
    { video: [link, null] },
    { video: [null, link] },
    { video: [{ url: link }] },
    { video: link },
    { video: { uri: link } },
    { videos: [link] },
    { videos: [{ url: link }] },
    { output: [link] },
    { output: link },
    { output: { url: link } },
    { output: { video: { url: link } } },
    { video_url: link },
  ]);
  return wrapped(dice, { id, status: word(dice, "done"), ...found, ...usage(dice) });
}

export function failedAnswer(dice: Dice, id: string | number, reason: string): Json {
  const told = dice.pick<Json>([
    { error: reason },
    { error: { message: reason } },
    { error: { name: "Failed", message: reason } },
    { error: { code: "INTERNAL", message: reason } },
    { error: { detail: [{ loc: ["body", "prompt"], msg: reason, type: "value_error" }] } },
    { error: { error: { message: reason } } },
    { message: reason },
    { failure: reason },
    { status_message: reason, error: null },
  ]);
  return wrapped(dice, { id, status: word(dice, "failed"), ...told });
}

export interface LogRow {
  readonly client_request_id: string;
  readonly inference_id: string | number;
  readonly status: "succeeded" | "failed";
}

export function logAnswer(dice: Dice, rows: readonly LogRow[], hasMore: boolean): Json {
  const others = Array.from({ length: dice.int(0, 3) }, (_, at) => ({
    client_request_id: dice.pick([null, `another-${at}`]),
    inference_id: dice.pick([null, 17, `other-${at}`]),
    status: dice.pick(["succeeded", "failed"]),
  }));
  const data = [...others, ...rows].map((row) => ({
    created: "2026-11-22T12:00:00Z",
    origin: "api",
    model: "runway/gen4_aleph",
    cost: row.status === "failed" ? dice.pick([null, { usd: 0, credits: 0 }]) : { usd: 1, credits: 2 },
    request_id: "r",
    ...row,
  }));
  return { data, pagination: { limit: 100, offset: 0, total: data.length, has_more: hasMore } };
}

/** The provider's error over HTTP. */
export function httpError(dice: Dice, status: number, message: string): Json {
  const statusCode = dice.pick<unknown>([status, String(status)]);
  const described = {
    message,
    path: "/v2/video/generations",
    requestId: "r",
    statusCode,
    timestamp: "2026-11-22T12:00:00Z",
  };
  return dice.pick<Json>([
    described,
    { error: { message, name: "Error" } },
    { error: message },
    { detail: [{ loc: ["body"], msg: message }] },
  ]);
}
