// Headers of a delivery that other files depend on.

/**
 * Carries the number of the attempt. Every Reelhook rejects requests with this header, so that a webhook that leads
 * back to this Worker, whatever its hostname, does not loop.
 */
export const LOOP_HEADER = "reelhook-attempt";

/** Whether an endpoint's custom headers may not use this name, because Reelhook, HTTP or the platform sets it. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name);
}

const RESERVED =
  /^(webhook-|reelhook-|cf-|x-forwarded-|proxy-|sec-|content-|transfer-|accept-encoding$|connection$|cdn-loop$|expect$|host$|keep-alive$|te$|trailer$|upgrade$|user-agent$|via$)/i;
