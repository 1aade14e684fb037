// Keeps the secrets that sign, and reads the newest one again from time to time, so that a rotation takes effect.

/** A secret is read at most this often, unless the connection was lost. */
const FRESH_MS = 60_000;

/** How long a replaced secret still signs: as long as the deployment signs with it. */
const OVERLAP_MS = 24 * 60 * 60_000;

export interface SecretsDeps {
  /** Reads the newest secret. */
  readonly read: () => Promise<string>;
  readonly now: () => number;
  /** Called when another secret was read. */
  readonly onRotated: () => void;
}

export class Secrets {
  readonly #deps: SecretsDeps;
  #newest: string;
  #readAt: number;
  /** Secrets that have been replaced since this command started, newest first. */
  #replaced: readonly { readonly secret: string; readonly at: number }[] = [];

  constructor(first: string, deps: SecretsDeps) {
    this.#deps = deps;
    this.#newest = first;
    this.#readAt = deps.now();
  }

  /** Reads the secret again before it signs next, for example because the deployment may have been away. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Newest first. If the deployment does not answer, the secrets that were read last. */
  async current(): Promise<readonly string[]> {
    const now = this.#deps.now();
    if (now - this.#readAt >= FRESH_MS) {
      this.#readAt = now;
      const read = await this.#deps.read().catch(() => this.#newest);
      if (read !== this.#newest) this.#rotate(read, now);
    }
    this.#replaced = this.#replaced.filter(({ at }) => now - at < OVERLAP_MS);
    return [this.#newest, ...this.#replaced.map(({ secret }) => secret)];
  }

  #rotate(secret: string, at: number): void {
    const older = this.#replaced.filter((each) => each.secret !== secret);
    this.#replaced = [{ secret: this.#newest, at }, ...older].slice(0, 5);
    this.#newest = secret;
    this.#deps.onRotated();
  }
}
