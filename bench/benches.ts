// The benches: what each one compares, its rounds, and its goals.

import type { Bench, Contender, Goal, World } from "./bench.ts";
import { BARE_PUT, COPIES } from "./copies.ts";
import { CATALOGUE_MODEL } from "./harness/catalogue.ts";
import { linesIn } from "./lines.ts";
import { bundle } from "./measures/bundle.ts";
import { copy } from "./measures/copy.ts";
import { operations } from "./measures/counts.ts";
import { fanOut } from "./measures/fan-out.ts";
import type { Figures } from "./measures/figures.ts";
import { BODIES, hostileBody } from "./measures/hostile-bodies.ts";
import { inFlight } from "./measures/in-flight.ts";
import { line } from "./measures/line.ts";
import { listeners } from "./measures/listeners.ts";
import { listing } from "./measures/listing.ts";
import { lives } from "./measures/lives.ts";
import { modelList } from "./measures/model-list.ts";
import { submission } from "./measures/submission.ts";
import {
  BARE_OBJECT,
  bullmq,
  bullmqStoring,
  FLOOR,
  FLOOR_LIFE,
  FLOOR_STEPS,
  POLLING_CLIENT,
  workflow,
} from "./peers.ts";
import { reelhook, type ServerKind } from "./servers.ts";

export function benchesIn({ standIn, source, hasRedis, project }: World): readonly Bench[] {
  const withRedis = <T>(...items: readonly T[]) => (hasRedis ? items : []);
  const each = (kinds: readonly ServerKind[], measure: (kind: ServerKind) => Promise<Figures>) =>
    kinds.map((kind): Contender => ({ name: kind.name, measure: () => measure(kind) }));
  const storing = bullmqStoring().name;
  return [
    {
      name: "bundle",
      title: "The Worker's bundle",
      contenders: [{ name: "Reelhook", measure: () => bundle(project) }],
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "kB compressed", atMost: 120 },
        { column: "start-up CPU ms", atMost: 50 },
      ],
    },
    {
      name: "operations",
      title: "Billed operations of a generation with one webhook",
      contenders: [{ name: "Reelhook", measure: operations }],
      repetitions: 1,
      isShort: true,
      goals: [{ column: "rows written without usage", atMost: 38 }],
    },
    {
      name: "submission",
      title: "Submission, 32 connections",
      contenders: each(
        [
          reelhook({ project }),
          FLOOR,
          workflow(),
          ...withRedis(bullmq(), bullmqStoring()),
          reelhook({ name: "Reelhook with Miniflare's assets and rate limiter", project, without: [] }),
        ],
        (kind) => submission(kind, standIn),
      ),
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "requests a second", beside: FLOOR.name, atLeast: 0.9 },
        { column: "CPU ms a request", beside: FLOOR.name, atMost: 1.1 },
        { column: "requests a second", beside: "Workflow", atLeast: 1.25 },
        { column: "refused", atMost: 0 },
      ],
    },
    {
      name: "floor",
      title: "Submission to a hand-written Worker, step by step",
      contenders: each(FLOOR_STEPS, (kind) => submission(kind, standIn)),
      isCompared: false,
      repetitions: 3,
      isShort: false,
      goals: [],
    },
    {
      name: "models",
      title: "Submission with a model of the catalogue, 32 connections",
      contenders: [CATALOGUE_MODEL, "runway/gen4_aleph"].map((model) => ({
        name: model,
        measure: () => submission(reelhook({ project, model }), standIn),
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
      contenders: [{ name: "GET /v1/models", measure: () => modelList(reelhook({ project }), standIn) }],
      repetitions: 3,
      isShort: false,
      goals: [{ column: "refused", atMost: 0 }],
    },
    {
      name: "listing",
      title: "Listing a page of 20, with 100,000 generations and with 100",
      contenders: [100_000, 100].map((generations) => ({
        name: `${generations.toLocaleString("en-US")} generations`,
        measure: () => listing(generations, project),
      })),
      repetitions: 3,
      isShort: true,
      goals: [
        { column: "p50 ms", beside: "100 generations", atMost: 1.5 },
        { column: "rows read", beside: "100 generations", as: "difference", atMost: 0 },
      ],
    },
    {
      name: "fan-out-1",
      title: "Fan-out to one webhook named in the request, from the final poll to the callback",
      contenders: each([reelhook({ project }), workflow(), ...withRedis(bullmqStoring())], (kind) =>
        fanOut(kind, standIn, { webhooks: 1, generations: 100, everyMs: 100 }),
      ),
      repetitions: 2,
      isShort: false,
      goals: [{ column: "lost", atMost: 0 }],
    },
    {
      name: "fan-out-20",
      title: "Fan-out to 20 webhooks named in the request, from the final poll to the last callback",
      contenders: each([reelhook({ project, webhooks: 20 }), ...withRedis(bullmqStoring(20))], (kind) =>
        fanOut(kind, standIn, { webhooks: 20, generations: 100, everyMs: 100 }),
      ),
      repetitions: 3,
      isShort: true,
      goals: [
        ...withRedis(
          { column: "p99 ms", beside: storing, atMost: 0.8 },
          { column: "p50 ms", beside: storing, atMost: 1.2 },
        ),
        { column: "lost", atMost: 0 },
      ],
    },
    {
      name: "fan-out-100",
      title: "Fan-out to 100 webhooks (standing endpoints; jobs in BullMQ)",
      contenders: each(
        [
          reelhook({ name: "Reelhook, standing endpoints", project, webhooks: 0, endpoints: 100 }),
          ...withRedis(bullmq(100)),
        ],
        (kind) => fanOut(kind, standIn, { webhooks: 100, generations: 20, everyMs: 1_000 }),
      ),
      repetitions: 3,
      isShort: false,
      goals: [
        ...withRedis(
          { column: "p99 ms", beside: "BullMQ", atMost: 1.5 },
          { column: "CPU ms a generation", beside: "BullMQ", atMost: 1.1 },
        ),
        { column: "lost", atMost: 0 },
      ],
    },
    {
      name: "lives",
      title: "100 lives of 21 polls, polled every second",
      contenders: each([reelhook({ project }), workflow(), FLOOR_LIFE], (kind) => lives(kind, standIn, 100)),
      repetitions: 3,
      isShort: false,
      goals: [
        { column: "CPU ms a life", beside: "Workflow", atMost: 0.6 },
        { column: "polls a generation", atLeast: 21 },
        { column: "lost", atMost: 0 },
      ],
    },
    {
      name: "in-flight-1000",
      title: "1,000 generations in flight, polled every 10 s, 35 s per job",
      contenders: each(
        [reelhook({ project }), workflow(), ...withRedis(bullmqStoring()), POLLING_CLIENT, BARE_OBJECT],
        (kind) => inFlight(kind, standIn, { generations: 1_000 }),
      ),
      repetitions: 3,
      isShort: false,
      goals: [
        ...withRedis<Goal>(
          { column: "tick to callback p50 ms", beside: storing, atMost: 0.6 },
          { column: "lateness p99 ms", beside: storing, atMost: 0.1 },
        ),
        { column: "tick to callback p50 ms", beside: "Workflow", atMost: 0.8 },
        { column: "lateness p99 ms", beside: "Workflow", atMost: 1 },
        { column: "kB a generation", beside: BARE_OBJECT.name, as: "difference", atMost: 50 },
        { column: "kB a generation", beside: "Workflow", atMost: 0.6 },
      ],
    },
    {
      name: "in-flight-5000",
      title: "5,000 generations in flight, polled every 10 s, 35 s per job, 300 ms until the headers of a video",
      contenders: each([reelhook({ project }), FLOOR_LIFE, ...withRedis(bullmqStoring())], (kind) =>
        inFlight(kind, standIn, { generations: 5_000, videoMs: 300 }),
      ),
      repetitions: 2,
      isShort: false,
      goals: [
        { column: "tick to callback p50 ms", atMost: 1_000 },
        { column: "refused", atMost: 0 },
        { column: "lost", atMost: 0 },
        { column: "polls a generation", atLeast: 4 },
      ],
    },
    ...linesIn(project).map(
      ({ kinds, peer, burst, ...bench }): Bench => ({
        ...bench,
        contenders: each([...kinds, ...withRedis(peer)], (kind) => line(kind, standIn, burst)),
        // Almost the same in every run, because waiting takes most of the time.
        repetitions: 1,
        isShort: false,
      }),
    ),
    {
      name: "listeners",
      title: "Memory with 200 clients of /v1/events that never read (10 keys, 20 each), and 100 generations",
      contenders: [true, false].map((areConnected) => ({
        name: areConnected ? "200 listeners" : "no listeners",
        measure: () => listeners(reelhook({ project }), standIn, 100, areConnected),
      })),
      repetitions: 3,
      isShort: false,
      goals: [{ column: "MB more after the generations", beside: "no listeners", as: "difference", atMost: 128 }],
    },
    {
      name: "hostile-bodies",
      title: "Memory for a request body of 32 MiB",
      contenders: BODIES.map((body) => ({
        name: body.name,
        measure: () => hostileBody(body, project, standIn.address),
      })),
      isCompared: false,
      repetitions: 1,
      isShort: false,
      goals: [
        { column: "growth ÷ size", of: "others", atMost: 4 },
        { column: "bytes answered", of: "others", atMost: 16_000 },
      ],
    },
    ...COPIES.map(
      ({ name, spareMb, ways, ...what }): Bench => ({
        name: `copy-${name.replaceAll(/\W+/g, "-")}`,
        title: `Copying ${name} into R2`,
        contenders: ways.map((way) => ({ name: way.name, measure: () => copy(what, way, source, project) })),
        repetitions: 3,
        isShort: false,
        goals: [
          { column: "MB/s", beside: BARE_PUT.name, atLeast: 0.95 },
          { column: "peak MB", beside: BARE_PUT.name, as: "difference", atMost: spareMb },
        ],
      }),
    ),
  ];
}
