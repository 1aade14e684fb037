// The order of a line: a list for each account, oldest first.

import type { Position } from "../cursor.ts";

export class Order {
  readonly #lists = new Map<string, Position[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get accounts(): IterableIterator<string> {
    return this.#lists.keys();
  }

  /** Those of an account, oldest first. */
  of(account: string): readonly Position[] {
    return this.#lists.get(account) ?? [];
  }

  add(account: string, position: Position): void {
    const list = this.#lists.get(account) ?? [];
    this.#lists.set(account, list);
    const at = indexIn(list, position);
    if (list[at]?.id === position.id) return;
    list.splice(at, 0, position);
    this.#size++;
  }

  remove(account: string, position: Position): void {
    const list = this.#lists.get(account) ?? [];
    const at = indexIn(list, position);
    if (list[at]?.id !== position.id) return;
    list.splice(at, 1);
    this.#size--;
    if (list.length === 0) this.#lists.delete(account);
  }

  /** Counted from 1. Null if it is not in the list. */
  positionOf(account: string, position: Position): number | null {
    const list = this.of(account);
    const at = indexIn(list, position);
    return list[at]?.id === position.id ? at + 1 : null;
  }
}

/** Where the position is in the list, or belongs. */
function indexIn(list: readonly Position[], { createdAt, id }: Position): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = list[middle] as Position;
    const isBefore = at.createdAt < createdAt || (at.createdAt === createdAt && at.id < id);
    if (isBefore) from = middle + 1;
    else to = middle;
  }
  return from;
}
