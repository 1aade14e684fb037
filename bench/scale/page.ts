// `npm run scale` writes docs/scale.md. The page combines arithmetic from the counted operations and the platform's documented
// limits with small seeded simulations that use the core's own waits. A test checks that the page is up to date.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../src/config.ts";
import counts from "../counts.json" with { type: "json" };
import { percentile } from "../harness/stats.ts";
import { simulateAccount } from "./account.ts";
import { simulateHost } from "./host.ts";
import { type Key, simulateKey } from "./key.ts";

const { timeoutMs, retryDelaysMs, pollIntervalMs, deliveriesPerSecond } = parseConfig({});
const INTERVAL = pollIntervalMs / 1000;
const LIFE = INTERVAL * counts.polls;
/** Ends halfway between two polls. */
const JOB = LIFE - INTERVAL / 2;
const RATES = [10, 1_000, 100_000];

/** Four reports, and one request for signing instructions. */
const ACCOUNT_CALLS = 5;

/** Approximate requests per second of one object, from the limits page of Durable Objects. */
const OBJECT_CALLS = 1_000;

/** Half of the capacity of an object, which leaves room for bursts and lists. */
const CALLS_A_SHARD = OBJECT_CALLS / 2;

const VIDEO_MB = 7;
const COPY_SECONDS = 3;
/** A copy of that video takes as much memory as the video has bytes, and an isolate lends 40 MiB (src/videos/memory.ts). */
const COPIES_AN_ISOLATE = 5;

/** Generations that end together, and the calls per second that their host can handle. */
const BATCH = 10_000;
const HOST_CALLS = 10;

const number = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
const percent = (part: number) => `${(100 * part).toFixed(part > 0 && part < 0.01 ? 2 : 0)}%`;
const seconds = (values: readonly number[], part: number) =>
  values.length === 0 ? "never" : `${number(percentile([...values], part))} s`;

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), `|---|${"---:|".repeat(columns.length - 1)}`, ...rows.map(line)].join("\n");
}

function loads(): string {
  const row = (name: string, of: (rate: number) => number) => [name, ...RATES.map((rate) => number(of(rate)))];
  return table(
    ["per second", ...RATES.map((rate) => `${number(rate)} starts`)],
    [
      row(`generations in flight, for ${LIFE} s each`, (rate) => rate * LIFE),
      row("requests to the provider: submissions and polls", (rate) => rate * (1 + counts.polls)),
      row("alarms of the generations' objects", (rate) => rate * counts.polls),
      row("calls to the accounts' objects, in total", (rate) => rate * ACCOUNT_CALLS),
      row("rows written", (rate) => rate * counts.rows_written),
      row("callbacks, with one webhook each", (rate) => rate),
      row(`concurrent copies into R2, of ${COPY_SECONDS} s each`, (rate) => rate * COPY_SECONDS),
      row(`GB per second into R2, with ${VIDEO_MB} MB per video`, (rate) => (rate * VIDEO_MB) / 1000),
      row("isolates needed for these copies", (rate) => Math.ceil((rate * COPY_SECONDS) / COPIES_AN_ISOLATE)),
    ],
  );
}

function accounts(): string {
  const changes = [0, 1.5, LIFE, LIFE + COPY_SECONDS];
  // Load and capacity are scaled down together, by up to 1,000: the result is the same, and the simulation much faster.
  const shrunk = (rate: number) => (rate > 1_000 ? 1_000 : rate > 100 ? 10 : 1);
  const row = (rate: number, shards: number) => {
    const by = shrunk(rate / shards);
    const { known, refused } = simulateAccount({ starts: rate / shards / by, limit: OBJECT_CALLS / by, changes });
    const load = percent((rate * ACCOUNT_CALLS) / shards / OBJECT_CALLS);
    return [`${number(rate)}`, number(shards), load, percent(refused), seconds(known, 0.5), seconds(known, 0.99)];
  };
  const shardsFor = (rate: number) => Math.max(1, Math.ceil((rate * ACCOUNT_CALLS) / CALLS_A_SHARD));
  return table(
    ["starts per second of one account", "objects", "load per object", "calls rejected", "reported after, p50", "p99"],
    [
      row(10, 1),
      row(150, 1),
      row(1_000, 1),
      row(1_000, shardsFor(1_000)),
      row(100_000, 1),
      row(100_000, shardsFor(100_000)),
    ],
  );
}

function keys(): string {
  const row = (share: number, how: Key["how"]) => {
    const needed = RATES[0] as number;
    const limit = share * needed * (1 + counts.polls);
    const { refused, accepted, seen, timedOut } = simulateKey({
      starts: needed,
      limit,
      how,
      intervalSeconds: INTERVAL,
      jobSeconds: JOB,
      timeoutSeconds: timeoutMs / 1000,
    });
    return [
      `${number(limit)}: ${percent(share)} of the need, ${how === "refusals" ? "built" : "planned"}`,
      percent(refused),
      seconds(accepted, 0.5),
      seconds(accepted, 0.99),
      seconds(seen, 0.5),
      seconds(seen, 0.99),
      percent(timedOut),
    ];
  };
  const shares = [1.5, 0.5, 0.1];
  return table(
    [
      "requests per second that the key allows",
      "refused",
      "accepted after, p50",
      "p99",
      "end seen after, p50",
      "p99",
      "timed out",
    ],
    shares.flatMap((share) => [row(share, "refusals"), row(share, "leases")]),
  );
}

function hosts(): string {
  const row = (name: string, isJittered: boolean, perSecond: number | null) => {
    const host = { callbacks: BATCH, limit: HOST_CALLS, retryDelaysMs, isJittered, perSecond };
    const { inVain, peak, failed, delivered, lost } = simulateHost(host);
    const minutes = (part: number) => `${number(percentile(delivered, part) / 60)} min`;
    return [name, number(inVain), number(peak), percent(failed), minutes(0.5), minutes(0.99), minutes(1), number(lost)];
  };
  return table(
    [
      "",
      "calls during the outage",
      "in the busiest second after it",
      "failed again",
      "delivered after, p50",
      "p99",
      "last",
      "lost",
    ],
    [
      row("schedule without jitter", false, null),
      row("schedule with jitter", true, null),
      row(
        `schedule with jitter, and a line with ${deliveriesPerSecond} turns per second: built`,
        true,
        deliveriesPerSecond,
      ),
    ],
  );
}

export function scalePage(): string {
  const [small = 0, middle = 0, large = 0] = RATES;
  const full = OBJECT_CALLS / ACCOUNT_CALLS;
  return `<!-- Generated by \`npm run scale\`. -->

# Scale

This page estimates what happens when ${number(small)}, ${number(middle)} and ${number(large)} generations start per second. Each one lasts ${LIFE} s, with
${counts.polls} polls, a video of ${VIDEO_MB} MB and one webhook. The loads are calculated from the operations that
\`test/worker/cost.test.ts\` counts. The limits are those that Cloudflare documents. The behavior at a limit is simulated,
second by second, with the waits of \`src/core\`. None of this was measured at such rates; for measurements on one
machine, see [performance.md](performance.md).

**Built** marks what the code does now, and **planned** what is not implemented yet.

${loads()}

## Bottlenecks, in order

1. **The provider's key**, at any rate: its limit determines how many generations can run (see below).
2. **The account's object**, at about ${number(full)} starts per second of one account and mode. Other accounts have
   their own objects.
3. **A webhook's host**, when many generations call the same one.
4. **R2 and the generations' objects**: they reach no documented limit.

The Worker itself is not a bottleneck. Requests are not limited on the paid plan
(https://developers.cloudflare.com/workers/platform/limits/), and requests share no single object, unless
\`MAX_IN_FLIGHT_PER_ACCOUNT\` is set: each creation then asks the account's object first.

## A generation's object

The number of objects is not limited (https://developers.cloudflare.com/durable-objects/platform/limits/). Each generation
causes about ${counts.object_requests} calls and alarms in ${LIFE} s, and ${counts.rows_written} written rows, most of them in its own database. Its object may
have six open connections
(https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections): five for deliveries and one
for the poll or the copy. **Built.** Objects share an isolate's 128 MB: copies borrow buffers from 40 MiB and wait for
one another. **Built.**

## The account's object

An object handles about ${number(OBJECT_CALLS)} requests per second
(https://developers.cloudflare.com/durable-objects/platform/limits/). A generation makes ${ACCOUNT_CALLS} of them: it reports four
changes, and asks once how to sign. Beyond that rate, the platform rejects calls. Generations continue without the
account: a rejected report is repeated with growing waits (**built**). Lists and the account's events are then late. So
are deliveries to webhook endpoints, which only the account knows. A generation's own webhooks are not late. If
\`MAX_IN_FLIGHT_PER_ACCOUNT\` is set, a request whose call to the account is rejected fails with \`500\`, and no
generation is created.

${accounts()}

The solution is to spread the index over several objects by generation id (**planned**), one for each ${number(CALLS_A_SHARD / ACCOUNT_CALLS)} starts per
second, so that each object uses half its capacity. Each report goes to one of these objects. A page of a list is merged
from one page of each, which limits their number: at ${number(large)} starts per second, lists need a query of their own, over
Analytics Engine or a log of changes. Endpoints stay in one object, and are copied to the others when they change.

## The provider's key

The provider limits the request rate and the number of running jobs, publishes neither limit, and answers 429 above it. Of
${1 + counts.polls} requests, ${counts.polls} are polls. The simulation runs for an hour with ${number(small)} starts per second, which need ${number(small * (1 + counts.polls))} requests per
second. At ${number(middle)} and ${number(large)} starts per second, the results are the same if the key allows proportionally more. A
job ends ${INTERVAL / 2} s before a poll, so its end is seen about that much later if nothing is refused.

${keys()}

**Built**: a refused request waits for a growing, jittered time, or for as long as \`Retry-After\` says. A refused
submission is neither lost nor billed. Refused polls skip slots of their grid. If a key allows too few requests, ends are
seen late, some much later than others, and most requests are refused.

**Planned**: an object for each provider key that leases requests to the generations' objects in batches. Submissions
come first, then the generation that has waited longest. No request is then refused, and polls are delayed evenly. A key
that allows less than the submissions plus one poll per job (a tenth of the need) cannot serve that many generations at
all. The excess must be refused on arrival, with \`MAX_IN_FLIGHT_PER_ACCOUNT\` (**built**).

## A webhook's host

In this simulation, ${number(BATCH)} generations end within a minute and call one host. The host goes down for an hour as they
end, and can handle ${number(HOST_CALLS)} calls per second. Results are the same for a hundred times as many generations and a hundred
times the capacity.

${hosts()}

**Built**: retries follow a schedule with 20% jitter, a longer \`Retry-After\` is honored, a webhook endpoint that fails
for three days is disabled, and no host delays another. Deliveries to a host that has lately failed wait in a line, which
the account's object keeps: each gets a turn, \`WEBHOOK_MAX_PER_SECOND_PER_HOST\` of them per second. Attempts during the
outage cost turns, too. So when the host comes back, most deliveries are in the line and not in the long waits of the
schedule, and they arrive at a rate that the host can handle. The few that come from the schedule while the host is busy
with the line are refused once more. A host that answers has no line and costs nothing more.

## R2

The objects, bytes, reads and writes of a bucket are not limited. One key accepts one write per second
(https://developers.cloudflare.com/r2/platform/limits/), and each generation writes its own key once. **Built.** Memory
is the tighter limit: a copy of a video of ${VIDEO_MB} MB takes that much, and a copy of any size at most 8 MiB.

## Cost

Costs grow in proportion to the rate; see [costs.md](costs.md). The provider's price becomes the limit long before the
platform does.
`;
}

if (import.meta.main) await writeFile(join(import.meta.dirname, "../../docs/scale.md"), scalePage());
