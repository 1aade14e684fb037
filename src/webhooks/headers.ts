// Headers of a delivery that others must know of.

/**
 * Carries the number of the attempt. No request that has it is ever answered by a Reelhook: a webhook that leads back
 * here, whatever its name, ends here.
 */
export const LOOP_HEADER = "reelhook-attempt";

/** What an endpoint's own headers may not be: ours, and those that the transport or the platform sets. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name);
}

const RESERVED =
  /^(webhook-|reelhook-|cf-|x-forwarded-|proxy-|sec-|content-|transfer-|accept-encoding$|connection$|cdn-loop$|expect$|host$|keep-alive$|te$|trailer$|upgrade$|user-agent$|via$)/i;
