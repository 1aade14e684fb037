// The benches: what each one compares, its rounds, and its goals.

import { CATALOGUE_MODEL } from "./harness/catalogue.ts";
import type { Child } from "./harness/child.ts";
import { LINES } from "./lines.ts";
import { bundle } from "./measures/bundle.ts";
import { type Copy, copy, type Way } from "./measures/copy.ts";
import { fanOut } from "./measures/fan-out.ts";
import type { Figures } from "./measures/figures.ts";
import { BODIES, hostileBody } from "./measures/hostile-bodies.ts";
import { inFlight } from "./measures/in-flight.ts";
import { line } from "./measures/line.ts";
import { listeners } from "./measures/listeners.ts";
import { listing } from "./measures/listing.ts";
import { modelList } from "./measures/model-list.ts";
import { submission } from "./measures/submission.ts";
import {
  BARE,
  bullmq,
  POLLING_CLIENT,
  REELHOOK_AND_PLATFORM,
  reelhook,
  reelhookStanding,
  reelhookWith,
  type ServerKind,
  workflow,
} from "./servers.ts";

export interface Contender {
  readonly name: string;
  measure(): Promise<Figures>;
}

/** A goal for the first contender. */
export interface Goal {
  readonly column: string;
  /** Counts the highest figure of all contenders but the first instead, in each round. */
  readonly of?: "others";
  /** The contender to compare with in the same round, by ratio or difference. If absent, the figure itself counts. */
  readonly beside?: string;
  readonly as?: "ratio" | "difference";
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** Whether the table compares the first contender with each of the others. */
  readonly isCompared?: boolean;
  readonly repetitions: number;
  /** Part of the short set, which takes less than five minutes. */
  readonly isShort: boolean;
  readonly goals: readonly Goal[];
}

export interface World {
  /** Simulates the provider and the webhook receiver. */
  readonly standIn: Child;
  /** Serves videos of any size. */
  readonly source: Child;
  readonly hasRedis: boolean;
}

const MB = 1_000_000;

export function benchesIn({ standIn, source, hasRedis }: World): readonly Bench[] {
  const withRedis = <T>(...items: readonly T[]) => (hasRedis ? items : []);
  const each = (kinds: readonly ServerKind[], measure: (kind: ServerKind) => Promise<Figures>) =>
    kinds.map((kind): Contender => ({ name: kind.name, measure: () => measure(kind) }));
  return [
    {
      name: "bundle",
      title: "The Worker's bundle",
      contenders: [{ name: "Reelhook", measure: bundle }],
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "kB compressed", atMost: 150 },
        { column: "start-up CPU ms", atMost: 50 },
      ],
    },
    {
      name: "submission",
      title: "Submission, 32 connections",
      contenders: each([reelhook(), REELHOOK_AND_PLATFORM, workflow(), BARE, ...withRedis(bullmq())], (kind) =>
        submission(kind, standIn),
      ),
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "requests a second", beside: "Workflow", atLeast: 1.6 },
        { column: "requests a second", beside: BARE.name, atLeast: 0.55 },
      ],
    },
    {
      name: "models",
      title: "Submission with a model of the catalogue, 32 connections",
      contenders: [reelhookWith(CATALOGUE_MODEL), reelhookWith("runway/gen4_aleph")].map((kind) => ({
        name: kind.name,
        measure: () => submission(kind, standIn),
      })),
      repetitions: 5,
      isShort: false,
      goals: [
        { column: "CPU ms a request", beside: "runway/gen4_aleph", atMost: 1.05 },
        { column: "refused", atMost: 0 },
      ],
    },
    {
      name: "model-list",
      title: "Listing 144 models, one request at a time",
      contenders: [{ name: "GET /v1/models", measure: () => modelList(standIn) }],
      repetitions: 3,
      isShort: false,
      goals: [{ column: "refused", atMost: 0 }],
    },
    {
      name: "listing",
      title: "Listing a page of 20, with 100,000 generations and with 100",
      contenders: [100_000, 100].map((generations) => ({
        name: `${generations.toLocaleString("en-US")} generations`,
        measure: () => listing(generations),
      })),
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "p50 ms", beside: "100 generations", atMost: 1.5 },
        { column: "rows read", beside: "100 generations", as: "difference", atMost: 0 },
      ],
    },
    {
      name: "fan-out-20",
      title: "Fan-out to 20 webhooks named in the request, from the final poll to the last callback",
      contenders: each([reelhook(20), ...withRedis(bullmq(20))], (kind) =>
        fanOut(kind, standIn, { webhooks: 20, generations: 100, everyMs: 100 }),
      ),
      repetitions: 3,
      isShort: true,
      goals: withRedis({ column: "p99 ms", beside: "BullMQ", atMost: 0.5 }),
    },
    ...[1, 10].map(
      (webhooks): Bench => ({
        name: `fan-out-${webhooks}`,
        title: `Fan-out to ${webhooks === 1 ? "one webhook" : `${webhooks} webhooks`} named in the request`,
        contenders: each([reelhook(webhooks), ...withRedis(bullmq(webhooks)), workflow(webhooks)], (kind) =>
          fanOut(kind, standIn, { webhooks, generations: 100, everyMs: 100 }),
        ),
        repetitions: 3,
        isShort: false,
        goals: [],
      }),
    ),
    {
      name: "fan-out-100",
      title: "Fan-out to 100 webhooks (standing endpoints; jobs in BullMQ)",
      contenders: each([reelhookStanding(100), ...withRedis(bullmq(100))], (kind) =>
        fanOut(kind, standIn, { webhooks: 100, generations: 20, everyMs: 1_000 }),
      ),
      repetitions: 3,
      isShort: false,
      goals: [{ column: "lost", atMost: 0 }],
    },
    {
      name: "in-flight-1000",
      title: "1,000 generations in flight, polled every 10 s, 35 s per job",
      contenders: each([reelhook(), workflow(), ...withRedis(bullmq()), POLLING_CLIENT], (kind) =>
        inFlight(kind, standIn, 1_000),
      ),
      repetitions: 3,
      isShort: false,
      goals: [
        ...withRedis<Goal>(
          { column: "lateness p99 ms", beside: "BullMQ", atMost: 0.1 },
          { column: "tick to callback p50 ms", beside: "BullMQ", atMost: 1 / 3 },
        ),
        { column: "lateness p99 ms", beside: "Workflow", atMost: 1 },
        { column: "kB a generation", beside: "Workflow", atMost: 0.6 },
        { column: "CPU ms a generation", beside: "Workflow", atMost: 0.6 },
      ],
    },
    {
      name: "in-flight-5000",
      title: "5,000 generations in flight, polled every 10 s, 35 s per job",
      contenders: each([reelhook(), ...withRedis(bullmq())], (kind) => inFlight(kind, standIn, 5_000)),
      repetitions: 3,
      isShort: false,
      goals: [
        { column: "refused", atMost: 0 },
        { column: "lost", atMost: 0 },
        { column: "polls a generation", atLeast: 4 },
      ],
    },
    ...LINES.map(
      ({ kinds, peer, burst, ...bench }): Bench => ({
        ...bench,
        contenders: each([...kinds, ...withRedis(peer)], (kind) => line(kind, standIn, burst)),
        repetitions: 3,
        isShort: false,
      }),
    ),
    {
      name: "listeners",
      title: "Memory with 200 clients of /v1/events that never read (10 keys, 20 each), and 100 generations",
      contenders: [
        { name: "200 listeners", measure: () => listeners(standIn, 100, true) },
        { name: "no listeners", measure: () => listeners(standIn, 100, false) },
      ],
      repetitions: 3,
      isShort: false,
      goals: [{ column: "MB more after the generations", beside: "no listeners", as: "difference", atMost: 128 }],
    },
    {
      name: "hostile-bodies",
      title: "Memory for a request body of 32 MiB",
      contenders: BODIES.map((body) => ({ name: body.name, measure: () => hostileBody(body, standIn.address) })),
      isCompared: false,
      repetitions: 3,
      isShort: false,
      goals: [
        { column: "growth ÷ size", of: "others", atMost: 4 },
        { column: "bytes answered", of: "others", atMost: 16_000 },
      ],
    },
    ...COPIES.map(({ name, spare, ...what }): Bench => {
      const ways = WAYS.map((way) => ({ name: way.name, measure: () => copy(what, way, source) }));
      const beside = "bare put, known length";
      return {
        name: `copy-${name.replaceAll(/\W+/g, "-")}`,
        title: `Copying ${name} into R2`,
        contenders: ways,
        repetitions: 3,
        isShort: false,
        goals: [
          { column: "peak MB", beside, as: "difference", atMost: spare },
          { column: "MB/s", beside, atLeast: 1 },
        ],
      };
    }),
  ];
}

/** `spare`: how many MB the peak may exceed that of the bare put. */
const COPIES: readonly (Copy & { readonly name: string; readonly spare: number })[] = [
  { name: "256 MB", bytes: 256 * MB, atOnce: 1, spare: 32 },
  { name: "1 GB", bytes: 1_000 * MB, atOnce: 1, spare: 32 },
  { name: "10 of 40 MB at once", bytes: 40 * MB, atOnce: 10, spare: 100 },
];

const WAYS: readonly (Way & { readonly name: string })[] = [
  { name: "Reelhook, unknown length", how: "reelhook", length: "unknown" },
  { name: "Reelhook, known length", how: "reelhook", length: "known" },
  { name: "bare put, known length", how: "bare", length: "known" },
];
