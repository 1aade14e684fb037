// The arguments of `npm run key`.

import { parseArgs } from "node:util";
import { apiKeyRequestSchema } from "../../src/contract/api-key-requests.ts";
import type { Mode } from "../../src/contract/words.ts";
import { check } from "../../src/http/validation.ts";
import { type KeyRequest, originOf } from "../api-key-calls.ts";
import { printable } from "../bill/calls.ts";

export const USAGE = `Usage: npm run key -- <command>

  create <account> [--test] [--name NAME] [--read-only] [--expires 90d|2027-01-31]
                       make an API key and show it once; in live mode without --test
  list [account]       list the API keys, newest first
  revoke <key_…>       revoke an API key by its id, which "list" shows
  hash <account> [--test]
                       only print a key and its entry for the setting API_KEYS

Options of create, list and revoke:
  --url URL            the deployment; default: REELHOOK_URL, or http://localhost:8787 (npm run dev)
  --json               print JSON; with npm run --silent, nothing else is printed

ADMIN_KEY is read from the environment; for a deployment on this machine from .dev.vars; otherwise it is asked for.`;

/** The arguments are wrong. The message says why. */
export class UsageError extends Error {}

interface OnDeployment {
  /** Its origin. */
  readonly url: string;
  readonly json: boolean;
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "hash"; readonly account: string; readonly mode: Mode }
  | ({ readonly kind: "create"; readonly request: KeyRequest } & OnDeployment)
  | ({ readonly kind: "list"; readonly account: string | null } & OnDeployment)
  | ({ readonly kind: "revoke"; readonly id: string } & OnDeployment);

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_URL = "http://localhost:8787";

const DEFAULT_NAME = "npm run key";

const OPTIONS = {
  url: { type: "string" },
  json: { type: "boolean" },
  test: { type: "boolean" },
  name: { type: "string" },
  "read-only": { type: "boolean" },
  expires: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const COMMANDS = {
  create: ["url", "json", "test", "name", "read-only", "expires"],
  list: ["url", "json"],
  revoke: ["url", "json"],
  hash: ["test"],
} as const satisfies Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>>;

/** @throws UsageError */
export function commandOf(args: readonly string[], env: Environment, now: number): Command {
  if (args.some((arg) => /^--?admin[-_]?key(=|$)/i.test(arg))) {
    throw new UsageError(
      "ADMIN_KEY cannot be an argument: other users of this machine could see it in the list of processes, and the " +
        "shell would keep it in its history. Set the environment variable ADMIN_KEY, or type the key when asked.",
    );
  }
  const { positionals, values } = parsed(args);
  if (values.help || positionals[0] === "help") return { kind: "help" };
  const [first = "", ...rest] = positionals;
  const kind = (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).find((name) => name === first);
  if (kind === undefined) {
    const names = Object.keys(COMMANDS).join(", ");
    if (first === "") throw new UsageError(`Name a command: ${names}.`);
    // Not taken as the account of a new key: a mistyped command would make a live key.
    throw new UsageError(`There is no command "${printable(first)}". The commands are ${names}.`);
  }
  const [operand, ...surplus] = rest;
  if (surplus.length > 0) throw new UsageError(`Unexpected argument "${printable(surplus.join(" "))}".`);
  const allowed: readonly string[] = COMMANDS[kind];
  const other = (Object.keys(values) as (keyof typeof OPTIONS)[]).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new UsageError(`"${kind}" has no option --${other}.`);
  const deployment = () => ({
    url: checkedOrigin(values.url ?? (env["REELHOOK_URL"] || DEFAULT_URL)),
    json: !!values.json,
  });
  const mode = values.test ? "test" : "live";
  switch (kind) {
    case "hash":
      return { kind, account: checked({ account: operand ?? "", mode, name: DEFAULT_NAME }).account, mode };
    case "list":
      if (operand !== undefined) checked({ account: operand, mode, name: DEFAULT_NAME });
      return { kind, account: operand ?? null, ...deployment() };
    case "revoke":
      if (operand === undefined) throw new UsageError("Name the key by its id: key_…");
      // A secret in its place would be in the address of the request, which servers log.
      if (!/^key_[0-9a-z]+$/.test(operand)) throw new UsageError('Name the key by its id, key_…, which "list" shows.');
      return { kind, id: operand, ...deployment() };
    case "create": {
      if (operand === undefined) throw new UsageError("Name the account of the key.");
      const request = checked({
        account: operand,
        mode,
        name: values.name ?? DEFAULT_NAME,
        ...(values.expires === undefined ? {} : { expires_at: timeOf(values.expires, now) }),
        ...(values["read-only"] ? { read_only: true } : {}),
      });
      return { kind, request, ...deployment() };
    }
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** @throws UsageError with the messages of the API. */
function checked(request: KeyRequest): KeyRequest {
  const { errors } = check(apiKeyRequestSchema, request);
  const lines = errors.map(({ pointer, message }) => printable(`${pointer.slice(1)} ${message}`));
  if (lines.length > 0) throw new UsageError(lines.join("\n"));
  return request;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** @param text days such as `90d`, the last day such as `2027-01-31` (UTC), or an RFC 3339 time. */
function timeOf(text: string, now: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const lastDay = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text;
  const time = days === undefined ? lastDay : new Date(now + Number(days) * DAY_MS).toISOString();
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw new UsageError("--expires must be days, such as 90d, or a date, such as 2027-01-31.");
  if (at <= now) throw new UsageError("--expires must be in the future.");
  return time;
}

function checkedOrigin(text: string): string {
  const origin = originOf(text);
  if (origin !== null) return origin;
  throw new UsageError("The URL of the deployment must be an https: URL, or an http: URL of this machine.");
}
