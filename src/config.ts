// Parses the environment into a `Config`. An invalid setting is reported and replaced by its default, so that it stops
// new requests (see http/app.ts) but not the alarms of generations that were accepted before.

import * as z from "zod/mini";
import { flag, minLength } from "./contract/fields.ts";
import { MAX_RETENTION_DAYS } from "./contract/requests.ts";
import { ADMIN_KEY_RULE, type ApiKeyEntry, isListed, isPossibleAdminKey, readApiKeys } from "./core/api-keys.ts";
import { type Budgets, NO_BUDGETS, readBudgets } from "./core/money/budgets.ts";
import { certificateHost } from "./core/webhooks/certificate-hosts.ts";
import { checkUrl, isLoopback, type UrlRules } from "./core/webhooks/url-rules.ts";

const GIB = 1024 ** 3;
const DAY_SECONDS = 86_400;

/** Size limit of a multipart upload: 10,000 parts of 8 MiB. */
const MAX_OBJECT_BYTES = 10_000 * 8 * 1024 ** 2;

/** Seconds between the attempts of a delivery. The first is made at once: 12 attempts in about 3 days. */
const RETRY_DELAYS = "5,30,120,600,1800,3600,10800,21600,43200,86400,86400";

const numeric = (pattern: RegExp, what: string, least: number, most: number) =>
  z.pipe(
    z.string().check(z.regex(pattern, `must be a ${what} from ${least} to ${most}`)),
    z.transform(Number).check(z.refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`)),
  );

const integer = (least: number, most: number) => numeric(/^\d+$/, "whole number", least, most);

/** Seconds, decimals allowed, converted to milliseconds. */
const seconds = (least: number, most: number) =>
  z.pipe(
    numeric(/^\d+(\.\d+)?$/, "number of seconds", least, most),
    z.transform((value) => Math.round(value * 1000)),
  );

const days = numeric(/^\d+(\.\d+)?$/, "number of days", 0, MAX_RETENTION_DAYS);

const origin = z.transform((text: string, context) => {
  const verdict = checkUrl(text, { allowLocal: true, ownOrigins: [] });
  if (verdict.safe && (verdict.url.pathname === "/" || verdict.url.pathname === "") && verdict.url.search === "") {
    return verdict.url.origin;
  }
  context.issues.push({ code: "custom", message: "must be an origin, such as https://api.example.com", input: text });
  return z.NEVER;
});

const inboxUrl = z.transform((text: string, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "http:" && isLoopback(url.hostname) && `${url.origin}/` === url.href) return url.origin;
  const message = "must be an http:// origin of this machine, such as http://localhost:8788";
  context.issues.push({ code: "custom", message, input: text });
  return z.NEVER;
});

const apiKeys = z.transform((text: string, context) => {
  const read = readApiKeys(text);
  if (typeof read !== "string") return read;
  context.issues.push({ code: "custom", message: read, input: "" });
  return z.NEVER;
});

const adminKey = z.string().check(z.refine(isPossibleAdminKey, ADMIN_KEY_RULE));

const budgets = z.transform((text: string, context) => {
  const read = readBudgets(text);
  if (typeof read !== "string") return read;
  context.issues.push({ code: "custom", message: read, input: "" });
  return z.NEVER;
});

const signingSecrets = z.transform((text: string, context) => {
  const secrets = text.split(/\s+/).filter((part) => part !== "");
  if (secrets.length > 0 && secrets.every((secret) => new TextEncoder().encode(secret).byteLength >= 32))
    return secrets;
  context.issues.push({
    code: "custom",
    message: "must be one or more space-separated secrets of at least 32 bytes",
    input: "",
  });
  return z.NEVER;
});

const retryDelays = z.pipe(
  z
    .string()
    .check(
      z.regex(
        /^\s*\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*\s*$/,
        "must be a comma-separated list of seconds, such as 5,30,120",
      ),
    ),
  z
    .transform((text: string) => text.split(",").map((part) => Math.round(Number(part) * 1000)))
    .check(
      z.refine(
        (delays) => delays.length <= 50 && delays.every((delay) => delay <= 7 * DAY_SECONDS * 1000),
        "must list at most 50 delays of at most 7 days each",
      ),
    ),
);

const listOf = (text: string) => [...new Set(text.split(/[\s,]+/).filter((part) => part !== ""))];

const models = z.transform(listOf);

const certificateHosts = z.transform((text: string, context) => {
  const hosts = listOf(text).map(certificateHost);
  if (!hosts.includes(null)) return hosts.filter((host) => host !== null);
  const message = "must list host names, such as hooks.example.com or *.example.com, without scheme, port or path";
  context.issues.push({ code: "custom", message, input: text });
  return z.NEVER;
});

/** Schema and default of each setting. A default of undefined makes it required, and null makes it optional. */
const SETTINGS = {
  AIMLAPI_KEY: { schema: z.string().check(minLength(1)), default: null },
  AIMLAPI_BASE_URL: { schema: origin, default: "https://api.aimlapi.com" },
  ADMIN_KEY: { schema: adminKey, default: null },
  API_KEYS: { schema: apiKeys, default: null },
  SIGNING_SECRET: { schema: signingSecrets, default: undefined },
  PUBLIC_URL: { schema: origin, default: null },
  POLL_INTERVAL_SECONDS: { schema: seconds(0.1, 3600), default: "10" },
  GENERATION_TIMEOUT_SECONDS: { schema: seconds(1, 7 * DAY_SECONDS), default: "1800" },
  QUEUE_TIMEOUT_SECONDS: { schema: seconds(1, 7 * DAY_SECONDS), default: "86400" },
  PROVIDER_MAX_CONCURRENT: { schema: integer(0, 1_000_000), default: "0" },
  RETENTION_DAYS: { schema: days, default: "0" },
  MAX_VIDEO_BYTES: { schema: integer(1, MAX_OBJECT_BYTES), default: String(5 * GIB) },
  MAX_IN_FLIGHT_PER_ACCOUNT: { schema: integer(0, 1_000_000), default: "0" },
  BUDGETS: { schema: budgets, default: "{}" },
  SIGNED_URL_TTL_SECONDS: { schema: seconds(1, 10 * 365 * DAY_SECONDS), default: "604800" },
  RETRY_DELAYS_SECONDS: { schema: retryDelays, default: RETRY_DELAYS },
  WEBHOOK_MAX_PER_SECOND_PER_HOST: { schema: integer(1, 1_000), default: "10" },
  WEBHOOK_CERTIFICATE_HOSTS: { schema: certificateHosts, default: "" },
  EXTRA_MODELS: { schema: models, default: "" },
  ALLOW_LOCAL_URLS: { schema: flag("must be true or false"), default: "false" },
  INBOX_URL: { schema: inboxUrl, default: null },
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Values as the platform provides them: strings, any of which may be missing. */
export type Settings = { readonly [N in SettingName]?: string };

export interface Config {
  readonly aimlapiKey: string | null;
  /** Null only when misconfigured. */
  readonly aimlapiBaseUrl: string | null;
  /** Makes, lists and revokes API keys. Null if they are only those of `apiKeys`. */
  readonly adminKey: string | null;
  readonly apiKeys: readonly ApiKeyEntry[];
  /** Newest first; empty only when misconfigured. */
  readonly signingSecrets: readonly string[];
  readonly publicUrl: string | null;
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  /** Jobs that the provider's key may have at once; 0 means that the number is learned. */
  readonly maxConcurrent: number;
  /** Days to keep a generation after it ends, and the most that a request may ask for; 0 means forever. */
  readonly retentionDays: number;
  readonly maxVideoBytes: number;
  /** Per account and mode; 0 means no limit. */
  readonly maxInFlight: number;
  readonly budgets: Budgets;
  readonly linkTtlMs: number;
  readonly retryDelaysMs: readonly number[];
  /** Deliveries per second to a host that has lately refused or timed out, per account and mode. */
  readonly deliveriesPerSecond: number;
  /** Hosts that the client certificate may be presented to: names, or `*.` and a domain. */
  readonly certificateHosts: readonly string[];
  readonly extraModels: readonly string[];
  readonly allowLocalUrls: boolean;
  /** Origin of the inbox that `npm run dev` starts; null in production. */
  readonly inboxUrl: string | null;
  /** Missing and invalid settings. Never includes their values, but may name an account. */
  readonly problems: readonly SettingProblem[];
}

export interface SettingProblem {
  readonly setting: SettingName;
  readonly message: string;
}

export function parseConfig(settings: Settings): Config {
  const problems: SettingProblem[] = [];
  function read<N extends SettingName>(name: N): z.output<(typeof SETTINGS)[N]["schema"]> | null {
    const { schema, default: fallback } = SETTINGS[name];
    const given = settings[name];
    // An empty variable counts as unset, because a dashboard may not be able to unset one.
    const text = given === undefined || given === "" ? fallback : String(given);
    if (text === null) return null;
    if (text === undefined) {
      problems.push({ setting: name, message: "is missing" });
      return null;
    }
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data as z.output<(typeof SETTINGS)[N]["schema"]>;
    problems.push({ setting: name, message: parsed.error.issues[0]?.message ?? "is invalid" });
    // No fallback to the default host: the provider's key may be meant for a different one.
    if (name === "AIMLAPI_BASE_URL") return null;
    return typeof fallback === "string" ? (schema.parse(fallback) as z.output<(typeof SETTINGS)[N]["schema"]>) : null;
  }
  const allowLocalUrls = read("ALLOW_LOCAL_URLS") ?? false;
  let aimlapiBaseUrl = read("AIMLAPI_BASE_URL");
  if (aimlapiBaseUrl !== null && !checkUrl(aimlapiBaseUrl, { allowLocal: allowLocalUrls, ownOrigins: [] }).safe) {
    aimlapiBaseUrl = null;
    problems.push({
      setting: "AIMLAPI_BASE_URL",
      message: "must be a public https:// origin unless ALLOW_LOCAL_URLS is true",
    });
  }
  const adminKey = read("ADMIN_KEY");
  const apiKeys = read("API_KEYS");
  if (!settings.ADMIN_KEY && !settings.API_KEYS) {
    problems.push({ setting: "API_KEYS", message: "is missing; set it or ADMIN_KEY" });
  }
  if (adminKey !== null && isListed(adminKey, apiKeys ?? [])) {
    problems.push({ setting: "ADMIN_KEY", message: "must not also be an API key in API_KEYS" });
  }
  return {
    aimlapiKey: read("AIMLAPI_KEY"),
    aimlapiBaseUrl,
    adminKey,
    apiKeys: apiKeys ?? [],
    signingSecrets: read("SIGNING_SECRET") ?? [],
    publicUrl: read("PUBLIC_URL"),
    pollIntervalMs: read("POLL_INTERVAL_SECONDS") ?? 0,
    timeoutMs: read("GENERATION_TIMEOUT_SECONDS") ?? 0,
    queueTimeoutMs: read("QUEUE_TIMEOUT_SECONDS") ?? 0,
    maxConcurrent: read("PROVIDER_MAX_CONCURRENT") ?? 0,
    retentionDays: read("RETENTION_DAYS") ?? 0,
    maxVideoBytes: read("MAX_VIDEO_BYTES") ?? 0,
    maxInFlight: read("MAX_IN_FLIGHT_PER_ACCOUNT") ?? 0,
    budgets: read("BUDGETS") ?? NO_BUDGETS,
    linkTtlMs: read("SIGNED_URL_TTL_SECONDS") ?? 0,
    retryDelaysMs: read("RETRY_DELAYS_SECONDS") ?? [],
    deliveriesPerSecond: read("WEBHOOK_MAX_PER_SECOND_PER_HOST") ?? 0,
    certificateHosts: read("WEBHOOK_CERTIFICATE_HOSTS") ?? [],
    extraModels: read("EXTRA_MODELS") ?? [],
    allowLocalUrls,
    inboxUrl: allowLocalUrls ? read("INBOX_URL") : null,
    problems,
  };
}

/** Rules for URLs given by users. @param origin origin of this Worker, as in a request to it. */
export function urlRules({ allowLocalUrls, publicUrl }: Config, origin: string): UrlRules {
  return { allowLocal: allowLocalUrls, ownOrigins: publicUrl === null ? [origin] : [origin, publicUrl] };
}

const parsedConfigs = new WeakMap<object, Config>();

/** The configuration of this environment, parsed on first use and then cached. */
export function configOf(env: Settings): Config {
  const known = parsedConfigs.get(env);
  if (known !== undefined) return known;
  const config = parseConfig(env);
  parsedConfigs.set(env, config);
  return config;
}
