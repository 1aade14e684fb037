// Limits of the API that the command and the AI SDK provider check before they send.

/** The largest body of a request: 32 MiB. */
export const MAX_REQUEST_BYTES = 32 * 1024 * 1024;
