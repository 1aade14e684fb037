import { ReelhookError } from "./errors.ts";

/** A page of a list. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  /** Starts the next page; null on the last one. */
  readonly next_cursor: string | null;
}

/** A list that is read page by page: `for await (const item of list)` reads all of it, and `pages()` whole pages. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #read: (cursor: string | undefined) => Promise<Page<T>>;

  /** @param read reads the page that starts at the cursor, or the first page without one. */
  constructor(read: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#read = read;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** A page can be empty even if more follow. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.#read(cursor);
      yield page;
      const next = page.has_more ? (page.next_cursor ?? undefined) : undefined;
      if (next !== undefined && next === cursor) throw endless();
      cursor = next;
    } while (cursor !== undefined);
  }
}

function endless(): ReelhookError {
  const message = "The list returned the same page twice. Check any proxy or cache in front of the deployment.";
  return new ReelhookError(message, { status: null, code: "unexpected_answer" });
}
