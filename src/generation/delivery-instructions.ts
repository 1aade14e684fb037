// Where each delivery goes and how it is signed, as the account says. It is asked once for all deliveries that are due
// together, so that a fan-out of a hundred is not a hundred questions.

import type { Clock } from "../clock.ts";
import type { Life } from "../core/generation/life.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
import type { Accounts } from "./ports.ts";

/** The account is asked again for a delivery that has waited longer for its turn: the answer may have changed. */
const FRESH_MS = 1_000;

interface Question {
  readonly at: number;
  readonly answers: Promise<ReadonlyMap<string, DeliveryInstruction>>;
}

export class DeliveryInstructions {
  #last: Question = { at: Number.NEGATIVE_INFINITY, answers: Promise.resolve(new Map()) };

  /** Null when the account does not answer. */
  async of(delivery: Delivery, life: Life, accounts: Accounts, clock: Clock): Promise<DeliveryInstruction | null> {
    const key = keyOf(delivery);
    const now = clock.now();
    const { at, answers } = this.#last;
    // A retry or a redelivery became due after the question, and needs an answer of its own.
    const known = at >= dueAt(delivery) && now - at < FRESH_MS ? (await answers).get(key) : undefined;
    if (known !== undefined) return known;
    const due = life.deliveries.filter((each) => each.id === delivery.id || dueAt(each) <= now);
    const asked = {
      at: now,
      answers: ask([...new Map(due.map((each) => [keyOf(each), each])).values()], life, accounts),
    };
    this.#last = asked;
    return (await asked.answers).get(key) ?? null;
  }
}

function dueAt({ nextAttemptAt }: Delivery): number {
  return nextAttemptAt ?? Number.POSITIVE_INFINITY;
}

/** The answer for an endpoint depends on all of these, that for the scope's own secret on none. */
function keyOf({ url, endpointId, event }: DeliveryTarget): string {
  return endpointId === null ? "" : JSON.stringify([endpointId, event, url]);
}

async function ask(
  deliveries: readonly Delivery[],
  { generation }: Life,
  accounts: Accounts,
): Promise<ReadonlyMap<string, DeliveryInstruction>> {
  const targets = deliveries.map(({ url, endpointId, event }): DeliveryTarget => ({ url, endpointId, event }));
  const instructions = (await accounts.deliveryInstructions(generation.scope, targets)) ?? [];
  const answers = new Map<string, DeliveryInstruction>();
  for (const [at, target] of targets.entries()) {
    const instruction = instructions[at];
    if (instruction !== undefined) answers.set(keyOf(target), instruction);
  }
  return answers;
}
