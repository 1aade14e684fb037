// `reelhook listen`: sends the callbacks of a deployment to a receiver on this machine.

import { Reelhook } from "../reelhook.ts";
import { CommandError } from "./command-error.ts";
import { COMMAND } from "./command-name.ts";
import { deploymentFailure } from "./deployment-failures.ts";
import { apiKeyIn, deploymentUrl } from "./deployment-options.ts";
import { EXIT } from "./exit-codes.ts";
import { readDeployment } from "./listen/deployment.ts";
import { forwardUrl, wantedEvents } from "./listen/options.ts";
import { relay } from "./listen/relay.ts";
import { Screen } from "./listen/screen.ts";
import { openTerminal, type Terminal } from "./listen/terminal.ts";
import { printable } from "./printable.ts";

export interface ListenOptions {
  readonly url: string;
  /** Default: the one in the environment. */
  readonly apiKey?: string;
  readonly forward?: string;
  readonly events?: string;
  readonly printSecret?: true;
}

/** Printed after the options. */
export const LISTEN_HELP = `
Sends every event of the API key's account and mode, even if no webhook
subscribes to it: the same bytes as a webhook gets, with a v1 signature by the
account's secret. Callbacks of the deployment also have a v1a signature, which
only the deployment can make. Nothing is sent again on its own: press r to send
the last event again, with the same webhook-id.

Examples:
  $ ${COMMAND} listen --forward http://localhost:3000/hook
  $ ${COMMAND} listen --forward 3000 --events generation.completed,generation.failed
  $ export WEBHOOK_SECRET=$(${COMMAND} listen --print-secret)`;

/** @returns the exit code. */
export async function listen(options: ListenOptions): Promise<number> {
  const terminal = openTerminal();
  try {
    await run(options, terminal);
    return EXIT.ok;
  } catch (error) {
    if (terminal.ended.aborted) return EXIT.ok;
    const failure = error instanceof CommandError ? error : failureOf(error, options.url);
    terminal.writeError(`error: ${failure.message}\n`);
    return failure.exitCode;
  } finally {
    terminal.close();
  }
}

async function run(options: ListenOptions, terminal: Terminal): Promise<void> {
  const url = deploymentUrl(options.url);
  const apiKey = apiKeyIn(options.apiKey, process.env);
  const events = wantedEvents(options.events);
  const forward = options.printSecret ? null : forwardUrl(options.forward);
  const reelhook = new Reelhook({ baseUrl: url, apiKey, maxRetries: 0 });
  const { account, mode, secret } = await readDeployment(reelhook, url, terminal.ended);
  if (forward === null) return terminal.write(`${secret}\n`);
  const now = Date.now;
  const screen = new Screen({ write: terminal.write, hasColors: terminal.hasColors, now });
  const onReady = (again: () => void) => {
    screen.print(`Listening for events of ${printable(account)} (${mode} mode) at ${url}`);
    screen.print(`Forwarding to ${forward.href}`);
    screen.print(
      `Signed with the account's secret. To print it for WEBHOOK_SECRET, run: ${COMMAND} listen --print-secret`,
    );
    // Before the hint below, so that a key that is pressed at once is read and not shown.
    terminal.onKey((key) => {
      if (key === "r") again();
    });
    if (terminal.hasKeys) screen.print("Press r to send the last event again, Ctrl-C to stop.");
  };
  await relay({ reelhook, url, secret, forward, events, screen, fetch, now, onReady }, terminal.ended);
}

/** @throws an unexpected error unchanged. */
function failureOf(error: unknown, url: string): CommandError {
  const failure = deploymentFailure(error, url);
  if (failure === null) throw error;
  return new CommandError(failure, EXIT.unavailable);
}
