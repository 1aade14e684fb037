// Stands in for wrangler: does to a Cloudflare account what its commands do, and prints what they print.

import type { WranglerRun } from "../../../scripts/deploy/surroundings.ts";
import type { CloudflareAccount } from "./account.ts";

/** How a command fails: before or after it has done its work. */
export interface CommandFailure {
  /** The command's first words, such as `secret bulk`. */
  readonly command: string;
  readonly when: "before" | "after";
  readonly stderr: string;
  /** Whether the process that runs the command is killed there. */
  readonly isDeadly?: boolean;
}

export class ScriptedWrangler {
  /** Every command with its arguments. */
  readonly commands: string[] = [];
  /** What the commands got on standard input. */
  readonly inputs: string[] = [];
  failure: CommandFailure | null = null;
  isLoggedIn = true;
  targets: readonly string[] = ["https://reelhook.ada.workers.dev"];
  readonly #account: CloudflareAccount;

  constructor(account: CloudflareAccount) {
    this.#account = account;
  }

  readonly run = async (args: readonly string[], input = ""): Promise<WranglerRun> => {
    const command = args.join(" ");
    this.commands.push(command);
    if (input !== "") this.inputs.push(input);
    const { failure } = this;
    const isFailing = failure !== null && command.startsWith(failure.command);
    if (isFailing) this.failure = null;
    const failed = { code: 1, stdout: "", stderr: `✘ [ERROR] ${failure?.stderr}\n`, events: [] };
    const isFatal = isFailing && failure.isDeadly === true;
    if (isFailing && failure.when === "before") {
      if (isFatal) throw new Error("killed");
      return failed;
    }
    const run = this.#perform(args, input);
    if (isFatal) throw new Error("killed");
    return isFailing ? failed : run;
  };

  #perform(args: readonly string[], input: string): WranglerRun {
    const account = this.#account;
    const command = args.join(" ");
    const [bucket = ""] = args.filter((arg) => account.buckets.has(arg));
    if (command.startsWith("whoami")) {
      const accounts = [{ id: "0123", name: "Ada" }];
      return done(
        JSON.stringify({ loggedIn: this.isLoggedIn, email: "ada@example.com", accounts }),
        this.isLoggedIn ? 0 : 1,
      );
    }
    if (command.startsWith("r2 bucket lifecycle list")) {
      if (bucket === "") return error("The specified bucket does not exist. [code: 10006]");
      const rules = (account.buckets.get(bucket) ?? []).map(({ id, conditions, deleteObjectsTransition: expiry }) => {
        const days = (expiry?.condition.maxAge ?? 0) / 86_400;
        const action =
          expiry === undefined
            ? "Abort incomplete multipart uploads after 7 days"
            : `Expire objects after ${days} days`;
        return `name:     ${id}\nenabled:  Yes\nprefix:   ${conditions.prefix || "(all prefixes)"}\naction:   ${action}`;
      });
      return done(`Listing lifecycle rules for bucket '${bucket}'...\n${rules.join("\n\n")}\n`);
    }
    if (command.startsWith("r2 bucket create")) {
      account.makeBucket(args[3] ?? "");
      return done("");
    }
    if (command.startsWith("r2 bucket lifecycle add")) {
      const [, , , , , id = "", prefix = ""] = args;
      const condition = { type: "Age", maxAge: Number(args[args.indexOf("--expire-days") + 1]) * 86_400 };
      account.buckets
        .get(bucket)
        ?.push({ id, enabled: true, conditions: { prefix }, deleteObjectsTransition: { condition } });
      return done("");
    }
    if (command.startsWith("secret list")) {
      if (account.deployments === 0) return error('Worker "reelhook" not found.');
      return done(JSON.stringify([...account.secrets.keys()].map((name) => ({ name, type: "secret_text" }))));
    }
    if (command.startsWith("secret bulk")) {
      for (const [name, value] of Object.entries<string>(JSON.parse(input))) account.setSecret(name, value);
      return done("");
    }
    if (command.startsWith("deploy --dry-run")) return done("");
    if (command.startsWith("deploy")) {
      account.deploy();
      return { ...done(""), events: [{ type: "wrangler-session" }, { type: "deploy", targets: this.targets }] };
    }
    return error(`Unknown command: ${command}`);
  }
}

function done(stdout: string, code = 0): WranglerRun {
  return { code, stdout, stderr: "", events: [] };
}

function error(message: string): WranglerRun {
  return { code: 1, stdout: "", stderr: `✘ [ERROR] ${message}\n`, events: [] };
}
