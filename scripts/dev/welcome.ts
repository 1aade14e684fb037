// What `npm run dev` prints when the Worker is ready.

import type { DevLog } from "./log.ts";

export interface Ready {
  readonly url: string;
  readonly testKey: string;
  readonly webhookSecret: string;
  /** Null if there is no inbox. */
  readonly inbox: string | null;
}

export function welcome(log: DevLog, { url, testKey, webhookSecret, inbox }: Ready): void {
  const label = (text: string) => log.paint("bold", text.padEnd(10));
  const next =
    inbox === null
      ? "open the dashboard, and generate a video in its playground."
      : "open the dashboard, and generate a video in its playground. Its callback arrives in the inbox.";
  const lines = [
    `${log.paint(["bold", "green"], "Reelhook is ready.")} Test mode is free and works offline.`,
    "",
    `${label("Dashboard")} ${log.paint("cyan", `${url}/#key=${testKey}`)}`,
    ...(inbox === null
      ? []
      : [`${label("Inbox")} ${log.paint("cyan", inbox)} ${log.paint("dim", "(a webhook URL for trying things out)")}`]),
    "",
    `export REELHOOK_KEY=${testKey}`,
    `export WEBHOOK_SECRET=${webhookSecret}`,
    "",
    `${label("Next")} ${next}`,
  ];
  log.print(`\n${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`);
}
