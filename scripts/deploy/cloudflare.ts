// What `npm run deploy` reads and changes at Cloudflare, through the project's wrangler.

import { adviceFor, LOG_IN, messageOf, StepFailure } from "./failure.ts";
import type { Settings, Surroundings, WranglerRun } from "./surroundings.ts";

/** Large inputs are kept there until the provider has accepted or refused them (docs/storage.md). */
const INPUTS_PREFIX = "inputs/";
/** One day more than a generation can wait in line. */
const INPUTS_EXPIRE_DAYS = 8;

/** The R2 bucket. `rule` is its lifecycle rule for `inputs/`, in words; null if it has none. */
export type Bucket = { readonly exists: false } | { readonly exists: true; readonly rule: string | null };

/** The rule that this command adds, as wrangler describes it. */
export const RULE_TEXT = `${INPUTS_PREFIX} (Expire objects after ${INPUTS_EXPIRE_DAYS} days)`;

export class Cloudflare {
  readonly #around: Surroundings;
  readonly #settings: Settings;
  readonly #options: readonly string[];

  /** @param config path of another configuration than wrangler.toml. */
  constructor(around: Surroundings, settings: Settings, config: string | null) {
    this.#around = around;
    this.#settings = settings;
    this.#options = config === null ? [] : ["--config", config];
  }

  /** @returns who is logged in, and the account if it is certain, as a text. */
  async readLogin(): Promise<string> {
    const run = await this.#try(["whoami", "--json"]);
    const login = jsonOf(run.stdout) as {
      loggedIn?: boolean;
      email?: string;
      accounts?: { name: string; id: string }[];
    };
    if (login?.loggedIn !== true) {
      if (login?.loggedIn !== false) throw failureOf("Login", run);
      throw new StepFailure("Login", "You are not logged in to Cloudflare.", LOG_IN);
    }
    const { email = "with a token", accounts = [] } = login;
    const chosen = this.#around.env["CLOUDFLARE_ACCOUNT_ID"];
    const account = accounts.length === 1 ? accounts[0] : accounts.find(({ id }) => id === chosen);
    return account === undefined ? email : `${email}, account ${account.name}`;
  }

  async readBucket(): Promise<Bucket> {
    const run = await this.#try(["r2", "bucket", "lifecycle", "list", ...this.#bucket]);
    if (run.code === 0) return { exists: true, rule: inputsRuleIn(run.stdout) };
    if (/\[code: 10006\]|bucket does not exist/i.test(run.stderr)) return { exists: false };
    throw failureOf("R2 bucket", run);
  }

  async makeBucket(): Promise<void> {
    const run = await this.#try(["r2", "bucket", "create", ...this.#bucket]);
    // Code 10004: the bucket exists, because the answer to an earlier request was lost.
    if (run.code !== 0 && !/\[code: 10004\]/.test(run.stderr)) throw failureOf("R2 bucket", run);
  }

  async addRule(): Promise<void> {
    const [name = "", ...options] = this.#bucket;
    const rule = ["inputs", INPUTS_PREFIX, "--expire-days", String(INPUTS_EXPIRE_DAYS)];
    await this.#run("Lifecycle rule", ["r2", "bucket", "lifecycle", "add", name, ...rule, ...options]);
  }

  /** @returns the names of the Worker's secrets; null if there is no Worker yet. */
  async readSecrets(): Promise<ReadonlySet<string> | null> {
    const run = await this.#try(["secret", "list", "--format", "json"]);
    if (run.code !== 0 && /Worker ".*" not found|\[code: (10007|10090)\]/.test(run.stderr)) return null;
    const secrets = run.code === 0 ? jsonOf(run.stdout) : null;
    if (!Array.isArray(secrets)) throw failureOf("Secrets", run);
    return new Set(secrets.map((secret: { name: string }) => secret.name));
  }

  /**
   * Sets secrets of a deployed Worker, all in one request. They go to wrangler's standard input, so that no argument
   * and no file contains them.
   */
  async putSecrets(secrets: Readonly<Record<string, string>>): Promise<void> {
    await this.#run("Secrets", ["secret", "bulk"], JSON.stringify(secrets));
  }

  /**
   * Builds and deploys the Worker. Fails rather than overwrite settings that were changed in Cloudflare's dashboard.
   *
   * @returns the targets that wrangler reports, such as `https://reelhook.acme.workers.dev`.
   */
  async deploy(): Promise<readonly string[]> {
    const { events } = await this.#run("Deploy", ["deploy", "--strict"]);
    const deployed = events.find((event) => "type" in event && event.type === "deploy");
    const targets = deployed !== undefined && "targets" in deployed ? deployed.targets : null;
    return Array.isArray(targets) ? targets.filter((target) => typeof target === "string") : [];
  }

  /** Builds the Worker as for a deployment. */
  async build(): Promise<void> {
    await this.#run("Deploy", ["deploy", "--dry-run"]);
  }

  get #bucket(): readonly string[] {
    const { name, jurisdiction } = this.#settings.bucket;
    return [name, ...(jurisdiction === null ? [] : ["--jurisdiction", jurisdiction])];
  }

  #try(args: readonly string[], input?: string): Promise<WranglerRun> {
    return this.#around.runWrangler([...args, ...this.#options], input);
  }

  async #run(step: string, args: readonly string[], input?: string): Promise<WranglerRun> {
    const run = await this.#try(args, input);
    if (run.code !== 0) throw failureOf(step, run);
    return run;
  }
}

function failureOf(step: string, run: WranglerRun): StepFailure {
  const message = messageOf(run);
  return new StepFailure(step, message, adviceFor(message));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param list wrangler's list: one block of `name: value` lines for each rule. @returns the rule in words. */
function inputsRuleIn(list: string): string | null {
  for (const block of list.split(/\n\s*\n/)) {
    const fields = new Map(
      block.split("\n").map((line) => [/^\w+/.exec(line)?.[0], line.replace(/^\w+:\s*/, "").trim()]),
    );
    const action = fields.get("action") ?? "";
    if (fields.get("prefix") !== INPUTS_PREFIX || !/^Expire objects|, Expire objects/.test(action)) continue;
    return `${INPUTS_PREFIX} (${action}${fields.get("enabled") === "No" ? "; disabled" : ""})`;
  }
  return null;
}
