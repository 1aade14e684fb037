export interface ReelhookOptions {
  /** URL of the deployment, such as `https://reelhook.example.com`. It may have a path. */
  readonly baseUrl: string;
  /** An API key of the deployment. One that begins with `rh_test_` works in test mode. */
  readonly apiKey: string;
  /**
   * Sends the requests instead of the global `fetch`. It must honor `signal`, and `redirect: "manual"`, so that the API key
   * is never sent elsewhere.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How many times a call is repeated at most after 429, 5xx or a lost connection. Default: 4. */
  readonly maxRetries?: number | undefined;
}

export interface CallOptions {
  /** Aborts the call, and the wait before it is repeated. The call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
