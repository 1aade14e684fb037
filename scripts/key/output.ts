// What `npm run key` prints.

import type { ApiKeyView, NewApiKeyView } from "../../src/contract/api-keys.ts";
import { printable } from "../bill/calls.ts";

/** The webhook secret of the key's account and mode. */
export type WebhookSecretState =
  | { readonly kind: "read"; readonly secret: string }
  | { readonly kind: "read_only_key" }
  | { readonly kind: "failed"; readonly reason: string };

export function createdText(key: NewApiKeyView, url: string, secret: WebhookSecretState): string {
  const { account, mode, name, expires_at } = key;
  const facts = [
    `API key "${name}" for account ${account} in ${mode} mode at ${url}.`,
    ...(key.read_only ? ["It cannot change anything or read secrets."] : []),
    ...(expires_at === null ? [] : [`It expires at ${expires_at}.`]),
    "It is shown only once:",
  ];
  return [
    facts.join(" "),
    "",
    `  export REELHOOK_KEY=${key.key}`,
    ...secretLines(key, secret),
    "",
    `To revoke it: npm run key -- revoke ${key.id}`,
  ]
    .map(printable)
    .join("\n");
}

function secretLines({ account, mode }: NewApiKeyView, secret: WebhookSecretState): string[] {
  if (secret.kind === "read_only_key") return [];
  if (secret.kind === "failed") {
    return ["", `The webhook secret could not be read: ${secret.reason}`, "GET /v1/webhook-secret shows it."];
  }
  return [
    "",
    `Webhook secret of ${account} in ${mode} mode:`,
    "",
    `  ${secret.secret}`,
    "",
    "It signs callbacks to webhooks that requests name. A webhook endpoint has a secret of its own, shown when it is created.",
  ];
}

/**
 * An aligned table, or, where that is wider than the terminal, a block of lines for each key.
 *
 * @param now milliseconds since the Unix epoch.
 * @param columns width of the terminal; infinite if the output is not a terminal.
 */
export function listText(keys: readonly ApiKeyView[], now: number, columns: number): string {
  const table = tableOf(keys, now);
  const width = Math.max(...table.split("\n").map((line) => line.length));
  return width <= columns ? table : keys.map((key) => blockOf(key, now)).join("\n\n");
}

function blockOf(key: ApiKeyView, now: number): string {
  const { name, account, mode, read_only, prefix, last_used_on, id } = key;
  const lines = [
    name,
    `  ${account}, ${mode}${read_only ? ", read-only" : ""}`,
    `  ${prefix}…`,
    `  last used: ${last_used_on ?? "never"}, expires: ${expiryOf(key, now)}`,
    `  ${id}`,
  ];
  return lines.map(printable).join("\n");
}

function tableOf(keys: readonly ApiKeyView[], now: number): string {
  const rows = [
    ["NAME", "ACCOUNT", "MODE", "KEY", "LAST USED", "EXPIRES", "ID"],
    ...keys.map((key) => [
      key.name,
      key.account,
      key.read_only ? `${key.mode}, read-only` : key.mode,
      `${key.prefix}…`,
      key.last_used_on ?? "never",
      expiryOf(key, now),
      key.id,
    ]),
  ].map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function expiryOf({ expires_at }: ApiKeyView, now: number): string {
  if (expires_at === null) return "never";
  const day = expires_at.slice(0, 10);
  return Date.parse(expires_at) <= now ? `${day} (expired)` : day;
}

/** @param entry what API_KEYS needs. */
export function hashText(account: string, mode: string, key: string, entry: string): string {
  return `API key for account ${account} in ${mode} mode. It is shown only once:

  ${key}

Merge this entry, which holds only the key's hash, into the accounts in API_KEYS. Set API_KEYS with
\`npx wrangler secret put API_KEYS\`, or for \`npm run dev\` in .dev.vars, in single quotes:

  ${entry}`;
}
