// Checks a history of a line. Each complaint begins with the invariant's name.

import { type Generation, isInFlight } from "../../src/core/generation/record.ts";
import { DAY_MS } from "../../src/core/money/days.ts";
import { judge } from "./judge.ts";
import type { QueueMember } from "./queue-history.ts";
import type { LineHost } from "./queue-line.ts";
import { QUEUE_PLAN } from "./queue-outside.ts";
import { type QueuePlan, TIMEOUT_MS } from "./queue-plan.ts";
import type { QueueProvider } from "./queue-provider.ts";
import type { QueueWatch } from "./queue-watch.ts";
import type { Timeline } from "./timeline.ts";

/** The deadline of a submission of unknown outcome starts when it is sent. */
const LOOKED_UP_MS = 1_000;

/** A generation asks again within six minutes, and tries within two after that. A lost alarm takes ten minutes more. */
const NOTICED_MS = 20 * 60_000;

const WAITING = new Set(["ready", "in-line"]);

/** Longest time, without faults, until the line knows that a generation has ended. */
const AT_ONCE_MS = 1_000;

export interface QueueEvidence {
  readonly plan: QueuePlan;
  readonly members: readonly QueueMember[];
  readonly line: LineHost;
  readonly watch: QueueWatch;
  readonly time: Timeline;
  readonly provider: QueueProvider;
}

export class QueueJudge {
  readonly #evidence: QueueEvidence;
  readonly #complaints = new Set<string>();
  /** Since when a place is free while the line does not answer. */
  #stuckFrom: number | null = null;
  #submissions = 0;
  /** The jobs that have held a place in the line. */
  readonly #holders = new Set<string>();

  constructor(evidence: QueueEvidence) {
    this.#evidence = evidence;
  }

  /** Checks what must hold at any time. */
  look(): void {
    const { members, line, time } = this.#evidence;
    const entries = line.entries();
    this.#checkOpen();
    for (const member of members) {
      const { id, host } = member;
      const state = entries.get(id);
      const { generation } = host.disk;
      const isDue = generation !== null && time.date < generation.createdAt + member.plan.queueTimeoutMs;
      const isKnown = isDue && generation.state.phase === "in-line" && generation.line?.acknowledged === "waiting";
      if (isKnown && state === undefined) {
        this.#complaints.add(`whoever waits keeps its place: ${id} is not in the line`);
      }
      this.#checkPlace(member, state);
      if (state !== undefined && generation !== null && this.#isLongOver(generation)) {
        this.#complaints.add(`an end frees the place at once: ${id} is ${state}`);
      }
    }
  }

  /** A job holds its place until its end, even if it was canceled. A job that outlives its deadline does not. */
  #checkPlace({ id, outside }: QueueMember, state: string | undefined): void {
    const { time } = this.#evidence;
    const job = outside.jobs.at(-1);
    const isYoung = job !== undefined && time.now < job.acceptedAt + TIMEOUT_MS - LOOKED_UP_MS;
    if (!isYoung || !outside.isWorking) return;
    if (state === "running" || state === "unknown") this.#holders.add(job.id);
    else if (this.#holders.has(job.id)) {
      this.#complaints.add(`a place is held until the job ends: ${id} is ${state ?? "not in the line"}`);
    }
  }

  /** While the line does not answer, generations try by themselves. */
  #checkOpen(): void {
    const { plan, members, provider, time } = this.#evidence;
    const { outage } = plan;
    const submissions = members.reduce((sum, { outside }) => sum + outside.submissions.length, 0);
    const isDown = outage !== null && time.now > outage.from && time.now < outage.from + outage.ms;
    const isWaiting = ({ host }: QueueMember) => WAITING.has(host.disk.generation?.state.phase ?? "");
    const isStuck = isDown && provider.isFree && members.some(isWaiting);
    if (!isStuck || submissions !== this.#submissions) this.#stuckFrom = null;
    this.#submissions = submissions;
    if (!isStuck) return;
    this.#stuckFrom ??= time.now;
    if (time.now - this.#stuckFrom <= NOTICED_MS) return;
    this.#complaints.add(`it fails open: nobody tried for ${NOTICED_MS} ms`);
  }

  /** Whether it has ended, or was canceled in line, a while ago, and no fault can have delayed its report. */
  #isLongOver(generation: Generation): boolean {
    const { plan, time } = this.#evidence;
    const isSound = plan.trouble === 0 && plan.outage === null;
    const { state } = generation;
    if (!isSound || isInFlight(generation) || !("finishedAt" in state)) return false;
    // The job of a canceled generation ends later.
    return (state.phase !== "canceled" || state.job === null) && time.date > state.finishedAt + AT_ONCE_MS;
  }

  verdict(end: "quiet" | "endless", atRest: ReadonlyMap<string, string> | null): readonly string[] {
    const { members, line, watch } = this.#evidence;
    watch.checkRefusals();
    const left = atRest ?? line.entries();
    const ghosts = [...left].map(([id, state]) => `${id} is ${state}`);
    const isLeft = !line.isAsleep && (ghosts.length > 0 || line.alarm !== null);
    return [
      ...watch.complaints,
      ...this.#complaints,
      ...members.flatMap((member) => [
        ...judge(QUEUE_PLAN, { ...member, ...member.host, end }),
        ...submittedOnce(member),
        ...canceledInLine(member),
        ...patience(member),
      ]),
      ...(isLeft ? [`the line is empty at the end: ${ghosts.join(", ")}, alarm ${line.alarm}`] : []),
    ];
  }
}

/** Only a submission that the provider has definitely refused is sent again. */
function submittedOnce({ id, outside }: QueueMember): string[] {
  const open = outside.submissions.slice(0, -1).filter(({ fate }) => fate !== "busy" && fate !== "failed");
  return open.map(({ requestId, fate }) => `nothing is submitted twice: ${id} after ${requestId}, which was ${fate}`);
}

function canceledInLine({ id, outside, host, canceledInLine: canceled }: QueueMember): string[] {
  if (canceled === null) return [];
  const found: string[] = [];
  if (outside.submissions.length > canceled.submissions) {
    found.push(`canceled in line costs nothing: ${id} was submitted after that`);
  }
  const cost = host.disk.generation?.cost;
  if (cost !== undefined && cost.spent !== 0) found.push(`canceled in line costs nothing: ${id} costs ${cost.spent}`);
  return found;
}

function patience({ id, plan, host }: QueueMember): string[] {
  const state = host.disk.generation?.state;
  const isTooLate = state?.phase === "failed" && state.error.code === "timed_out" && state.job === null;
  return isTooLate && plan.queueTimeoutMs >= DAY_MS ? [`whoever waits is accepted in the end: ${id} was not`] : [];
}
