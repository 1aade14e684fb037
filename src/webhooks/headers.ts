// Headers of a delivery that other files depend on.

/**
 * Carries the number of the attempt. Every Reelhook deployment rejects requests with this header, so that a webhook that
 * leads back to this Worker under any hostname does not loop.
 */
export const LOOP_HEADER = "reelhook-attempt";
