// The provider for test mode: free, offline, and a pure function of the job's id and the time. It accepts every model.
// A marker in the prompt (`[fail]`) or the header `Reelhook-Simulate` selects a script, so that every outcome of a
// generation can be tested for free.

import type { Clock } from "../clock.ts";
import { SANDBOX_SCRIPTS, type SandboxScript } from "../contract/words.ts";
import type { PollResult, ReconcileResult, SubmitResult } from "../core/generation/action.ts";
import type { Provider, Submission } from "../generation/ports.ts";
import type { OpenResult, VideoSource } from "../videos/source.ts";
import sandboxVideo from "./sandbox.mp4";

type Script = SandboxScript | "default";

/** Milliseconds after acceptance. With `expired-url`, links made before `freshUrlMs` are dead. */
const TIMES = { startsMs: 3_000, doneMs: 25_000, slowDoneMs: 180_000, freshUrlMs: 45_000 };

function timesOf(script: Script): { readonly startsMs: number; readonly doneMs: number } {
  const { startsMs, doneMs, slowDoneMs } = TIMES;
  switch (script) {
    case "instant":
      // The first poll reports it as done.
      return { startsMs: 0, doneMs: 0 };
    case "slow":
      return { startsMs, doneMs: slowDoneMs };
    default:
      return { startsMs, doneMs };
  }
}

/** The sandbox states credits, but no dollars, because test mode costs nothing. */
const UNCHARGED = { credits: null, usd: null };
const CHARGED = { credits: 120_000, usd: null };

interface SandboxJob {
  readonly script: Script;
  readonly acceptedAt: number;
}

export function sandbox(clock: Clock): Provider {
  return {
    async submit(submission) {
      await submission.staged?.body.cancel();
      return submit(submission, clock.now());
    },
    // The prompt is not known here, so the recovered job gets the `lost` script, which runs like the default.
    reconcile: async ({ requestId, sentAt }): Promise<ReconcileResult> => ({
      kind: "found",
      jobId: jobId({ script: "lost", acceptedAt: sentAt }, requestId),
    }),
    poll: async ({ id }) => poll(readJobId(id), id, clock.now()),
  };
}

/** The source of the sandbox's videos. */
export const sandboxVideos: VideoSource = { open: async (url) => open(url) };

function jobId({ script, acceptedAt }: SandboxJob, requestId: string): string {
  return `sandbox:${script}:${acceptedAt}:${requestId}`;
}

function readJobId(id: string): SandboxJob | null {
  const [, script = "", acceptedAt = ""] = /^sandbox:([a-z-]+):(\d+):/.exec(id) ?? [];
  return acceptedAt === "" ? null : { script: script as Script, acceptedAt: Number(acceptedAt) };
}

function submit({ input, simulate, requestId }: Submission, now: number): SubmitResult {
  const script = simulate ?? markerIn(input["prompt"]) ?? "default";
  switch (script) {
    case "refused":
      return {
        kind: "refused",
        code: "invalid_input",
        message: "Refused by the sandbox, as requested with [refused].",
      };
    case "no-credits":
      return {
        kind: "refused",
        code: "insufficient_credits",
        message: "Out of credits in the sandbox, as requested with [no-credits].",
      };
    case "busy":
      // Busy on the first try only. Its request id ends in `.1`.
      if (requestId.endsWith(".1")) {
        return { kind: "busy", retryAfterMs: 5_000, message: "The sandbox is busy, as requested with [busy]." };
      }
      break;
    case "lost":
      return { kind: "unknown", message: "The sandbox lost its answer, as requested with [lost]." };
  }
  return { kind: "accepted", jobId: jobId({ script, acceptedAt: now }, requestId), status: "queued", ...UNCHARGED };
}

function markerIn(prompt: unknown): SandboxScript | undefined {
  return typeof prompt === "string" ? SANDBOX_SCRIPTS.find((script) => prompt.includes(`[${script}]`)) : undefined;
}

function poll(job: SandboxJob | null, id: string, now: number): PollResult {
  if (job === null) return { kind: "missing" };
  const elapsed = now - job.acceptedAt;
  const { script } = job;
  const { startsMs, doneMs } = timesOf(script);
  if (script === "flaky" && Math.floor(elapsed / 7_000) % 2 === 1) {
    return {
      kind: "unavailable",
      retryAfterMs: null,
      message: "The sandbox is unavailable, as requested with [flaky].",
    };
  }
  if (elapsed < startsMs) return { kind: "running", started: false, status: "queued", ...UNCHARGED };
  if (elapsed < doneMs || script === "never") {
    return { kind: "running", started: true, status: "generating", ...UNCHARGED };
  }
  switch (script) {
    case "fail":
      return failure("provider_error", "Failed by the sandbox, as requested with [fail].");
    case "moderated":
      return failure("moderated", "Moderated by the sandbox, as requested with [moderated].");
    case "no-url":
      return { kind: "done", url: null, status: "completed", ...CHARGED };
    default:
      return { kind: "done", url: `sandbox://video/${id}?at=${now}`, status: "completed", ...CHARGED };
  }
}

function failure(code: "provider_error" | "moderated", message: string): PollResult {
  return { kind: "failed", code, message, retryable: code === "provider_error", status: "error", ...UNCHARGED };
}

function open(text: string): OpenResult {
  const url = new URL(text);
  const job = readJobId(decodeURIComponent(url.pathname.slice(1)));
  if (job === null) return { kind: "gone", message: "The sandbox has no such video." };
  const madeAt = Number(url.searchParams.get("at"));
  if (job.script === "expired-url" && madeAt < job.acceptedAt + TIMES.freshUrlMs) {
    return { kind: "gone", message: "The sandbox's link is dead, as requested with [expired-url]." };
  }
  const body = new Response(sandboxVideo).body;
  if (body === null) return { kind: "interrupted", message: "The sandbox's video could not be read." };
  const length = sandboxVideo.byteLength;
  return { kind: "open", call: "GET sandbox", body, surplus: null, end: null, length, version: null };
}
