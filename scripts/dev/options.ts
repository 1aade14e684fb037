// The options of `npm run dev`.

import { parseArgs } from "node:util";

export const DEFAULT_PORT = 8787;
const DEFAULT_INBOX_PORT = 8788;

export const USAGE = `Usage: npm run dev -- [options]

  --port PORT          port of the Worker; default: ${DEFAULT_PORT}, or the next free one
  --inbox-port PORT    port of the inbox for callbacks; default: ${DEFAULT_INBOX_PORT}, or the next free one
  --env-file FILE      settings instead of .dev.vars; it is not changed
  --help               this text

All other options are passed to wrangler dev.`;

export interface Options {
  readonly isHelp: boolean;
  /** Null if the first free port will do. */
  readonly asked: number | null;
  readonly inboxPort: number;
  /** Null for .dev.vars. */
  readonly envFile: string | null;
  readonly forWrangler: readonly string[];
}

/** @returns what is wrong with them, if something is. */
export function optionsOf(args: readonly string[]): Options | string {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      port: { type: "string" },
      "inbox-port": { type: "string" },
      "env-file": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const own = new Set(
    tokens.flatMap((token) =>
      token.kind !== "option" || token.name !== "inbox-port"
        ? []
        : token.inlineValue
          ? [token.index]
          : [token.index, token.index + 1],
    ),
  );
  const { port, "inbox-port": inboxPort, "env-file": envFile } = values;
  for (const name of ["port", "inbox-port"] as const) {
    if (values[name] !== undefined && !isPort(values[name])) return `--${name} must be a whole number from 1 to 65535.`;
  }
  return {
    isHelp: values.help === true,
    asked: typeof port === "string" ? Number(port) : null,
    inboxPort: typeof inboxPort === "string" ? Number(inboxPort) : DEFAULT_INBOX_PORT,
    envFile: typeof envFile === "string" ? envFile : null,
    forWrangler: args.filter((_, index) => !own.has(index)),
  };
}

function isPort(value: unknown): boolean {
  return typeof value === "string" && /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535;
}
