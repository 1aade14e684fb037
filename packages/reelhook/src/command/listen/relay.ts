// Forwards the events of a deployment until the command ends.

import type { ReelhookError } from "../../errors.ts";
import type { Reelhook } from "../../reelhook.ts";
import { CommandError } from "../command-error.ts";
import { COMMAND } from "../command-name.ts";
import { EXIT } from "../exit-codes.ts";
import { answerText, isDelivered } from "./answer-text.ts";
import { readSecret } from "./deployment.ts";
import { send } from "./forward.ts";
import { Forwarder } from "./forwarder.ts";
import type { Screen } from "./screen.ts";
import { Secrets } from "./secrets.ts";
import { headersOf } from "./signing.ts";
import { callbackIn } from "./stream.ts";

export interface Relay {
  readonly reelhook: Reelhook;
  /** Of the deployment. */
  readonly url: string;
  readonly secret: string;
  readonly forward: URL;
  /** Types of the events to forward. */
  readonly events: ReadonlySet<string>;
  readonly screen: Screen;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Called when the stream is open for the first time. @param again sends the last event again. */
  readonly onReady: (again: () => void) => void;
}

/** @throws ReelhookError if the deployment refuses the stream, or if it cannot be opened for the first time. */
export async function relay(
  { reelhook, url, secret, forward, events, screen, fetch, now, onReady }: Relay,
  ended: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([ended, stop.signal]);
  const secrets = new Secrets(secret, {
    read: () => readSecret(reelhook, signal),
    now,
    onRotated: () =>
      screen.notice(
        `The secret was rotated. For 24 hours, the old one signs, too. To print the new one, run: ${COMMAND} listen --print-secret`,
      ),
  });
  const forwarder = new Forwarder({
    async send(callback, attempt) {
      const headers = headersOf(callback, { secrets: await secrets.current(), at: now(), attempt });
      return send({ url: forward, headers, body: callback.body }, { fetch, signal });
    },
    onAnswer(callback, answer, attempt) {
      const note = attempt === 1 ? "" : ` (sent again, attempt ${attempt})`;
      screen.event(callback, answerText(answer, forward) + note, isDelivered(answer) ? "green" : "red");
    },
    onDropped: (callback) => screen.event(callback, "not sent: too many events wait for the receiver", "red"),
    onError: (cause) => stop.abort(cause),
  });
  const again = () => {
    if (!forwarder.again()) screen.notice("There is no event to send again yet.");
  };

  let connection: "opening" | "open" | "lost" = "opening";
  const onLost = (error: ReelhookError) => {
    if (connection === "opening") throw error;
    if (connection === "open") screen.notice("Connection lost. Trying again …");
    connection = "lost";
  };
  try {
    for await (const event of reelhook.events({ bodies: true, signal, onLost })) {
      if (event.type === "open" || event.type === "reset") {
        if (connection === "opening") onReady(again);
        else screen.notice(event.type === "open" ? "Connected again. No event was missed." : missed(url));
        // The deployment may have been away for long, or for an upgrade.
        if (connection !== "opening") secrets.expire();
        connection = "open";
        continue;
      }
      const callback = callbackIn(event);
      if (callback === "outdated") throw new CommandError(outdated(url), EXIT.unavailable);
      // Not awaited: the deployment drops a listener that does not read for a minute.
      if (callback !== null && events.has(callback.type)) forwarder.add(callback);
    }
  } finally {
    // Otherwise, an attempt in progress would keep the process alive.
    stop.abort();
  }
}

function missed(url: string): string {
  return `Connected again. Events may be missing: see the generations at ${url} or with GET /v1/generations.`;
}

function outdated(url: string): string {
  return `The deployment at ${url} is too old for this command: it does not send the bodies of callbacks. Upgrade it.`;
}
