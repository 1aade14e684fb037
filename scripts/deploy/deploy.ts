// The steps of `npm run deploy`. A step whose work is already done changes nothing, so the command can be repeated.

import { addressIn } from "./address.ts";
import { type Bucket, Cloudflare, RULE_TEXT } from "./cloudflare.ts";
import { StepFailure } from "./failure.ts";
import { makeFirstKeys } from "./first-keys.ts";
import { type Health, waitForHealth } from "./health.ts";
import type { MadeKeys } from "./made-keys.ts";
import { nextStepText } from "./next-step.ts";
import type { Options } from "./options.ts";
import { Report } from "./report.ts";
import { givenAdminKey, planSecrets, type SecretsPlan } from "./secrets.ts";
import type { Settings, Surroundings } from "./surroundings.ts";

const NO_PROVIDER_KEY = "none, so only test mode works. Set it later: `npx wrangler secret put AIMLAPI_KEY`";

const QUESTION = "AI/ML API key (https://aimlapi.com/app/keys; not shown; press Enter to skip): ";

const ADMIN_KEY_QUESTION =
  "ADMIN_KEY, to make the first API keys (not shown; press Enter to replace it if it is lost): ";

const SET_MEANWHILE = "set by somebody else during this run, which has left it alone.";

export class Deployment {
  readonly #options: Options;
  readonly #around: Surroundings;
  readonly #made: MadeKeys;
  readonly #report: Report;
  /** Whether the output is kept in a log, which must not contain a key. */
  readonly #isLogged: boolean;

  /** @param made gets the keys that are made. */
  constructor(options: Options, around: Surroundings, made: MadeKeys) {
    this.#options = options;
    this.#around = around;
    this.#made = made;
    this.#report = new Report(around);
    this.#isLogged = isCi(around.env);
  }

  /** @throws StepFailure */
  async run(): Promise<void> {
    const report = this.#report;
    const givenKey = givenAdminKey(this.#around.env);
    const settings = await this.#readSettings();
    const cloudflare = new Cloudflare(this.#around, settings, this.#options.config);
    if (this.#options.isDryRun) report.text("Dry run: nothing is changed.\n");

    report.begins("Login", "checking");
    report.done("Login", await cloudflare.readLogin());

    report.begins("R2 bucket", "looking");
    // Both only read. If reading the secrets fails, that is reported after the steps before it.
    const [bucket, secrets] = await Promise.allSettled([cloudflare.readBucket(), cloudflare.readSecrets()]);
    await this.#ensureBucket(settled(bucket), settings.bucket.name, cloudflare);

    const present = settled(secrets) ?? new Set<string>();
    const aimlapiKey = await this.#providerKey(present);
    const plan = planSecrets({
      ...{ present, aimlapiKey, adminKey: givenKey, isLogged: this.#isLogged },
      replacesAdminKey: this.#options.replacesAdminKey,
    });
    if (this.#options.isDryRun) return this.#endDryRun(plan, cloudflare);

    report.begins("Deploy", "building and uploading");
    const targets = await cloudflare.deploy();
    const url = this.#options.url ?? settings.publicUrl ?? addressIn(targets);
    if (url === null) throw new StepFailure("Deploy", "The Worker is deployed, but has no address.", NO_ADDRESS);
    report.done("Deploy", url);

    // Secrets are set after the deployment, because wrangler would create an empty Worker for them otherwise.
    await this.#putSecrets(plan, present, cloudflare);
    const health = await this.#waitForHealth(url, plan);
    await this.#ensureKeys(url, plan, health, { present, cloudflare });

    const keys = this.#made.show();
    if (keys !== null) report.text(`\n${keys}`);
    report.text(`\n${nextStepText(url, this.#made)}`);
  }

  async #readSettings(): Promise<Settings> {
    try {
      return await this.#around.readSettings(this.#options.config);
    } catch (cause) {
      throw new StepFailure(
        "Configuration",
        `The configuration cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      );
    }
  }

  async #ensureBucket(bucket: Bucket, name: string, cloudflare: Cloudflare): Promise<void> {
    const report = this.#report;
    if (bucket.exists) report.done("R2 bucket", name);
    else if (this.#options.isDryRun) report.open("R2 bucket", `would make ${name}`);
    else {
      report.begins("R2 bucket", `making ${name}`);
      await cloudflare.makeBucket();
      report.done("R2 bucket", `${name}, made now`);
    }
    if (bucket.exists && bucket.rule !== null) report.done("Lifecycle rule", bucket.rule);
    else if (this.#options.isDryRun) report.open("Lifecycle rule", `would add ${RULE_TEXT}`);
    else {
      report.begins("Lifecycle rule", "adding");
      await cloudflare.addRule();
      report.done("Lifecycle rule", `${RULE_TEXT}, added now`);
    }
  }

  /** @returns the provider's key to set; null if it is set already, or if there is none. */
  async #providerKey(present: ReadonlySet<string>): Promise<string | null> {
    const report = this.#report;
    if (present.has("AIMLAPI_KEY")) {
      report.done("Provider key", "AIMLAPI_KEY is set");
      return null;
    }
    const fromEnvironment = (this.#around.env["AIMLAPI_KEY"] ?? "").trim();
    const canAsk = this.#around.isTerminal && !this.#options.isDryRun;
    const key = fromEnvironment !== "" || !canAsk ? fromEnvironment : (await this.#around.askHidden(QUESTION)).trim();
    if (/\s/.test(key)) throw new StepFailure("Provider key", "An AI/ML API key has no whitespace.");
    if (key !== "")
      report.done("Provider key", fromEnvironment === "" ? "given" : "taken from AIMLAPI_KEY in the environment");
    else if (this.#options.isDryRun && this.#around.isTerminal) report.open("Provider key", "would ask for it");
    else report.open("Provider key", NO_PROVIDER_KEY);
    return key === "" ? null : key;
  }

  async #putSecrets(plan: SecretsPlan, present: ReadonlySet<string>, cloudflare: Cloudflare): Promise<void> {
    const names = Object.keys(plan.put);
    if (names.length > 0) {
      this.#report.begins("Secrets", `setting ${names.join(", ")}`);
      // The question or the build may have taken minutes.
      const now = (await cloudflare.readSecrets()) ?? new Set<string>();
      const setMeanwhile = names.filter((name) => now.has(name) && !present.has(name));
      if (setMeanwhile.length > 0) throw new StepFailure("Secrets", `${setMeanwhile.join(", ")}: ${SET_MEANWHILE}`);
      // Before the request, because it may succeed even though its answer is lost.
      if (plan.made.has("ADMIN_KEY")) this.#made.adminKey = plan.adminKey;
      await cloudflare.putSecrets(plan.put).catch(async (cause) => {
        const left = await cloudflare.readSecrets().catch(() => null);
        if (left?.has("ADMIN_KEY") === false) this.#made.adminKey = null;
        throw cause;
      });
    }
    this.#report.done("Secrets", names.length === 0 ? [...present].sort().join(", ") : `set now: ${namesIn(plan)}`);
  }

  async #waitForHealth(url: string, { put }: SecretsPlan): Promise<Health> {
    this.#report.begins("Health", `waiting for ${url}/healthz`);
    const justSet = new Set(Object.keys(put));
    // Without ADMIN_KEY, the Worker says that API_KEYS is missing.
    if (justSet.has("ADMIN_KEY")) justSet.add("API_KEYS");
    const health = await waitForHealth({ url, justSet }, this.#around);
    this.#report.done("Health", `${url}/healthz answers 200, version ${health.version}`);
    return health;
  }

  async #ensureKeys(
    url: string,
    { put, adminKey: knownKey }: SecretsPlan,
    health: Health,
    { present, cloudflare }: { readonly present: ReadonlySet<string>; readonly cloudflare: Cloudflare },
  ): Promise<void> {
    const report = this.#report;
    if (present.has("API_KEYS")) return report.done("API keys", "in the secret API_KEYS");
    if (knownKey === null && !health.hasNoKeys) return report.done("API keys", "exist; `npm run key` makes more");
    if (this.#isLogged)
      return report.open("API keys", "none made, because the output of CI is kept; `npm run key` makes them");
    let adminKey = knownKey;
    if (adminKey === null) {
      // Set by an earlier run, which may have been killed before it showed it, or by the user.
      if (this.#around.isTerminal) adminKey = (await this.#around.askHidden(ADMIN_KEY_QUESTION)).trim();
      // No API key was made with it yet.
      if (adminKey === null || adminKey === "") adminKey = await this.#replaceAdminKey(present, cloudflare);
    }
    report.begins("API keys", "looking");
    const { account } = this.#options;
    const isLive = present.has("AIMLAPI_KEY") || "AIMLAPI_KEY" in put;
    const modes = isLive ? (["test", "live"] as const) : (["test"] as const);
    const isAdminKeyNew = this.#made.adminKey !== null || "ADMIN_KEY" in put;
    const administration = { url, adminKey: adminKey ?? "", fetch: this.#around.fetch };
    if (!(await makeFirstKeys(administration, { account, modes, isAdminKeyNew }, this.#made, this.#around))) {
      return report.done("API keys", "exist; `npm run key` makes more");
    }
    report.done("API keys", `made now for account ${account}: ${modes.join(" and ")} mode`);
  }

  async #replaceAdminKey(present: ReadonlySet<string>, cloudflare: Cloudflare): Promise<string> {
    const { put, adminKey } = planSecrets({
      ...{ present, aimlapiKey: null, adminKey: null, isLogged: false },
      replacesAdminKey: true,
    });
    this.#made.adminKey = adminKey;
    await cloudflare.putSecrets(put);
    this.#report.done("Secrets", "ADMIN_KEY replaced, because it is not known here and has made no API key yet");
    return adminKey ?? "";
  }

  async #endDryRun(plan: SecretsPlan, cloudflare: Cloudflare): Promise<void> {
    const report = this.#report;
    report.begins("Deploy", "building");
    await cloudflare.build();
    report.open("Deploy", "would deploy; the Worker builds without errors");
    const names = Object.keys(plan.put);
    if (names.length === 0) report.done("Secrets", "all are set");
    else report.open("Secrets", `would set ${namesIn(plan)}`);
    report.open("Health", "would wait until /healthz answers 200");
    report.open("API keys", "would make one if there is none");
  }
}

/** Most services set CI. Of the others, Jenkins and TeamCity set a build number, Azure Pipelines TF_BUILD. */
function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  const { CI = "", BUILD_ID = "", BUILD_NUMBER = "", TF_BUILD = "" } = env;
  return !/^(0|false)?$/i.test(CI) || BUILD_ID + BUILD_NUMBER + TF_BUILD !== "";
}

const NO_ADDRESS =
  "Set workers_dev or a route in wrangler.toml (https://developers.cloudflare.com/workers/configuration/routing/), or name the address with --url.";

function namesIn({ put, made }: SecretsPlan): string {
  return Object.keys(put)
    .map((name) => (made.has(name) ? `${name} (new)` : name))
    .join(", ");
}

function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
