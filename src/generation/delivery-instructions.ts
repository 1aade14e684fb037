// Asks the account where each delivery goes and how it is signed. One call covers all deliveries that are due, so that
// a fan-out to 100 webhooks does not make 100 calls.

import type { Clock } from "../clock.ts";
import type { Life } from "../core/generation/life.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
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

/** The answer for a webhook endpoint depends on all three fields. All other deliveries share one answer. */
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
