// `npm run scale` writes docs/scale.md: arithmetic from the counted operations and the platform's documented limits, and small
// simulations with the core's own waits, in which chance comes from a seed. A test holds that the page is what this makes.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../src/config.ts";
import counts from "../counts.json" with { type: "json" };
import { percentile } from "../harness/stats.ts";
import { simulateAccount } from "./account.ts";
import { simulateHost } from "./host.ts";
import { type Key, simulateKey } from "./key.ts";

const { timeoutMs, retryDelaysMs, pollIntervalMs } = parseConfig({});
const INTERVAL = pollIntervalMs / 1000;
const LIFE = INTERVAL * counts.polls;
/** Ends between two polls, as jobs do. */
const JOB = LIFE - INTERVAL / 2;
const RATES = [10, 1_000, 100_000];

/** Four reports, and the question how to sign. */
const ACCOUNT_CALLS = 5;

/** What one object takes, about: the limits' page of Durable Objects. */
const OBJECT_CALLS = 1_000;

/** Half of what an object takes: room for bursts, and for lists. */
const CALLS_A_SHARD = OBJECT_CALLS / 2;

const VIDEO_MB = 7;
const COPY_SECONDS = 3;
/** src/videos/memory.ts: a copy of that video holds as much memory as it has bytes, and an isolate lends 40 MiB. */
const COPIES_AN_ISOLATE = 5;

/** Generations that end together, and what their host can take in a second. */
const BATCH = 10_000;
const HOST_CALLS = 10;

const number = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
const percent = (part: number) => `${(100 * part).toFixed(part > 0 && part < 0.01 ? 2 : 0)} %`;
const seconds = (values: readonly number[], part: number) =>
  values.length === 0 ? "never" : `${number(percentile([...values], part))} s`;

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), `|---|${"---:|".repeat(columns.length - 1)}`, ...rows.map(line)].join("\n");
}

function loads(): string {
  const row = (name: string, of: (rate: number) => number) => [name, ...RATES.map((rate) => number(of(rate)))];
  return table(
    ["a second", ...RATES.map((rate) => `${number(rate)} starts`)],
    [
      row(`generations in flight, each for ${LIFE} s`, (rate) => rate * LIFE),
      row("requests to the provider: a submission and the polls", (rate) => rate * (1 + counts.polls)),
      row("alarms of generations' objects", (rate) => rate * counts.polls),
      row("calls to the accounts' objects, together", (rate) => rate * ACCOUNT_CALLS),
      row("rows written", (rate) => rate * counts.rows_written),
      row("callbacks, with one webhook each", (rate) => rate),
      row(`copies into R2 that run at the same time, of ${COPY_SECONDS} s each`, (rate) => rate * COPY_SECONDS),
      row(`GB a second into R2, with ${VIDEO_MB} MB each`, (rate) => (rate * VIDEO_MB) / 1000),
      row("isolates that these copies need", (rate) => Math.ceil((rate * COPY_SECONDS) / COPIES_AN_ISOLATE)),
    ],
  );
}

function accounts(): string {
  const changes = [0, 1.5, LIFE, LIFE + COPY_SECONDS];
  // A thousandth of a large account beside a thousandth of what its object takes is the same, and takes no hour.
  const shrunk = (rate: number) => (rate > 1_000 ? 1_000 : rate > 100 ? 10 : 1);
  const row = (rate: number, shards: number) => {
    const by = shrunk(rate / shards);
    const { known, refused } = simulateAccount({ starts: rate / shards / by, limit: OBJECT_CALLS / by, changes });
    const load = percent((rate * ACCOUNT_CALLS) / shards / OBJECT_CALLS);
    return [`${number(rate)}`, number(shards), load, percent(refused), seconds(known, 0.5), seconds(known, 0.99)];
  };
  const shardsFor = (rate: number) => Math.max(1, Math.ceil((rate * ACCOUNT_CALLS) / CALLS_A_SHARD));
  return table(
    ["starts a second of one account", "objects", "load of each", "calls turned away", "known after, p50", "p99"],
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
      `${number(limit)}: ${percent(share)} of what is wanted, ${how === "refusals" ? "built" : "planned"}`,
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
      "the key allows requests a second",
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
  const row = (name: string, isJittered: boolean, cap: number | null) => {
    const host = { callbacks: BATCH, limit: HOST_CALLS, retryDelaysMs, isJittered, cap };
    const { peak, failed, delivered, lost } = simulateHost(host);
    const minutes = (part: number) => `${number(percentile(delivered, part) / 60)} min`;
    return [name, number(peak), percent(failed), minutes(0.5), minutes(0.99), minutes(1), number(lost)];
  };
  return table(
    ["", "calls in the busiest second", "failed once more", "delivered after, p50", "p99", "the last", "lost"],
    [
      row("the schedule without jitter", false, null),
      row("the schedule with jitter: built", true, null),
      row(`and at most ${HOST_CALLS} calls a second to one host: planned`, true, HOST_CALLS),
    ],
  );
}

export function scalePage(): string {
  const [small = 0, middle = 0, large = 0] = RATES;
  const full = OBJECT_CALLS / ACCOUNT_CALLS;
  return `<!-- Made by \`npm run scale\`. -->

# How far it scales

What happens when ${number(small)}, ${number(middle)} and ${number(large)} generations start each second, each a life of ${LIFE} s with ${counts.polls} polls, a video of ${VIDEO_MB} MB and
one webhook. The loads are arithmetic, from the operations that \`test/worker/cost.test.ts\` counts; the limits are those that
Cloudflare documents; what happens at a limit is simulated, second by second, with the waits of \`src/core\`. None of it was
measured at such rates: what one machine does is in [performance.md](performance.md).

**Built** is what the code does today, **planned** what it does not do yet.

${loads()}

## Where it becomes narrow, and in which order

1. **The provider's key**, at any rate: its limit decides how many generations there can be (below).
2. **The account's object**, at about ${number(full)} starts a second of one account and mode. Other accounts have objects of their own.
3. **A webhook's host**, when many generations call the same one.
4. **R2 and the generations' objects**: no documented limit is met.

The Worker itself has none: requests are not limited on the paid plan
(https://developers.cloudflare.com/workers/platform/limits/), and no request passes a place that all requests pass, unless
\`MAX_IN_FLIGHT_PER_ACCOUNT\` is set, which asks the account's object first.

## A generation's object

The number of objects is not limited (https://developers.cloudflare.com/durable-objects/platform/limits/). Each has about
${counts.object_requests} calls and alarms in ${LIFE} s, and ${counts.rows_written} written rows in a database of its own. Six connections may be open at once
(https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections): five deliveries and one for the
poll or the copy. **Built.** Objects share an isolate's 128 MB: copies borrow from 40 MiB and wait for one another. **Built.**

## The account's object

It takes about ${number(OBJECT_CALLS)} requests a second (the same page); a generation needs ${ACCOUNT_CALLS}: it reports four changes, and asks how to sign.
Beyond that the platform turns calls away. A generation goes on without it: what is not heard is reported again, later and
later (**built**), so that lists and the account's events are late, and standing endpoints, which only the account knows, are
called late. A generation's own webhooks are not. Where \`MAX_IN_FLIGHT_PER_ACCOUNT\`
is set, which is asked there, a request that is turned away fails with \`500\`, and nothing was made.

${accounts()}

Then the index is to be spread over objects by the id of the generation (**planned**): one for each ${number(CALLS_A_SHARD / ACCOUNT_CALLS)} starts a second, so that
each keeps half its room. A report goes to one of them; a page of a list is merged from a page of each, which is what bounds
their number: at ${number(large)} starts a second lists must become a query of their own, over Analytics Engine or a log of changes.
Endpoints stay in one object, and are copied to the others when they change.

## The provider's key

The provider answers 429 beyond a rate and a number of jobs that it does not publish. Polls are ${counts.polls} of ${1 + counts.polls} requests. The
simulation has ${number(small)} starts a second, which want ${number(small * (1 + counts.polls))} requests a second, for an hour; at ${number(middle)} and at ${number(large)} starts
a second a key that allows as many times more does the same. A job ends ${INTERVAL / 2} s before a poll, so that is the least until its end is
seen.

${keys()}

**Built**: what is refused waits, longer each time and spread by chance, or as long as \`Retry-After\` says; a refused submission
is neither lost nor paid; polls that are refused skip slots of their grid. A key that is too small makes answers late, by
chance more for some than for others, and most of what is sent is refused. **Planned**: an object for each provider key,
which leases requests to the objects of generations, some at a time, so that it is not asked for each: submissions first, then
whoever has waited longest. Nothing is refused then, and polls stretch evenly. A key that allows less than the submissions
and one poll of each job, a tenth of what is wanted, has no room for that many generations at all: what is too much must be turned away at the door,
by \`MAX_IN_FLIGHT_PER_ACCOUNT\` (**built**).

## A webhook's host

${number(BATCH)} generations end within a minute and call one host, which was down for an hour from then on and can take ${number(HOST_CALLS)} calls a second;
a hundred times as many at a host a hundred times as large are the same.

${hosts()}

**Built**: retries by a schedule with 20 % of jitter, a longer \`Retry-After\` is obeyed, a standing endpoint that fails for three
days is switched off, and no host delays another. **Planned**: a cap for each host, kept by an object of that host, so that
one that comes back is not met by all that has waited for it.

## R2

Objects and bytes of a bucket are not limited, nor are reads and writes; one key takes one write a second
(https://developers.cloudflare.com/r2/platform/limits/), and each generation has a key of its own, which it writes once.
**Built.** What is narrow first is memory: a copy of a video of ${VIDEO_MB} MB holds that much, and one of any size at most 8 MiB.

## What it would cost

As in [cost.md](cost.md), in proportion: nothing becomes dearer with the rate. Long before the platform ends, the
provider's price decides.
`;
}

if (import.meta.main) await writeFile(join(import.meta.dirname, "../../docs/scale.md"), scalePage());
