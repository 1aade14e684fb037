// The generations that have left a line lately, so that their late reports are recognized. In memory only: after a
// restart, the line asks a generation instead.

/** About as many leave a busy line in the time in which a report may be late. */
const MOST = 1_000;

export class Departed {
  /** By generation; the oldest first. */
  readonly #versions = new Map<string, number>();

  /** @param version of the generation's last report. */
  note(id: string, version: number): void {
    this.#versions.delete(id);
    this.#versions.set(id, version);
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > MOST && oldest !== undefined) this.#versions.delete(oldest);
  }

  /** 0 if it has not left lately. */
  versionOf(id: string): number {
    return this.#versions.get(id) ?? 0;
  }
}
