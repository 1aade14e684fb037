// What a million generations cost, from the operations that test/worker/cost.test.ts counts and the published prices.
// `npm run cost` writes docs/cost.md; a test holds that the page is what this makes.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import counts from "./counts.json" with { type: "json" };

const MILLION = 1_000_000;

/** Dollars, of the paid plan beyond what it includes; as published in November 2026. */
const PRICES = {
  workerRequests: 0.3 / MILLION,
  workerCpuMs: 0.02 / MILLION,
  objectRequests: 0.15 / MILLION,
  objectGigabyteSeconds: 12.5 / MILLION,
  rowsWritten: 1 / MILLION,
  rowsRead: 0.001 / MILLION,
  r2ClassA: 4.5 / MILLION,
  r2GigabyteMonth: 0.015,
  logLines: 0.6 / MILLION,
  workflowSteps: 8 / MILLION,
};

/** What is not counted but assumed. */
const ASSUMED = {
  /** An object is billed for 128 MB while it waits for somebody's answer. */
  objectGigabytes: 0.128,
  submitSeconds: 1.5,
  pollSeconds: 0.4,
  copySeconds: 3,
  webhookSeconds: 0.3,
  workerCpuMs: 5,
  /** In one piece: what does not fit into 8 MiB is a multipart upload, and is read once for its facts. */
  videoMegabytes: 7,
  /** Its steps: submit, copy, webhook, two reports, and a sleep and a request for each poll. */
  workflowSteps: 5 + 2 * counts.polls,
  serverDollarsAMonth: 12,
};

interface Item {
  readonly name: string;
  readonly count: number;
  readonly price: number;
}

const awakeSeconds =
  ASSUMED.submitSeconds + counts.polls * ASSUMED.pollSeconds + ASSUMED.copySeconds + ASSUMED.webhookSeconds;

const OBJECT_ITEMS: readonly Item[] = [
  { name: "rows written", count: counts.rows_written, price: PRICES.rowsWritten },
  { name: "rows read by SQL", count: counts.rows_read, price: PRICES.rowsRead },
  {
    name: "requests of Durable Objects: calls and alarms",
    count: counts.object_requests,
    price: PRICES.objectRequests,
  },
  {
    name: `GB-s of Durable Objects: awake ${awakeSeconds.toFixed(1)} s`,
    count: awakeSeconds * ASSUMED.objectGigabytes,
    price: PRICES.objectGigabyteSeconds,
  },
];

const COMMON_ITEMS: readonly Item[] = [
  { name: "request of the Worker", count: 1, price: PRICES.workerRequests },
  { name: "CPU ms of the Worker", count: ASSUMED.workerCpuMs, price: PRICES.workerCpuMs },
  { name: "R2 operations that write", count: counts.r2.put, price: PRICES.r2ClassA },
];

const LOG_ITEM: Item = { name: "log lines", count: counts.log_lines, price: PRICES.logLines };

const WORKFLOW_ITEMS: readonly Item[] = [
  { name: "steps, sleeps included", count: ASSUMED.workflowSteps, price: PRICES.workflowSteps },
];

const dollars = (amount: number) => `$${amount.toFixed(2)}`;
const ofAMillion = ({ count, price }: Item) => count * price * MILLION;
const sum = (items: readonly Item[]) => items.reduce((total, item) => total + ofAMillion(item), 0);
const number = (count: number) => (Number.isInteger(count) ? String(count) : count.toFixed(2));

function table(items: readonly Item[]): string {
  const rows = items.map((item) => `| ${item.name} | ${number(item.count)} | ${dollars(ofAMillion(item))} |`);
  return ["| item | for one generation | for a million |", "|---|---:|---:|", ...rows].join("\n");
}

export function costPage(): string {
  const own = [...OBJECT_ITEMS, ...COMMON_ITEMS, LOG_ITEM];
  const workflow = [...WORKFLOW_ITEMS, ...COMMON_ITEMS];
  const storage = (ASSUMED.videoMegabytes / 1000) * MILLION * PRICES.r2GigabyteMonth;
  const breakEven = Math.round((ASSUMED.serverDollarsAMonth / sum(own)) * MILLION);
  return `<!-- Made by \`npm run cost\`. -->

# What it costs

A generation of 3.5 minutes: ${counts.polls} polls, a video of ${ASSUMED.videoMegabytes} MB, one webhook. The operations are counted by
\`test/worker/cost.test.ts\`, on the real runtime and in all objects together, and a change that needs more of them fails
there. Prices are those of Cloudflare's paid plan, beyond what it includes, as published in November 2026. The provider's own
price comes on top, and dwarfs all of this.

${table(own)}
| **together** | | **${dollars(sum(own))}** |

Keeping the videos: ${dollars(storage)} a month for a million of them; traffic out of R2 is free.

Without the log (\`[observability]\` in \`wrangler.toml\`) it is ${dollars(sum(own) - ofAMillion(LOG_ITEM))}.

## The same as a Workflow

${table(workflow)}
| **together** | | **${dollars(sum(workflow))}** |

Its steps alone are ${(sum(WORKFLOW_ITEMS) / sum(OBJECT_ITEMS)).toFixed(1)} times what the Durable Objects cost: a sleep and a request for each poll.

## A small server

A server with 2 GB at ${dollars(ASSUMED.serverDollarsAMonth)} a month costs that while it idles, and needs somebody who looks after it. Reelhook costs
nothing while nothing runs, and reaches that sum at about ${breakEven.toLocaleString("en-US")} generations a month, before what the paid plan
includes.

## What is assumed, not counted

The provider answers a submission in ${ASSUMED.submitSeconds} s and a poll in ${ASSUMED.pollSeconds} s, a copy takes ${ASSUMED.copySeconds} s, a webhook ${ASSUMED.webhookSeconds} s; an object is billed for
128 MB while it waits for them, and sleeps in between. Rows that the
key-value storage reads are not counted: a write costs as much as a thousand of them. The Worker takes ${ASSUMED.workerCpuMs} ms of CPU. A Workflow takes a step for each sleep
and each request.
`;
}

if (import.meta.main) await writeFile(join(import.meta.dirname, "../docs/cost.md"), costPage());
