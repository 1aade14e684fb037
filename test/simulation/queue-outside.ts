// The world outside one generation of a line: its calls to the line, and a provider that it shares with all others.

import type { Action, Outcome } from "../../src/core/generation/action.ts";
import type { StandingAnswer, StandingReport } from "../../src/core/queue/standing.ts";
import type { KnownLines } from "../../src/queue/queues.ts";
import { Died } from "./faults.ts";
import { type Called, type Caller, Outside, type OutsideDeps } from "./outside.ts";
import type { Plan } from "./plan.ts";
import type { LineHost } from "./queue-line.ts";
import type { QueueMemberPlan, QueuePlan } from "./queue-plan.ts";
import type { PlacedJob, QueueProvider } from "./queue-provider.ts";
import { LOST_TURN_MS, type QueueWatch } from "./queue-watch.ts";

const TELL_TIMEOUT_MS = 5_000;
const SUBMIT_TIMEOUT_MS = 60_000;

/** Longest time that a call is on its way. */
const LATEST_MS = 60_000;

/** Name of the line in the memory of an isolate. */
const LINE = "aimlapi";

/** The part of a generation's plan that is the same in every history of a line. */
export const QUEUE_PLAN: Plan = {
  seed: 0,
  trouble: 0,
  jobSeconds: 0,
  jobEnd: "done",
  bill: { credits: 5, usd: null, isUpfront: false },
  speaksOwnWords: false,
  hostRecoversMs: null,
  receivers: [],
  endpoints: [],
  staged: false,
  cancelAt: null,
  retentionMs: null,
  deletes: false,
};

type Fate = "on its way" | "accepted" | "busy" | "refused" | "failed" | "lost";

export interface Submission {
  readonly requestId: string;
  fate: Fate;
}

export interface QueueOutsideDeps extends OutsideDeps {
  readonly id: string;
  readonly plan: QueuePlan;
  readonly member: QueueMemberPlan;
  readonly provider: QueueProvider;
  readonly line: LineHost;
  readonly watch: QueueWatch;
  /** What its isolate knows of lines. */
  readonly known: KnownLines;
  readonly createdAt: () => number;
  /** The caller cancels the generation. */
  readonly cancel: () => Promise<void>;
}

export class QueueOutside extends Outside {
  readonly submissions: Submission[] = [];
  /** Reports whose answers are on their way, if there are any. */
  #asked = 0;
  readonly #deps: QueueOutsideDeps;
  readonly #placed = new Map<string, PlacedJob>();
  readonly #rows: { readonly requestId: string; readonly jobId: string | null; readonly visibleAt: number }[] = [];

  constructor(deps: QueueOutsideDeps) {
    super(QUEUE_PLAN, deps);
    this.#deps = deps;
  }

  /** Whether its isolate knows that others wait in line. */
  hasLine(): boolean {
    const { plan, known, time } = this.#deps;
    return plan.maxConcurrent > 0 || known.has(LINE, time.now);
  }

  /** Called when the generation's object dies. It may be granted a turn in an answer that it does not hear. */
  died(): void {
    const { watch, id } = this.#deps;
    if (this.#asked > 0) watch.excuse(LOST_TURN_MS);
    else watch.excuseTurnOf(id);
  }

  override get isWorking(): boolean {
    return [...this.#placed.keys()].some((job) => this.#deps.provider.isRunning(job));
  }

  override act(action: Exclude<Action, { kind: "deliver" }>, caller: Caller): Called {
    const afterMs = this.faults.between(5, 300);
    switch (action.kind) {
      case "submit":
        return this.#send(action.requestId);
      case "queue":
        return this.#tell(action);
      case "reconcile":
        return { outcome: { kind: "reconcile", result: this.#lookUp(action.requestId) }, afterMs };
      case "poll":
        return { outcome: { kind: "poll", slot: action.slot, result: this.#jobOf(action.jobId) }, afterMs };
      default:
        return super.act(action, caller);
    }
  }

  #send(requestId: string): Called {
    const { id, plan, member, time, watch, known, cancel } = this.#deps;
    const { faults } = this;
    const submission: Submission = { requestId, fate: "on its way" };
    this.submissions.push(submission);
    const [toMs, fromMs] = [faults.between(20, 300), faults.between(20, 700)];
    const isLost = faults.strikes("submit lost in transit", 0.05);
    const isUnanswered = !isLost && faults.strikes("submit accepted, answer lost", 0.05);
    if (isLost || isUnanswered) watch.excuseTurnOf(id);
    let result: Outcome<"submit">["result"] = { kind: "unknown", message: "timeout" };
    if (plan.canceler === member.account && watch.hasTurn(id)) time.after(faults.between(0, toMs + fromMs), cancel);
    if (isLost) submission.fate = "lost";
    else {
      time.after(toMs, () => {
        const answer = this.#arrive(submission);
        if (!isUnanswered) result = answer;
        watch.submitted();
      });
    }
    const outcome = (): Outcome => {
      if (result.kind === "busy") known.remember(LINE, time.now);
      return { kind: "submit", requestId, result };
    };
    return { outcome, afterMs: isLost || isUnanswered ? SUBMIT_TIMEOUT_MS : toMs + fromMs };
  }

  /** The submission reaches the provider. */
  #arrive(submission: Submission): Outcome<"submit">["result"] {
    const { plan, member, provider, time } = this.#deps;
    const { requestId } = submission;
    const row = (jobId: string | null) =>
      this.#rows.push({ requestId, jobId, visibleAt: time.now + this.faults.between(0, 60_000) });
    if (this.faults.strikes("submit refused", 0.05)) {
      submission.fate = "refused";
      return { kind: "refused", code: "invalid_input", message: "no" };
    }
    if (this.faults.strikes("submit failed with 500", 0.05)) {
      submission.fate = "failed";
      row(null);
      return { kind: "unknown", message: "500" };
    }
    const job = provider.submit(requestId, member.jobMs);
    if (job === null) {
      this.faults.count("submit busy");
      this.#deps.watch.refused(this.#deps.id);
      submission.fate = "busy";
      return { kind: "busy", retryAfterMs: plan.retryAfterMs, message: "too many" };
    }
    submission.fate = "accepted";
    row(job.id);
    this.#placed.set(job.id, job);
    this.jobs.push(job);
    return { kind: "accepted", jobId: job.id, status: "queued", credits: null, usd: null };
  }

  #lookUp(requestId: string): Outcome<"reconcile">["result"] {
    if (this.faults.strikes("log unavailable", 0.2)) return { kind: "unavailable", retryAfterMs: null, message: "503" };
    const row = this.#rows.find((each) => each.requestId === requestId && each.visibleAt <= this.#deps.time.now);
    if (row === undefined) return { kind: "absent" };
    return row.jobId === null ? { kind: "failed" } : { kind: "found", jobId: row.jobId };
  }

  #jobOf(id: string): Outcome<"poll">["result"] {
    const { time, member } = this.#deps;
    const job = this.#placed.get(id);
    if (job === undefined) throw new Error(`polled job ${id}, which was never accepted`);
    if (this.faults.strikes("poll fails", 0.1)) return { kind: "unavailable", retryAfterMs: null, message: "503" };
    const price = { credits: null, usd: null };
    if (time.now < job.endsAt) return { kind: "running", started: true, status: "generating", ...price };
    return member.jobEnd === "failed"
      ? { kind: "failed", code: "provider_error", message: "it broke", retryable: true, status: "error", ...price }
      : { kind: "done", url: "https://cdn.example.com/v.mp4", status: "completed", ...price };
  }

  #tell({ report }: Action<"queue">): Called {
    const { id, member, createdAt, time, watch, known } = this.#deps;
    const { faults } = this;
    const { standing } = report;
    const told: StandingReport = { ...report, id, account: member.account, createdAt: createdAt() };
    const isLost = faults.strikes("report lost", 0.08);
    const isLate = !isLost && faults.strikes("report arrives late", 0.05);
    const isUnanswered = !isLost && !isLate && faults.strikes("answer to a report lost", 0.08);
    let answer: StandingAnswer | null = null;
    const [toMs, fromMs] = [faults.between(2, 150), faults.between(2, 150)];
    if (isLost || isLate || isUnanswered) watch.excuseTurnOf(id);
    if (!isLost) {
      time.after(isLate ? faults.between(TELL_TIMEOUT_MS, LATEST_MS) : toMs, async () => {
        answer = await this.#reach(told);
        if (isUnanswered || answer === null) watch.excuseTurnOf(id);
      });
    }
    if (faults.strikes("report arrives twice", 0.08)) {
      time.after(faults.between(0, LATEST_MS), async () => {
        await this.#reach(told);
      });
    }
    this.#asked++;
    const outcome = (): Outcome => {
      this.#asked--;
      if (isUnanswered || isLate || answer === null) {
        return { kind: "queue", standing, result: { kind: "unavailable" } };
      }
      if (answer.hasLine) known.remember(LINE, time.now);
      else known.forget(LINE);
      return { kind: "queue", standing, result: { kind: answer.isGranted ? "granted" : "acknowledged" } };
    };
    return { outcome, afterMs: isLost || isLate || isUnanswered ? TELL_TIMEOUT_MS : toMs + fromMs };
  }

  /** The report reaches the line. @returns null if the line does not answer. */
  async #reach(report: StandingReport): Promise<StandingAnswer | null> {
    const { line, watch, id } = this.#deps;
    try {
      return await line.tell(report);
    } catch (cause) {
      if (!(cause instanceof Died)) throw cause;
      watch.excuseTurnOf(id);
      return null;
    }
  }
}
