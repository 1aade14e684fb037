// How to sign each delivery, as the account says it: asked once for all that are due together, so that a fan-out of a
// hundred is not a hundred questions.

import type { Life } from "../core/generation/life.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { Addressed, SigningWord } from "../core/webhooks/destination.ts";
import type { Accounts, Clock } from "../ports.ts";

/** A delivery that has waited for its turn for longer is asked about anew: what was said of it may have changed. */
const FRESH_MS = 1_000;

interface Asked {
  readonly at: number;
  readonly words: Promise<ReadonlyMap<string, SigningWord>>;
}

export class Signing {
  #asked: Asked = { at: Number.NEGATIVE_INFINITY, words: Promise.resolve(new Map()) };

  /** Null when the account does not answer. */
  async wordFor(delivery: Delivery, life: Life, accounts: Accounts, clock: Clock): Promise<SigningWord | null> {
    const key = keyOf(delivery);
    const now = clock.now();
    const { at, words } = this.#asked;
    // A retry or a redelivery became due after the question, and wants an answer of its own.
    const known = at >= dueAt(delivery) && now - at < FRESH_MS ? (await words).get(key) : undefined;
    if (known !== undefined) return known;
    const due = life.deliveries.filter((each) => each.id === delivery.id || dueAt(each) <= now);
    const asked = {
      at: now,
      words: ask([...new Map(due.map((each) => [keyOf(each), each])).values()], life, accounts),
    };
    this.#asked = asked;
    return (await asked.words).get(key) ?? null;
  }
}

function dueAt({ nextAttemptAt }: Delivery): number {
  return nextAttemptAt ?? Number.POSITIVE_INFINITY;
}

/** What is asked about an endpoint depends on all of these, and the scope's own secret on none. */
function keyOf({ url, endpointId, event }: Addressed): string {
  return endpointId === null ? "" : JSON.stringify([endpointId, event, url]);
}

async function ask(
  deliveries: readonly Delivery[],
  { generation }: Life,
  accounts: Accounts,
): Promise<ReadonlyMap<string, SigningWord>> {
  const addressed = deliveries.map(({ url, endpointId, event }) => ({ url, endpointId, event }));
  const words = (await accounts.signing(generation.scope, addressed)) ?? [];
  return new Map(words.map((word, at) => [keyOf(addressed[at] as Addressed), word]));
}
