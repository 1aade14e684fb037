// Explains why a call to the deployment failed, and what to do.

import { ReelhookError } from "../errors.ts";
import { isLate } from "./deadline.ts";
import { CONNECTION_REFUSED, type NetworkFailure, networkFailure } from "./network-failures.ts";

/** @param error what a call threw. @returns null if it is not a failure of the call. */
export function deploymentFailure(error: unknown, url: string): string | null {
  if (isLate(error)) return noAnswer(url, { reason: "no answer in time", proxyVariable: null });
  if (!(error instanceof ReelhookError)) return null;
  const { status, code, message } = error;
  if (code === "connection_failed") return noAnswer(url, networkFailure(error));
  if (status === 401 && code !== "unexpected_answer")
    return `The deployment at ${url} does not know this API key. Give one of its API keys with --api-key or REELHOOK_API_KEY.`;
  if (status !== null && status >= 300 && status < 400)
    return `${url} redirects to another address. Give that address with --url or REELHOOK_URL.`;
  if (code === "unexpected_answer") return notReelhook(url, status === null ? undefined : `HTTP ${status}`);
  const hint = code === "not_found" ? " Check --url and REELHOOK_URL." : "";
  return `The deployment at ${url} refused the request. ${message}${hint}`;
}

function noAnswer(url: string, { reason, proxyVariable }: NetworkFailure): string {
  const advice =
    proxyVariable !== null
      ? `Correct ${proxyVariable}, or add ${new URL(url).hostname} to NO_PROXY.`
      : reason === CONNECTION_REFUSED
        ? 'Start it with "npm run dev" in the Reelhook repository, or give the address of your deployment with --url or REELHOOK_URL.'
        : "Check --url and REELHOOK_URL.";
  return `Nothing answers at ${url}: ${reason}. ${advice}`;
}

export function notReelhook(url: string, answer?: string): string {
  const detail = answer === undefined ? "" : ` (${answer})`;
  return `The server at ${url} is not Reelhook${detail}. Check --url and REELHOOK_URL, and any proxy in front of the deployment.`;
}
