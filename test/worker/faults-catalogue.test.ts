// Rows of the fault table (docs/reliability.md) about the provider's catalogue, each injected into the real runtime.

import { runInDurableObject } from "cloudflare:test";
import { waitUntil } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Models, modelsIn } from "../../src/catalogue/models.ts";
import { CatalogueObject } from "../../src/catalogue/object.ts";
import { systemClock } from "../../src/clock.ts";
import { USER_AGENT } from "../../src/contract/version.ts";
import { UNIVERSAL_PATH, type UsableModel } from "../../src/core/models/model.ts";
import { createApp } from "../../src/http/app.ts";
import {
  type Catalogue,
  DOCUMENTS,
  documentOf,
  LISTED,
  listAnswer,
  listed,
  smallCatalogue,
} from "../support/catalogue.ts";
import type { Answer } from "../support/scenario.ts";
import { newModels, playCatalogue } from "./catalogues.ts";
import { eventually, gateways, LIVE, ORIGIN, play, request, TEST, testEnv } from "./support.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const realNow = Date.now;
let ahead = 0;

/** Moves the clock of the Worker and its objects, though not the timers. */
function later(ms: number): void {
  ahead += ms;
}

beforeEach(() => {
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + ahead);
});

afterEach(() => {
  ahead = 0;
  vi.restoreAllMocks();
});

/** Creates a generation in a deployment with these models. */
async function create(models: Models, json: unknown, key: string = LIVE): Promise<Response> {
  const app = createApp(() => gateways({ models }));
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(json) };
  return app.request(`${ORIGIN}/v1/generations`, init, testEnv);
}

async function found(models: Models, name: string): Promise<UsableModel> {
  const answer = await models.find(name);
  if (answer.kind !== "found") throw new Error(`${name} was not found: ${JSON.stringify(answer)}`);
  return answer.model;
}

const dream = (models: Models) => found(models, "acme/dream-1");

/** Milliseconds that the work takes. */
async function duration(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** A list whose text has so many bytes. */
const large = (bytes: number): Answer => listAnswer([listed("acme/dream-1", { tags: ["x".repeat(bytes)] })]);

const BROKEN: readonly [what: string, answer: Answer, message: string][] = [
  ["an error", { status: 500, body: { message: "down" } }, "status 500"],
  ["too many requests", { status: 429 }, "status 429"],
  ["a broken connection", { reset: true }, ""],
  ["a body that breaks off", { cut: true }, "status 200"],
  ["HTML", { headers: { "content-type": "text/html" }, body: "<html>Maintenance</html>" }, "not JSON"],
  ["nothing", { body: "" }, "no body"],
  ["an empty list", { body: { object: "list", data: [] } }, "not a list of video models"],
  ["another shape", { body: { models: { "acme/dream-1": {} } } }, "not a list of video models"],
  ["a redirect", { status: 302, headers: { location: "https://example.com/" } }, "status 302"],
  ["304 that nobody asked for", { status: 304 }, "status 304"],
  ["an endless body", { endless: true }, "more than 4 MiB"],
  ["a compression bomb", { bomb: true }, "more than 4 MiB"],
];

describe("faults of the catalogue", () => {
  it.each(BROKEN)("fault 82: a catalogue never read that answers with %s", async (_, answer, message) => {
    const { replace, calls } = await playCatalogue({ models: [answer] });
    const { models } = newModels(["vendor/extra"]);
    const unknown = await models.find("acme/dream-1");
    expect(unknown).toMatchObject({ kind: "unknown", problem: expect.stringContaining(message) });
    // What needs no catalogue is not refused.
    expect((await models.list()).map(({ id }) => id)).toEqual([
      ...["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two", "vendor/extra"],
    ]);
    expect(await calls("models")).toHaveLength(1);
    // It is asked again a minute later.
    await replace(smallCatalogue());
    later(MINUTE);
    expect((await dream(models)).inputSchema).not.toBeNull();
  });

  it("fault 82: an unknown model is refused with the reason why the catalogue could not be read", async () => {
    await playCatalogue({ models: [{ status: 503 }] });
    const { models } = newModels();
    const world = await play({});
    const refused = await create(models, { model: "acme/dream-1", prompt: world.prompt });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(await refused.json())).toMatch(/could not be read .*status 503/);
    expect((await create(models, request(world.prompt))).status).toBe(202);
  });

  it("fault 82: a catalogue that hangs delays callers by three seconds, and nobody in the minute after that", async () => {
    // The reading's own limit, sooner.
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number) =>
      setTimeout(work, ms === 10_000 ? 4_000 : ms)) as typeof setTimeout);
    const { calls } = await playCatalogue({ models: [{ hang: true }] });
    const { models, otherIsolate } = newModels();
    const waited = await Promise.all([
      duration(() => models.find("acme/dream-1")),
      duration(() => otherIsolate().find("acme/dream-1")),
      duration(() => models.find("runway/gen4_aleph")),
    ]);
    for (const ms of waited.slice(0, 2)) {
      expect(ms).toBeGreaterThan(2_000);
      expect(ms).toBeLessThan(3_500);
    }
    expect(waited[2]).toBeLessThan(500);
    await eventually(
      () => models.find("acme/dream-1"),
      (answer) => answer.kind === "unknown" && answer.problem !== null && answer.problem.includes("no answer within"),
    );
    expect(await duration(() => models.find("acme/dream-1"))).toBeLessThan(500);
    expect(await calls("models")).toHaveLength(1);
  });

  it.each([...BROKEN, ["nothing at all", { hang: true }, ""] as const])(
    "fault 83: a catalogue read before that answers with %s",
    async (_, answer: Answer) => {
      const { replace, calls } = await playCatalogue(smallCatalogue());
      const { models, namespace, otherIsolate } = newModels();
      const before = await dream(models);
      await replace({ models: [answer], deprecations: [answer], documents: { "acme/dream-1": [answer] } });
      later(25 * HOUR);
      // The copy serves at once while it is read in the background.
      expect(await duration(() => dream(models))).toBeLessThan(1_000);
      await eventually(
        () => calls(),
        (made) => made.length === 3,
      );
      // The reading has ended, unless it hangs, when the object says why it failed, or that the copy is confirmed.
      if (answer.hang === undefined) {
        const asked = { known: null, maxAgeMs: null, waitMs: 0 };
        const list = () => namespace.getByName("").list(asked);
        await eventually(list, ({ problem, readAt }) => problem !== null || Date.now() - (readAt ?? 0) < HOUR);
      }
      later(MINUTE);
      expect(await dream(models)).toBe(before);
      expect((await dream(otherIsolate())).inputSchema).toEqual(before.inputSchema);
      expect((await found(models, "brook/legacy")).retirement).not.toBeNull();
    },
  );

  it("fault 83: models stay, and so do their ends, if only the ends cannot be read", async () => {
    const { replace } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    await models.list();
    await replace(
      smallCatalogue({
        models: [listAnswer([...LISTED, listed("acme/new")], '"m2"')],
        deprecations: [{ status: 404 }],
      }),
    );
    later(11 * MINUTE);
    expect((await found(models, "acme/new")).retirement).toBeNull();
    expect((await models.list()).find(({ id }) => id === "brook/legacy")?.retirement).toMatchObject({
      replacement: "acme/dream-1",
    });
  });

  it("fault 84: a list of more than 4 MiB or of too many values is not read, and the first thousand models of more are", async () => {
    const { replace } = await playCatalogue({ models: [large(5 * 1024 * 1024)] });
    const { models } = newModels();
    expect(await models.find("acme/dream-1")).toMatchObject({ problem: expect.stringContaining("more than 4 MiB") });
    later(MINUTE);
    await replace({ models: [listAnswer([listed("acme/dream-1", { tags: Array(100_000).fill(1) })])] });
    expect(await models.find("acme/dream-1")).toMatchObject({ problem: expect.stringContaining("100000 values") });
    later(MINUTE);
    await replace({ models: [large(3 * 1024 * 1024)] });
    expect(await dream(models)).toMatchObject({ id: "acme/dream-1", inputSchema: null });

    const { models: others } = newModels();
    const many = Array.from({ length: 3_000 }, (_, at) => listed(`acme/m${at}`));
    await replace({ models: [listAnswer(many)] });
    expect((await others.list()).length).toBe(1_004);
    // So large that it would not fit into one row.
    const { models: none } = newModels();
    const variants = Array.from({ length: 200 }, (_, at) => ({ when: { a: at }, price: 1, unit: "x".repeat(200) }));
    const pricing = { kind: "variants", dimensions: ["a"], variants };
    await replace({ models: [listAnswer(Array.from({ length: 25 }, (_, at) => ({ id: `acme/m${at}`, pricing })))] });
    expect(await none.find("acme/m1")).toMatchObject({ problem: "the list is too large to be kept" });
  });

  it("fault 85: documents are read from the provider's origin only, without the key, and redirects are not followed", async () => {
    const elsewhere = [
      "https://evil.example/docs-json?model=a",
      "https://evil.example//evil.example/x",
      "http://169.254.169.254/x",
    ];
    const hostile = [...elsewhere, "file:///etc/passwd", "javascript:alert(1)"].map((docsJson, at) =>
      listed(`evil/${at}`, { info: { docsJson } }),
    );
    const location = `${ORIGIN}/v1/generations`;
    const documents: Catalogue["documents"] = {
      ...smallCatalogue().documents,
      "acme/dream-1": [{ status: 307, headers: { location } }],
    };
    const { calls } = await playCatalogue(smallCatalogue({ models: [listAnswer([...LISTED, ...hostile])], documents }));
    const fetched = vi.mocked(globalThis.fetch);
    const { models } = newModels();
    for (let at = 0; at < hostile.length; at++) expect((await found(models, `evil/${at}`)).path).toBe(UNIVERSAL_PATH);
    expect((await dream(models)).inputSchema).toBeNull();
    await found(models, "acme/morph-2");
    const base = testEnv["AIMLAPI_BASE_URL"];
    const asked = fetched.mock.calls.map(([url]) => String(url));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((url) => new URL(url).origin !== base)).toEqual([]);
    for (const [, init] of fetched.mock.calls) expect(init?.redirect).toBe("manual");
    const made = await calls();
    expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(["models", "deprecations", "document"]));
    for (const { headers } of made) {
      expect(headers["authorization"]).toBeUndefined();
      expect(JSON.stringify(headers)).not.toContain("provider-key");
      expect(headers["user-agent"]).toBe(USER_AGENT);
    }
  });

  it("fault 86: a document with absurd bounds, harmful names or a harmful pattern refuses less, and takes no time", async () => {
    const deep = (depth: number): object =>
      depth === 0 ? { type: "string" } : { type: "array", items: deep(depth - 1) };
    const absurd = documentOf("acme/dream-1", {
      prompt: { type: "string", pattern: "^(a+)+$", minLength: 9, maxLength: 2 },
      duration: { type: "integer", minimum: 10, maximum: 1, default: "ten" },
      nested: deep(500),
      ...JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "integer"}}'),
    });
    await playCatalogue(smallCatalogue({ documents: { "acme/dream-1": [{ body: absurd }] } }));
    const { models } = newModels();
    const world = await play({});
    const input = {
      model: "acme/dream-1",
      prompt: `${world.prompt} ${"a".repeat(50_000)}!`,
      duration: 5,
      nested: [[]],
    };
    expect(await duration(async () => expect((await create(models, input)).status).toBe(202))).toBeLessThan(3_000);
    expect((await world.calls("submit"))[0]?.path).toBe(UNIVERSAL_PATH);
    expect((await dream(models)).inputSchema?.properties).not.toHaveProperty("constructor.type");
    expect(Object.keys((await dream(models)).inputSchema?.properties ?? {})).toEqual(["prompt", "duration", "nested"]);
    expect(({} as Record<string, unknown>)["type"]).toBeUndefined();
    // Refused by its type all the same.
    expect((await create(models, { ...input, duration: "x" })).status).toBe(400);
  });

  it.each([
    ["is missing", { status: 404 }],
    ["is HTML", { body: "<html></html>" }],
    ["is not an OpenAPI document", { body: { message: "no" } }],
    ["has no schema", { body: { openapi: "3.0.0", paths: { [UNIVERSAL_PATH]: { post: { responses: {} } } } } }],
    ["is too large", { body: { ...DOCUMENTS["acme/dream-1"], more: "x".repeat(1024 * 1024) } }],
    [
      "has too large a schema",
      {
        body: documentOf(
          "acme/dream-1",
          Object.fromEntries(
            Array(3_000)
              .fill(0)
              .map((_, at) => [`f${at}`, {}]),
          ),
        ),
      },
    ],
    ["breaks off", { cut: true }],
  ] as readonly [string, Answer][])(
    "fault 87: a model passes through unchecked if its document %s",
    async (_, answer) => {
      const { replace } = await playCatalogue(smallCatalogue({ documents: { "acme/dream-1": [answer] } }));
      const { models } = newModels();
      const world = await play({});
      expect(await dream(models)).toMatchObject({ path: UNIVERSAL_PATH, inputSchema: null, name: "Dream 1" });
      const json = { model: "acme/dream-1", prompt: world.prompt, anything: { goes: true } };
      expect((await create(models, json)).status).toBe(202);
      expect(JSON.parse((await world.calls("submit"))[0]?.body ?? "")).toEqual(json);
      // Once it can be read, it counts; and then what was good stays.
      await replace(smallCatalogue());
      later(25 * HOUR);
      await eventually(
        async () => {
          later(MINUTE);
          return dream(models);
        },
        ({ inputSchema }) => inputSchema !== null,
        500 * MINUTE,
      );
      const good = await dream(models);
      await replace(smallCatalogue({ documents: { "acme/dream-1": [answer] } }));
      later(11 * MINUTE);
      expect(await models.newer(good)).toBeNull();
      expect(await dream(models)).toBe(good);
    },
  );

  it("fault 88: many callers at once cause one reading, and 304 confirms the copy", async () => {
    const slow = { ...listAnswer(LISTED), delayMs: 200 };
    const { calls } = await playCatalogue(smallCatalogue({ models: [slow] }));
    const { models, otherIsolate } = newModels();
    const all = [models, otherIsolate(), otherIsolate(), models, models];
    await Promise.all(all.map(dream));
    expect((await calls()).map(({ kind }) => kind).sort()).toEqual(["deprecations", "document", "models"]);

    later(11 * MINUTE);
    await Promise.all(all.map((each) => each.find("acme/absent")));
    const again = (await calls()).slice(3);
    expect(again.map(({ kind, headers }) => [kind, headers["if-none-match"]]).sort()).toEqual([
      ["deprecations", '"r1"'],
      ["models", '"m1"'],
    ]);
    // The copy counts as new again.
    later(9 * MINUTE);
    await models.find("acme/absent");
    expect(await calls()).toHaveLength(5);
  });

  it("fault 88: an object that was evicted or restarted has its copy, and asks with its ETag", async () => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const { models, namespace, otherIsolate } = newModels();
    const before = await dream(models);
    await runInDurableObject(namespace.getByName(""), async (_, state) => {
      await state.storage.sync();
      state.abort("aborted by the test");
    }).catch(() => {});
    await replace({ models: [{ status: 500 }] });
    const other = otherIsolate();
    expect(await dream(other)).toEqual(before);
    expect(await calls()).toEqual([]);
    later(2 * HOUR);
    await dream(otherIsolate());
    await eventually(
      () => calls("models"),
      (made) => made[0]?.headers["if-none-match"] === '"m1"',
    );
  });

  it("fault 89: a model or a field added within the hour is accepted at once", async () => {
    const { replace } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    await dream(models);
    const world = await play({});
    const added = { prompt: { type: "string" }, brand_new: { type: "boolean" } };
    const documents = Object.fromEntries(
      ["acme/dream-1", "acme/dream-2"].map((id) => [id, [{ body: documentOf(id, added) }]]),
    );
    await replace(smallCatalogue({ models: [listAnswer([...LISTED, listed("acme/dream-2")], '"m2"')], documents }));
    const json = (model: string) => ({ model, prompt: world.prompt, brand_new: true });
    // Not yet: the copy is younger than ten minutes.
    expect((await create(models, json("acme/dream-1"))).status).toBe(400);
    expect((await create(models, json("acme/dream-2"))).status).toBe(400);
    later(11 * MINUTE);
    expect((await create(models, json("acme/dream-1"))).status).toBe(202);
    expect((await create(models, json("acme/dream-2"))).status).toBe(202);
  });
});

describe("the offline demo", () => {
  it("asks nobody for the catalogue: a create in test mode with a built-in model", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels();
    const getByName = vi.spyOn(namespace, "getByName");
    expect((await create(models, request("a raccoon"), TEST)).status).toBe(202);
    // Not even if the input is refused.
    expect((await create(models, request("a raccoon", { unknown: 1 }), TEST)).status).toBe(400);
    expect(getByName).not.toHaveBeenCalled();
    expect(await calls()).toEqual([]);
  });

  it("a create in live mode with a built-in model does not wait, but reads the catalogue in the background", async () => {
    const { calls } = await playCatalogue(smallCatalogue({ models: [{ ...listAnswer(LISTED), delayMs: 2_000 }] }));
    const { models } = newModels();
    const { prompt } = await play({});
    expect(await duration(() => create(models, request(prompt)))).toBeLessThan(1_500);
    await eventually(
      () => calls("models"),
      (made) => made.length === 1,
    );
  });
});

it("requests of the Worker share the isolate's copies", async () => {
  await playCatalogue(smallCatalogue());
  const lists = vi.spyOn(CatalogueObject.prototype, "list");
  const models = () => modelsIn(testEnv.CATALOGUE, { extraModels: [], clock: systemClock, detach: waitUntil });
  expect(await dream(models())).toBe(await dream(models()));
  expect(lists).toHaveBeenCalledTimes(1);
});
