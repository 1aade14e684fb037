// `npm run key`: carries out one command.

import type { NewApiKeyView } from "../../src/contract/api-keys.ts";
import { isLoopback } from "../../src/core/webhooks/url-rules.ts";
import {
  type Administration,
  ApiKeyCallError,
  listKeys,
  makeKey,
  readWebhookSecret,
  revokeKey,
} from "../api-key-calls.ts";
import { hashOf, newApiKey } from "../api-keys.ts";
import { printable } from "../bill/calls.ts";
import { type AdminKeySources, findAdminKey } from "./admin-key.ts";
import { type Command, commandOf, USAGE, UsageError } from "./arguments.ts";
import { createdText, hashText, listText, type WebhookSecretState } from "./output.ts";

export interface Outside extends AdminKeySources {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Width of the terminal; infinite if the output is not a terminal. */
  readonly columns: number;
  print(text: string): void;
  printError(text: string): void;
}

/** @returns the exit code: 0, 1 if the command failed, 2 if the arguments are wrong. */
export async function run(args: readonly string[], outside: Outside): Promise<number> {
  let command: Command;
  try {
    command = commandOf(args, outside.env, outside.now());
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    outside.printError(args.length === 0 ? USAGE : `${cause.message}\n\nFor help: npm run key -- help`);
    return 2;
  }
  if (command.kind === "help") {
    outside.print(USAGE);
    return 0;
  }
  if (command.kind === "hash") {
    const key = newApiKey(command.mode);
    const entry = JSON.stringify({ [command.account]: [hashOf(key)] });
    outside.print(hashText(command.account, command.mode, key, entry));
    return 0;
  }
  const { url } = command;
  const found = await findAdminKey(url, outside);
  if ("problem" in found) {
    outside.printError(found.problem);
    return 1;
  }
  try {
    outside.print(
      await outputOf(command, { url, adminKey: found.key }, { now: outside.now(), columns: outside.columns }),
    );
    return 0;
  } catch (cause) {
    if (!(cause instanceof ApiKeyCallError)) throw cause;
    outside.printError(explained(cause, url));
    return 1;
  }
}

type CallingCommand = Extract<Command, { readonly url: string }>;

/** @throws ApiKeyCallError */
async function outputOf(
  command: CallingCommand,
  administration: Administration,
  { now, columns }: { readonly now: number; readonly columns: number },
): Promise<string> {
  const { json, url } = command;
  switch (command.kind) {
    case "create": {
      const key = await makeKey(administration, command.request);
      const secret = await webhookSecretOf(key, url);
      const webhook_secret = secret.kind === "read" ? secret.secret : null;
      return json ? jsonOf({ ...key, webhook_secret }) : createdText(key, url, secret);
    }
    case "list": {
      const keys = await listKeys(administration, command.account ?? undefined);
      if (json) return jsonOf(keys);
      if (keys.length > 0) return listText(keys, now, columns);
      const whose = command.account === null ? "" : ` of account ${command.account}`;
      return `There are no API keys${whose} that were made with ADMIN_KEY.`;
    }
    case "revoke":
      await revokeKey(administration, command.id);
      if (json) return jsonOf({ id: command.id, revoked: true });
      return `Revoked ${printable(command.id)}. It stops working within 60 seconds.`;
  }
}

/** Never throws: the key would be lost with the failure. */
async function webhookSecretOf({ key, read_only }: NewApiKeyView, url: string): Promise<WebhookSecretState> {
  if (read_only) return { kind: "read_only_key" };
  try {
    return { kind: "read", secret: await readWebhookSecret(url, key) };
  } catch (cause) {
    return { kind: "failed", reason: cause instanceof Error ? printable(cause.message) : "unknown" };
  }
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Says what failed, and what to do. */
function explained({ status, code, message }: ApiKeyCallError, url: string): string {
  const isLocal = isLoopback(new URL(url).hostname);
  // Each field that is wrong is on a line of its own.
  const text = message
    .split("\n")
    .map((line) => printable(line).trimEnd())
    .join("\n");
  const what = status === null ? `Nothing answers at ${url} (${text}).` : text;
  return [what, ...hintsFor(status, code, isLocal)].join("\n");
}

function hintsFor(status: number | null, code: string | null, isLocal: boolean): string[] {
  if (status === null && isLocal) {
    return ["Start it with `npm run dev`, or name your deployment with --url or REELHOOK_URL."];
  }
  if (code === null) return ["Check --url and REELHOOK_URL, and any proxy in front of the deployment."];
  if (status === 401) {
    return isLocal
      ? ["Compare ADMIN_KEY in .dev.vars and in the environment. `npm run dev` reads .dev.vars when it starts."]
      : ["If ADMIN_KEY is lost or not set, set a new one: npx wrangler secret put ADMIN_KEY. API keys stay valid."];
  }
  if (code === "misconfigured") return ["GET /healthz names the settings that are wrong."];
  return [];
}
