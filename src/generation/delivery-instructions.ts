// Asks the account where each delivery goes and how it is signed. One call covers all deliveries that are due, so that
// a fan-out to 100 webhooks does not make 100 calls.

import type { Clock } from "../clock.ts";
import type { Life } from "../core/generation/life.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
import { hostOf } from "../core/webhooks/url-identity.ts";
import type { Accounts } from "./ports.ts";

/** Answers older than this are not used, because the endpoint may have changed since. */
const FRESH_MS = 1_000;

interface Question {
  readonly at: number;
  readonly answers: Promise<ReadonlyMap<string, DeliveryInstruction>>;
}

export class DeliveryInstructions {
  #last: Question = { at: Number.NEGATIVE_INFINITY, answers: Promise.resolve(new Map()) };

  /** Returns null if the account does not answer. */
  async of(delivery: Delivery, life: Life, accounts: Accounts, clock: Clock): Promise<DeliveryInstruction | null> {
    const key = keyOf(delivery);
    const now = clock.now();
    const { at, answers } = this.#last;
    // The last call did not cover a delivery that became due after it, such as a retry or a redelivery.
    const known = at >= dueAt(delivery) && now - at < FRESH_MS ? (await answers).get(key) : undefined;
    if (known !== undefined && (known.line == null || delivery.turnAt === "now")) return known;
    const own = targetOf(delivery, delivery.turnAt ?? null);
    // Each delivery to a host that has a line asks for a turn of its own.
    if (known !== undefined) return (await ask([own], life, accounts)).get(key) ?? null;
    const due = life.deliveries.filter((each) => dueAt(each) <= now).map((each) => targetOf(each));
    const targets = new Map([...due, own].map((each) => [keyOf(each), each]));
    const asked = { at: now, answers: ask([...targets.values()], life, accounts) };
    this.#last = asked;
    return (await asked.answers).get(key) ?? null;
  }
}

function dueAt({ nextAttemptAt }: Delivery): number {
  return nextAttemptAt ?? Number.POSITIVE_INFINITY;
}

/** @param turn the turn that the delivery was given, null if it asks for one, or absent if it takes none now. */
function targetOf({ url, requested, endpointId, event }: Delivery, turn?: Delivery["turnAt"] | null): DeliveryTarget {
  const target = { url, requested, endpointId, event };
  return turn === undefined || turn === "now" ? target : { ...target, turn };
}

/** The answer for a webhook endpoint depends on all three fields. All other deliveries to one host share an answer. */
function keyOf({ url, endpointId, event }: DeliveryTarget): string {
  return JSON.stringify(endpointId === null ? [hostOf(url)] : [endpointId, event, url]);
}

async function ask(
  targets: readonly DeliveryTarget[],
  { generation }: Life,
  accounts: Accounts,
): Promise<ReadonlyMap<string, DeliveryInstruction>> {
  const instructions = (await accounts.deliveryInstructions(generation.scope, targets)) ?? [];
  const answers = new Map<string, DeliveryInstruction>();
  for (const [at, target] of targets.entries()) {
    const instruction = instructions[at];
    if (instruction !== undefined) answers.set(keyOf(target), instruction);
  }
  return answers;
}
