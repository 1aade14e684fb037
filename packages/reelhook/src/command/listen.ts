import { EXIT } from "./exit-codes.ts";

export interface ListenOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly forward: string;
  readonly events?: string;
}

/** @returns the exit code. */
export async function listen(_options: ListenOptions): Promise<number> {
  return EXIT.ok;
}
