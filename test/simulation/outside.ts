// The world outside the object: provider, R2, webhook receivers and the way to the account. The plan's seed decides how
// each call ends.

import type { EventType } from "../../src/contract/words.ts";
import type { Action, Outcome, Summary } from "../../src/core/generation/action.ts";
import { type Generation, UNKNOWN_FACTS } from "../../src/core/generation/record.ts";
import type { Usage } from "../../src/core/money/usage.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import { MOST_WAIT_MS } from "../../src/core/webhooks/host-line.ts";
import { failureOf, readJob } from "../../src/providers/aimlapi-answers.ts";
import type { Faults } from "./faults.ts";
import type { Plan, ReceiverKind } from "./plan.ts";
import type { Timeline } from "./timeline.ts";

export interface Job {
  readonly id: string;
  readonly requestId: string;
  readonly acceptedAt: number;
}

export interface Receipt {
  readonly url: string;
  readonly id: string;
  readonly body: string;
  /** Whether the video was in R2 when the receiver was called. */
  readonly videoInR2: boolean;
  readonly status: number | null;
}

type ResultOf<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>["result"];

/** The outcome of a call, or a function that returns it once the call ends, and how long the call takes. */
export interface Called {
  readonly outcome: Outcome | (() => Outcome);
  readonly afterMs: number;
}

/** The caller of an action. A copy ends when its caller dies or aborts it. */
export interface Caller {
  /** When the caller died or aborted the action, in true time; null if it did neither. */
  endedAt(): number | null;
}

export type Heard = Pick<Summary, "id" | "createdAt" | "version" | "deliveries">;

/** The account, as the object of a generation sees it. */
export interface Account {
  /** Takes a report. @returns false if it died before it could answer. */
  report(summary: Summary): boolean;
  /** Takes the report of an attempt. @param delivery after the attempt. */
  reportAttempt?(delivery: Delivery, generation: Generation): void;
  /** What it knows of this generation; null if nothing. */
  heard(id: string): Heard | null;
  /** Whether its watchdog checks this generation, so that a lost alarm is noticed. */
  watches(id: string): boolean;
  /** Whether it counts this generation as in flight. */
  holds(id: string): boolean;
}

export interface OutsideDeps {
  readonly chance: () => number;
  readonly time: Timeline;
  readonly faults: Faults;
  readonly account: Account;
}

/** A put that is in flight when its copy ends lands within this time, or never. */
const IN_FLIGHT_MS = 10_000;

export const VIDEO_KEY = "video";
export const STAGED_KEY = "staged";

/** The URLs of the standing endpoints, each of which subscribes to every event. */
export function endpointUrls({ endpoints }: Plan): string[] {
  return endpoints.map((kind, at) => `https://${kind}-endpoint-${at}`);
}

export class Outside {
  readonly jobs: Job[] = [];
  readonly receipts: Receipt[] = [];
  readonly r2 = new Set<string>();
  readonly account: Account;
  readonly faults: Faults;
  readonly #plan: Plan;
  readonly #chance: () => number;
  readonly #time: Timeline;
  readonly #log: { readonly requestId: string; readonly jobId: string | null; readonly visibleAt: number }[] = [];

  constructor(plan: Plan, { chance, time, faults, account }: OutsideDeps) {
    this.#plan = plan;
    this.#chance = chance;
    this.#time = time;
    this.faults = faults;
    this.account = account;
  }

  /** Runs an action. Its effects happen even if its outcome reaches nobody. */
  act(action: Exclude<Action, { kind: "deliver" }>, caller: Caller): Called {
    const soon = this.faults.between(5, 400);
    switch (action.kind) {
      case "submit":
        return this.#submit(action.requestId);
      case "queue": {
        const { standing } = action.report;
        const result = { kind: standing === "waiting" ? "granted" : "acknowledged" } as const;
        return { outcome: { kind: "queue", standing, result }, afterMs: soon };
      }
      case "reconcile":
        return { outcome: { kind: "reconcile", result: this.#reconcile(action.requestId) }, afterMs: soon };
      case "poll": {
        const result = this.#poll(action.jobId);
        const hangs = result.kind === "unavailable" && this.faults.strikes("poll hangs", 0.5);
        return { outcome: { kind: "poll", slot: action.slot, result }, afterMs: hangs ? 15_000 : soon };
      }
      case "store":
        return this.#store(caller);
      case "delete-input":
        return { outcome: { kind: "delete-input", result: this.#delete(STAGED_KEY) }, afterMs: soon };
      case "purge":
        return { outcome: { kind: "purge", result: this.#delete(VIDEO_KEY) }, afterMs: soon };
      case "report":
        return this.#report(action.summary, action.events, soon);
    }
  }

  #submit(requestId: string): Called {
    const ends = (result: ResultOf<"submit">, afterMs = this.faults.between(50, 3_000)) => ({
      outcome: { kind: "submit", requestId, result } as const,
      afterMs,
    });
    if (this.faults.strikes("submit refused", 0.1))
      return ends({ kind: "refused", code: "invalid_input", message: "no" });
    if (this.faults.strikes("submit busy", 0.4)) {
      return ends({
        kind: "busy",
        retryAfterMs: this.#chance() < 0.5 ? null : this.faults.between(-1e4, 1e5),
        message: "busy",
      });
    }
    if (this.faults.strikes("submit lost in transit", 0.15))
      return ends({ kind: "unknown", message: "timeout" }, 60_000);
    if (this.faults.strikes("submit failed with 500", 0.1)) {
      this.#log.push({ requestId, jobId: null, visibleAt: this.#time.now + this.faults.between(0, 60_000) });
      return ends({ kind: "unknown", message: "500" });
    }
    const job = { id: `job-${this.jobs.length}`, requestId, acceptedAt: this.#time.now };
    this.jobs.push(job);
    this.#log.push({ requestId, jobId: job.id, visibleAt: this.#time.now + this.faults.between(0, 120_000) });
    if (this.faults.strikes("submit accepted, answer lost", 0.3))
      return ends({ kind: "unknown", message: "reset" }, 60_000);
    return ends({ kind: "accepted", jobId: job.id, status: "queued", ...this.#upfront });
  }

  #reconcile(requestId: string): ResultOf<"reconcile"> {
    if (this.faults.strikes("log unavailable", 0.3)) return { kind: "unavailable", retryAfterMs: null, message: "503" };
    const row = this.#log.find((each) => each.requestId === requestId && each.visibleAt <= this.#time.now);
    if (row === undefined) return { kind: "absent" };
    return row.jobId === null ? { kind: "failed" } : { kind: "found", jobId: row.jobId };
  }

  #poll(jobId: string): ResultOf<"poll"> {
    const job = this.jobs.find(({ id }) => id === jobId);
    if (job === undefined) throw new Error(`polled job ${jobId}, which was never accepted`);
    if (this.faults.strikes("poll fails", 0.4)) return { kind: "unavailable", retryAfterMs: null, message: "503" };
    const age = this.#time.now - job.acceptedAt;
    if (age < 30_000 && this.faults.strikes("poll: job not known yet", 0.5)) return { kind: "missing" };
    const { jobEnd, speaksOwnWords } = this.#plan;
    if (this.#time.now < this.#jobEndsAt() || jobEnd === "never") return this.#running(age);
    const message = "it broke";
    const url = `https://cdn.example.com/${this.#time.now}.mp4`;
    if (speaksOwnWords) {
      this.faults.count(`poll: unknown word with ${jobEnd === "failed" ? "an error" : "a link"}`);
      return jobEnd === "failed"
        ? readInOwnWords("failed", { status: "gone to seed", error: { message } })
        : readInOwnWords("done", { status: "off the press", video: { url } });
    }
    if (jobEnd === "failed") {
      return { kind: "failed", code: "provider_error", message, retryable: true, status: "error", ...this.#upfront };
    }
    const isMissing = this.faults.strikes("poll: completed without URL", 0.3);
    return { kind: "done", url: isMissing ? null : url, status: "completed", ...this.#billed };
  }

  /** The price that the provider states at the job's end. */
  get #billed(): Usage {
    const { credits, usd } = this.#plan.bill;
    return { credits, usd };
  }

  /** The price that the provider states before the job's end. */
  get #upfront(): Usage {
    return this.#plan.bill.isUpfront ? this.#billed : { credits: null, usd: null };
  }

  /** Whether the provider is working on a job that will end by itself, or never. */
  get isWorking(): boolean {
    return this.jobs.length > 0 && (this.#time.now < this.#jobEndsAt() || this.#plan.jobEnd === "never");
  }

  #jobEndsAt(): number {
    return (this.jobs[0]?.acceptedAt ?? 0) + this.#plan.jobSeconds * 1000;
  }

  #running(age: number): ResultOf<"poll"> {
    if (this.#plan.speaksOwnWords) {
      this.faults.count("poll: unknown word, nothing else");
      return readInOwnWords("running", { status: age > 2_000 ? "percolating" : "in the hopper" });
    }
    if (this.faults.strikes("poll: status goes backwards", 0.2)) {
      return { kind: "running", started: false, status: "queued", ...this.#upfront };
    }
    const started = age > 2_000;
    return { kind: "running", started, status: started ? "generating" : "queued", ...this.#upfront };
  }

  #store(caller: Caller): Called {
    const afterMs = this.#chance() < 0.9 ? this.faults.between(50, 5_000) : this.faults.between(5_000, 20 * 60_000);
    const ends = (result: ResultOf<"store">) => ({ outcome: { kind: "store", result } as const, afterMs });
    if (this.faults.strikes("store interrupted", 0.5)) return ends({ kind: "interrupted", message: "cut" });
    const { hostRecoversMs } = this.#plan;
    if (hostRecoversMs === null) {
      if (this.faults.strikes("store: source gone", 0.4)) return ends({ kind: "gone", message: "404" });
      if (this.faults.strikes("store: not a video", 0.05)) return ends({ kind: "rejected", message: "html" });
    } else if (this.#time.now < this.#jobEndsAt() + hostRecoversMs) {
      this.faults.count("store: host answers wrongly for a while");
      return { ...ends({ kind: "gone", message: "404" }), afterMs: this.faults.between(50, 5_000) };
    }
    const lost = this.faults.strikes("store: stored, answer lost", 0.2);
    // The put happens at the very end. If the copy was ended shortly before, a put in flight may still land.
    this.#time.after(afterMs - 1, () => {
      const endedAt = caller.endedAt();
      const onItsWay = endedAt !== null && this.#time.now - endedAt < IN_FLIGHT_MS;
      if (endedAt === null || (onItsWay && this.faults.strikes("store: put lands after its copy ended", 0.7)))
        this.r2.add(VIDEO_KEY);
    });
    if (lost) return ends({ kind: "interrupted", message: "R2 did not answer" });
    const video = { key: VIDEO_KEY, bytes: 1, contentType: "video/mp4", sha256: "00", ...UNKNOWN_FACTS };
    return ends({ kind: "stored", video, link: { url: "https://x/", expiresAt: null } });
  }

  #delete(key: string): { kind: "done" } | { kind: "unavailable" } {
    if (this.faults.strikes("delete fails", 0.3)) return { kind: "unavailable" };
    this.r2.delete(key);
    return { kind: "done" };
  }

  #report(summary: Summary, events: readonly EventType[], afterMs: number): Called {
    const ends = (result: ResultOf<"report">) => ({
      outcome: { kind: "report", status: summary.status, version: summary.version, result } as const,
      afterMs,
    });
    if (this.faults.strikes("account does not answer", 0.4)) return ends({ kind: "unavailable" });
    const isAnswered = this.account.report(summary);
    if (!isAnswered || this.faults.strikes("report received, answer lost", 0.2)) return ends({ kind: "unavailable" });
    const recipients = endpointUrls(this.#plan).map((url, at) => ({ url, endpointId: `we_${at}` }));
    const endpoints = Object.fromEntries(events.map((event) => [event, recipients]));
    return ends({ kind: "done", endpoints, rotation: { current: 0, retired: [] } });
  }

  deliver({ id, url, turnAt }: Pick<Delivery, "id" | "url" | "turnAt">, body: string): Called {
    // A delivery that comes for its turn is sent.
    if (turnAt === undefined && this.faults.strikes("webhook: waits for its turn", 0.2)) {
      const result = { turnAt: this.#time.now + this.faults.between(1, MOST_WAIT_MS) };
      return { outcome: { kind: "deliver", deliveryId: id, result }, afterMs: this.faults.between(1, 100) };
    }
    const kind = url.slice("https://".length).split("-")[0] as ReceiverKind;
    const met = this.receipts.filter((each) => each.url === url).length;
    const hangs = kind === "hanging" && met < 2;
    const lost = this.faults.strikes("webhook: answer lost", 0.2);
    const status = hangs || lost ? null : this.#answerOf(kind);
    const videoInR2 = this.r2.has(VIDEO_KEY);
    this.receipts.push({ id, url, body, videoInR2, status });
    this.faults.count(`webhook answers ${status ?? "nothing"}`);
    const afterMs = hangs ? 15_000 : this.faults.between(5, 2_000);
    const result = { at: this.#time.now, durationMs: afterMs, status, error: null, response: null, retryAfterMs: null };
    return { outcome: { kind: "deliver", deliveryId: id, result }, afterMs };
  }

  /** The report is sent once, and nobody waits for it. */
  reportAttempt(delivery: Delivery, generation: Generation): void {
    const { account, faults } = this;
    if (delivery.endpointId === null || faults.strikes("report of an attempt lost", 0.3)) return;
    const afterMs = faults.strikes("report of an attempt late", 0.3) ? faults.between(0, 900_000) : 0;
    this.#time.after(afterMs, () => account.reportAttempt?.(delivery, generation));
  }

  #answerOf(kind: ReceiverKind): number {
    switch (kind) {
      case "dead":
        return 500;
      case "gone":
        return 410;
      case "flaky":
        return this.#chance() < 0.5 ? 503 : 204;
      default:
        return 204;
    }
  }

  deleteOrphan(): void {
    this.faults.count("late copy cleaned up");
    this.r2.delete(VIDEO_KEY);
  }
}

/** Reads the answer to a poll with the real reader. @throws if the result is not of this `kind`. */
function readInOwnWords(kind: "running" | "done" | "failed", answer: object): ResultOf<"poll"> {
  const job = readJob({ id: "job", ...answer }, () => true);
  const stage = { running: "unknown", done: "done", failed: "failed" }[kind];
  if (job === null || job.status === null || job.stage !== stage) {
    throw new Error(`${JSON.stringify(answer)} is read as ${job?.stage}`);
  }
  const report = { status: job.status, credits: job.credits, usd: job.usd };
  switch (kind) {
    case "done":
      return { kind, url: job.videoUrl, ...report };
    case "failed":
      return { kind, ...failureOf({ reason: job.reason, isUnpaid: false }), ...report };
    default:
      return { kind: "running", started: false, ...report };
  }
}

export function requestIdOf(generation: Generation): string | null {
  return "requestId" in generation.state ? generation.state.requestId : null;
}
