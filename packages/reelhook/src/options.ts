export interface ReelhookOptions {
  /** URL of the deployment, such as `https://reelhook.example.com`. A path is kept. */
  readonly baseUrl: string;
  /** An API key of the deployment. One that begins with `rh_test_` works in test mode. */
  readonly apiKey: string;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** How often a call is repeated after 429, 5xx and lost connections, at most. Default: 4. */
  readonly maxRetries?: number;
}

export interface CallOptions {
  /** Aborts the call, and the wait for its repetition. */
  readonly signal?: AbortSignal | undefined;
}
