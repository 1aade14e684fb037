// Failures of a step of `npm run deploy`, and what to do about them.

import { stripVTControlCharacters } from "node:util";

/** A step that failed. Its texts contain no secret. */
export class StepFailure extends Error {
  readonly step: string;
  /** What to do about it; may be empty. */
  readonly advice: string;

  constructor(step: string, message: string, advice = "") {
    super(message);
    this.step = step;
    this.advice = advice;
  }
}

const MAX_LINES = 12;
const MAX_CONFLICT_LINES = 60;

const NOISE =
  /Logs were written to|If you think this is a bug|newer version of Wrangler|A request to the Cloudflare API .* failed\.$|^at .*:\d+\)*$/;

/** @returns wrangler's own error message, without the lines that it adds to every error. */
export function messageOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  // Wrangler colors errors even if NO_COLOR is set.
  const lines = linesOf(stderr);
  const start = lines.findIndex((line) => line.includes("[ERROR]"));
  const error = start === -1 ? [...linesOf(stdout), ...lines].slice(-MAX_LINES) : lines.slice(start);
  const message = error.map((line) => line.replace(/^.*\[ERROR\]\s*/, ""));
  const kept = [...new Set(message.filter((line) => !NOISE.test(line)))];
  const text = (kept.length === 0 ? message : kept).slice(0, MAX_LINES).join("\n");
  return text === "" ? "wrangler failed without a message" : text + conflictsIn(stderr);
}

/** @returns the warning before the error of `--strict`: how the deployed settings differ from the configuration. */
function conflictsIn(stderr: string): string {
  const pattern = /\[WARNING\]\s*(?<warning>.*?)\n[^\n]*\[ERROR\].*--strict/s;
  const { warning = "" } = pattern.exec(stripVTControlCharacters(stderr))?.groups ?? {};
  const lines = warning.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(0, MAX_CONFLICT_LINES)
    .map((line) => `\n${line.trimEnd()}`)
    .join("");
}

function linesOf(text: string): string[] {
  return stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export const LOG_IN = "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.";

const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /\[code: 10042\]|enable R2/i,
    "Enable R2 in Cloudflare's dashboard: https://dash.cloudflare.com/?to=/:account/r2/overview (Storage & databases > R2).",
  ],
  [/More than one account/, "Choose one of these accounts: export CLOUDFLARE_ACCOUNT_ID=<account id>."],
  [/Not logged in|not authenticated|\[code: (10001|6003|6111|9106)\]/i, LOG_IN],
  [
    /Authentication error|Unauthorized|Forbidden|\[code: (10000|9109|10023)\]/i,
    "The login is not valid or lacks a permission. Run `npx wrangler login` again, or set CLOUDFLARE_API_TOKEN to a token with the permissions to edit Workers Scripts and Workers R2 Storage.",
  ],
  [/workers\/onboarding/, "Register a workers.dev subdomain at the address above: every account needs one, once."],
  [
    /--strict/,
    "Copy the settings that were changed elsewhere to wrangler.toml. To overwrite them instead, run `npx wrangler deploy` once.",
  ],
  [/fetch (request )?failed|ECONNREFUSED|ENOTFOUND/, "Check the connection to api.cloudflare.com."],
];

/** @returns what to do about wrangler's message; empty if nothing is known but to try again. */
export function adviceFor(message: string): string {
  return ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? "";
}
