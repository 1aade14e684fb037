import { EXIT } from "./exit-codes.ts";

export interface GenerateOptions {
  readonly url: string;
  readonly apiKey: string;
}

/** @returns the exit code. */
export async function generate(_options: GenerateOptions): Promise<number> {
  return EXIT.ok;
}
