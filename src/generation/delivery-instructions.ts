// What the account says about each delivery: where it goes and how it is signed. The answer to a report covers the
// deliveries that are due with it, and one question covers all others, so that a fan-out to 100 webhooks does not make
// 100 calls.

import type { Clock } from "../clock.ts";
import type { ReportAnswer } from "../core/generation/action.ts";
import type { Life } from "../core/generation/life.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget, Instructed } from "../core/webhooks/destination.ts";
import { hostOf } from "../core/webhooks/url-identity.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { Accounts } from "./ports.ts";

/** How old an answer about a webhook endpoint may be: the endpoint may have been changed or deleted since. */
const ENDPOINT_FRESH_MS = 1_000;

/** The same for a webhook that the request named. After a rotation, the scope's old secret signs for another day. */
const REQUESTED_FRESH_MS = 10_000;

/**
 * How long a delivery waits for its account. After that, a webhook named in the request is signed with what is known,
 * and a delivery to a webhook endpoint is postponed.
 */
const TIMEOUT_MS = 2_000;

/** Null if the account does not answer. */
type Answers = ReadonlyMap<string, DeliveryInstruction> | null;

class Question {
  readonly at: number;
  readonly #ask: () => Promise<Answers>;
  #answers: Promise<Answers> | null = null;

  constructor(at: number, ask: () => Promise<Answers>) {
    this.at = at;
    this.#ask = ask;
  }

  /** The timeout starts on first use, so that answers that nobody reads need no timer. */
  get answers(): Promise<Answers> {
    this.#answers ??= this.#ask();
    return this.#answers;
  }
}

export class DeliveryInstructions {
  /** The last question about each target, by `keyOf`. */
  readonly #questions = new Map<string, Question>();

  /** Sends a report, and asks about the deliveries that are due in the same call. @returns its answer. */
  withReport(
    life: Life,
    clock: Clock,
    send: (targets: readonly DeliveryTarget[]) => Promise<ReportAnswer | null>,
  ): Promise<ReportAnswer | null> {
    const now = clock.now();
    const targets = dueTargets(life, now);
    const report = send(targets);
    const question = new Question(now, () => inTime(report, (answer) => answer.instructions ?? []));
    this.#remember(targets, question);
    // The answer also covers the deliveries that it leads to: those of the report's events to webhook endpoints.
    return report.then((answer) => {
      const resolved = answer?.instructions ?? [];
      this.#remember(
        resolved.map(({ target }) => target),
        question,
      );
      return answer;
    });
  }

  /** Returns null if the account does not answer. */
  async of(delivery: Delivery, life: Life, accounts: Accounts, clock: Clock): Promise<DeliveryInstruction | null> {
    const key = keyOf(delivery);
    const now = clock.now();
    const question = this.#questions.get(key);
    const own = targetOf(delivery, delivery.turnAt ?? null);
    if (question !== undefined && covers(question, delivery, now)) {
      const known = await this.#answer(key, question);
      if (known === null) return null;
      if (known !== undefined && (known.line == null || delivery.turnAt === "now")) return known;
      // Each delivery to a host that has a line asks for a turn of its own.
      if (known !== undefined) return (await ask([own], life, accounts))?.get(key) ?? null;
    }
    const targets = [...new Map([...dueTargets(life, now), own].map((each) => [keyOf(each), each])).values()];
    const asked = new Question(now, () => ask(targets, life, accounts));
    this.#remember(targets, asked);
    return (await this.#answer(key, asked)) ?? null;
  }

  /** Called when an attempt to this URL has failed: its host may have a line now. */
  forget(url: string): void {
    this.#questions.delete(keyOf({ url, endpointId: null }));
  }

  #remember(targets: readonly DeliveryTarget[], question: Question): void {
    for (const target of targets) this.#questions.set(keyOf(target), question);
  }

  /** Null if the account did not answer, undefined if it said nothing about this target. Neither is remembered. */
  async #answer(key: string, question: Question): Promise<DeliveryInstruction | null | undefined> {
    const answers = await question.answers;
    const answer = answers === null ? null : answers.get(key);
    if (answer == null && this.#questions.get(key) === question) this.#questions.delete(key);
    return answer;
  }
}

/** Whether the question's answer may be used. A retry or a redelivery became due after it, and asks anew. */
function covers({ at }: Question, { endpointId, attempts, nextAttemptAt }: Delivery, now: number): boolean {
  const freshMs = endpointId === null ? REQUESTED_FRESH_MS : ENDPOINT_FRESH_MS;
  return now - at < freshMs && (attempts.length === 0 || at >= (nextAttemptAt ?? Number.POSITIVE_INFINITY));
}

function dueTargets({ deliveries }: Life, now: number): DeliveryTarget[] {
  const isDue = ({ nextAttemptAt }: Delivery) => nextAttemptAt !== null && nextAttemptAt <= now;
  return deliveries.filter(isDue).map((delivery) => targetOf(delivery));
}

/** @param turn the turn that the delivery was given, null if it asks for one, or absent if it takes none now. */
function targetOf({ url, requested, endpointId, event }: Delivery, turn?: Delivery["turnAt"] | null): DeliveryTarget {
  const target = { url, requested, endpointId, event };
  return turn === undefined || turn === "now" ? target : { ...target, turn };
}

/** The answer for a webhook endpoint depends on all three fields. All other deliveries to one host share an answer. */
function keyOf({ url, endpointId, event }: Pick<DeliveryTarget, "url" | "endpointId"> & { event?: string }): string {
  return JSON.stringify(endpointId === null ? [hostOf(url)] : [endpointId, event, url]);
}

function ask(targets: readonly DeliveryTarget[], { generation }: Life, accounts: Accounts): Promise<Answers> {
  return inTime(accounts.deliveryInstructions(generation.scope, targets), (instructions) =>
    targets.flatMap((target, at) => {
      const instruction = instructions[at];
      return instruction === undefined ? [] : [{ target, instruction }];
    }),
  );
}

async function inTime<T>(answer: Promise<T | null>, read: (answer: T) => readonly Instructed[]): Promise<Answers> {
  try {
    const instructed = await withTimeout(answer, TIMEOUT_MS);
    return instructed && new Map(read(instructed).map(({ target, instruction }) => [keyOf(target), instruction]));
  } catch {
    return null;
  }
}
