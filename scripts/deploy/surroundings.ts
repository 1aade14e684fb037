// What `npm run deploy` needs from its process: wrangler, the network, the terminal. Replaced in tests.

/** How a run of wrangler ended. */
export interface WranglerRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines that wrangler wrote to WRANGLER_OUTPUT_FILE_PATH, parsed. */
  readonly events: readonly object[];
}

/** Parts of the wrangler configuration. */
export interface Settings {
  /** The bucket of the binding VIDEOS. */
  readonly bucket: { readonly name: string; readonly jurisdiction: string | null };
  /** The variable PUBLIC_URL, if it is set. */
  readonly publicUrl: string | null;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether questions can be asked. */
  readonly isTerminal: boolean;
  /** @param input goes to its standard input. Secrets are passed in no other way. */
  runWrangler(args: readonly string[], input?: string): Promise<WranglerRun>;
  /** Runs wrangler with the standard streams of this process. @returns its exit code. */
  runWranglerOpenly(args: readonly string[]): Promise<number>;
  /** @param path null for wrangler.toml of this project. @throws Error if it cannot be read, or has no such bucket. */
  readSettings(path: string | null): Promise<Settings>;
  readonly fetch: typeof fetch;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Reads a line without showing it. */
  askHidden(question: string): Promise<string>;
  print(text: string): void;
  printError(text: string): void;
  /** Shows a line that the next output replaces. */
  showProgress(text: string): void;
}
