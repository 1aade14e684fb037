// Shows a receiver's answer in one line.

import { CONNECTION_REFUSED } from "../network-failures.ts";
import { printable } from "../printable.ts";
import type { Answer } from "./forward.ts";

/** Statuses of redirects. Excludes 304. https://fetch.spec.whatwg.org/#redirect-status */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Whether the deployment would count the delivery as delivered. */
export function isDelivered(answer: Answer): boolean {
  return answer.kind === "answered" && answer.status >= 200 && answer.status < 300;
}

/** Such as `204 in 12 ms`, or `500 in 12 ms: TypeError: …`. */
export function answerText(answer: Answer, { origin }: URL): string {
  if (answer.kind === "late") return `no complete answer within ${answer.limitMs / 1_000} s`;
  if (answer.kind === "failed") {
    const hint = answer.reason === CONNECTION_REFUSED ? `. Is your app running at ${origin}?` : "";
    return `no answer: ${printable(answer.reason)}${hint}`;
  }
  const detail = isDelivered(answer) ? "" : detailOf(answer);
  return `${answer.status} in ${answer.ms} ms${detail === "" ? "" : `: ${detail}`}`;
}

function detailOf({ status, headers, text }: Extract<Answer, { readonly kind: "answered" }>): string {
  if (REDIRECTS.includes(status)) {
    const location = headers.get("location");
    return `redirects are not followed${location === null ? "" : ` (to ${printable(location)})`}`;
  }
  const lines = /\bhtml\b/i.test(headers.get("content-type") ?? "") ? textOf(text) : text;
  return printable(lines.split(/[\r\n]/).find((line) => line.trim() !== "") ?? "");
}

/** The text at the beginning of an HTML page, roughly: some frameworks report errors as a page. */
function textOf(html: string): string {
  return html
    .slice(0, 16 * 1024)
    .replace(/<(head|script|style)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/<[^>]*>/g, "\n");
}
