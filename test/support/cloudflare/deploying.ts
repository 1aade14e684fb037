// Runs `npm run deploy` in this process, against stand-ins for wrangler, the account and the deployed Worker.

import { MadeKeys } from "../../../scripts/deploy/made-keys.ts";
import { run } from "../../../scripts/deploy/run.ts";
import type { Settings } from "../../../scripts/deploy/surroundings.ts";
import { CloudflareAccount } from "./account.ts";
import { DeployedWorker } from "./deployed-worker.ts";
import { ScriptedWrangler } from "./scripted-wrangler.ts";

const SETTINGS: Settings = {
  bucket: { name: "reelhook-videos", jurisdiction: null },
  publicUrl: null,
};

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export class Deploying {
  readonly account = new CloudflareAccount();
  readonly wrangler = new ScriptedWrangler(this.account);
  readonly worker = new DeployedWorker(this.account);
  settings = SETTINGS;
  /** Reaches the deployed Worker. */
  fetch: typeof fetch = this.worker.fetch;
  /** What is typed at each question; null: there is no terminal. */
  typed: string[] | null = null;
  /** Every question and every line of progress. */
  readonly shown: string[] = [];
  /** Called with each text for standard output. */
  onPrint: (text: string) => void = () => {};
  /** Called at each question. */
  onQuestion: () => void = () => {};
  /** Called at each wait. */
  onSleep: () => void = () => {};
  #now = Date.UTC(2026, 10, 27, 12);

  async run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Run> {
    const [out, error]: [string[], string[]] = [[], []];
    const code = await run(
      args,
      {
        env,
        isTerminal: this.typed !== null,
        runWrangler: this.wrangler.run,
        runWranglerOpenly: async (options) => (await this.wrangler.run(options)).code,
        readSettings: async () => this.settings,
        fetch: (...asked) => this.fetch(...asked),
        now: () => this.#now,
        sleep: async (ms) => {
          this.#now += ms;
          this.onSleep();
        },
        askHidden: async (question) => {
          this.shown.push(question);
          this.onQuestion();
          return this.typed?.shift() ?? "";
        },
        print: (text) => {
          out.push(text);
          this.onPrint(text);
        },
        printError: (text) => error.push(text),
        showProgress: (text) => this.shown.push(text),
      },
      new MadeKeys(),
    );
    return { code, out: out.join("\n"), error: error.join("\n") };
  }
}
