// Runs one random history of a line: many generations of several accounts, the real line, and a provider that takes few
// jobs at once.

import { type Generation, isTerminal } from "../../src/core/generation/record.ts";
import { DAY_MS } from "../../src/core/money/days.ts";
import { KnownLines } from "../../src/queue/queues.ts";
import { FACTS } from "../support/lives.ts";
import { Faults } from "./faults.ts";
import { factsOf } from "./history.ts";
import { Host } from "./host.ts";
import { chanceFrom } from "./plan.ts";
import { QueueJudge } from "./queue-judge.ts";
import { LineHost } from "./queue-line.ts";
import { QUEUE_PLAN, QueueOutside } from "./queue-outside.ts";
import { type QueueMemberPlan, type QueuePlan, TIMEOUT_MS } from "./queue-plan.ts";
import { QueueProvider } from "./queue-provider.ts";
import { Silence } from "./queue-silence.ts";
import { QueueWatch } from "./queue-watch.ts";
import { Summaries } from "./summaries.ts";
import { Timeline } from "./timeline.ts";

const END_MS = 6 * DAY_MS;
const MOST_STEPS = 400_000;

/** The members are created in this many isolates, each of which has its own memory of lines. */
const ISOLATES = 3;

/** How long the history is checked at regular times. */
const CHECKED_MS = 10_800_000;

/** Reports that arrive late must not bring anything back. */
const AT_REST_MS = 3_000_000;

/** A generation of the history. */
export interface QueueMember {
  readonly id: string;
  readonly plan: QueueMemberPlan;
  readonly host: Host;
  readonly outside: QueueOutside;
  /** Submissions so far when the caller canceled the generation, if it was not at the provider then. */
  canceledInLine: { readonly submissions: number } | null;
}

/** Runs the plan. @returns the complaints about it; empty if every invariant held. */
export async function waitInLine(plan: QueuePlan, counts: Map<string, number> = new Map()): Promise<readonly string[]> {
  const time = new Timeline(FACTS.createdAt);
  const chance = chanceFrom(plan.seed);
  const faults = new Faults({ chance, trouble: plan.trouble, counts });
  const provider: QueueProvider = new QueueProvider(plan, { time, onChange: () => watch.check() });
  const watch = new QueueWatch({ plan, time, provider });
  const isolates = Array.from({ length: ISOLATES }, () => new KnownLines());
  const members = new Map<string, QueueMember>();
  const grant = async (id: string) => (await members.get(id)?.host.grant()) ?? null;
  const ask = (id: string) => members.get(id)?.host.standing() ?? "left";
  const silence = new Silence(plan, time);
  const line = new LineHost({ plan, time, chance, faults, watch, silence, grant, ask });
  /** When the last generation has ended and has left the line. */
  let restAt: number | null = null;
  let atRest: ReturnType<LineHost["entries"]> | null = null;

  function member(memberPlan: QueueMemberPlan, at: number): QueueMember {
    const id = `gen_${String(at).padStart(3, "0")}`;
    const known = isolates[at % ISOLATES] as KnownLines;
    const account = new Summaries();
    const outside = new QueueOutside({
      ...{ id, plan, member: memberPlan, provider, line, watch, known, time, chance, faults, account },
      cancel: () => cancel(members.get(id) as QueueMember),
      createdAt: () => host.disk.load()?.generation.createdAt ?? 0,
    });
    const host: Host = new Host({
      ...{ id, time, chance, outside },
      onAlarmLost: () => time.after(600_000, watchdog),
      onSaved: () => {},
      onDeath: () => outside.died(),
      hasLine: () => outside.hasLine(),
    });
    async function watchdog(): Promise<void> {
      const ensured = await host.ensure();
      if (ensured === null) time.after(600_000, watchdog);
    }
    return { id, plan: memberPlan, host, outside, canceledInLine: null };
  }

  async function create({ id, host, plan: { account, queueTimeoutMs } }: QueueMember, tries: number): Promise<void> {
    const facts = factsOf(QUEUE_PLAN, host.now);
    const scope = { account, mode: "live" } as const;
    const policy = { ...facts.policy, pollIntervalMs: plan.pollMs, timeoutMs: TIMEOUT_MS, queueTimeoutMs };
    const created = await host.create({ ...facts, id, scope, policy, createdBy: `${tries}` }, null);
    if (created === null && tries > 1) time.after(1_000, () => create(members.get(id) as QueueMember, tries - 1));
  }

  async function cancel(each: QueueMember): Promise<void> {
    const { host, outside } = each;
    const before = host.disk.load()?.generation.state.phase;
    await host.cancel();
    const after = host.disk.load()?.generation.state;
    if (after?.phase !== "canceled" || (before !== "in-line" && before !== "ready")) return;
    faults.count("canceled in line");
    each.canceledInLine = { submissions: outside.submissions.length };
  }

  function tick(): void {
    watch.check();
    judge.look();
    const records = [...members.values()].flatMap(({ host }) => host.disk.load()?.generation ?? []);
    const isOver = time.now > 600_000 && records.every(isAtRest);
    if (isOver) {
      restAt ??= time.now;
      if (time.now - restAt > AT_REST_MS) {
        atRest = line.entries();
        return;
      }
    } else restAt = null;
    if (time.now < CHECKED_MS) time.after(isOver ? 60_000 : plan.pollMs, tick);
  }

  plan.members.forEach((each, at) => {
    const made = member(each, at);
    members.set(made.id, made);
    time.after(each.at, () => create(made, 3));
    if (each.cancelAfterMs !== null) time.after(each.at + each.cancelAfterMs, () => cancel(made));
  });
  const judge = new QueueJudge({ plan, members: [...members.values()], line, watch, time, provider });
  time.after(0, tick);
  const end = await time.run(END_MS, MOST_STEPS);
  return [...judge.verdict(end, atRest), ...silence.complaints()];
}

/** Whether it has ended and has left the line. */
function isAtRest(generation: Generation): boolean {
  return isTerminal(generation) && generation.line === undefined;
}
