// Headers of a delivery that other files depend on.

/**
 * Carries the number of the attempt. Every Reelhook rejects requests with this header, so that a webhook that leads
 * back to this Worker, whatever its hostname, does not loop.
 */
export const LOOP_HEADER = "reelhook-attempt";
