// Limits that both the API and the dashboard know. Without zod, so that it is not bundled into the dashboard.

/** Bytes of a body that creates a generation: room for a video as a data URI. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
