// Rows of the fault table (docs/reliability.md) about the provider's catalogue, each injected into the real runtime.

import { runInDurableObject } from "cloudflare:test";
import { waitUntil } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { type Models, modelsIn } from "../../src/catalogue/models.ts";
import { CatalogueObject } from "../../src/catalogue/object.ts";
import { systemClock } from "../../src/clock.ts";
import { USER_AGENT } from "../../src/contract/version.ts";
import { UNIVERSAL_PATH } from "../../src/core/models/model.ts";
import { createApp } from "../../src/http/app.ts";
import { aimlapiCatalogue } from "../../src/providers/aimlapi-catalogue.ts";
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
import { found, HOUR, later, MINUTE, newModels, playCatalogue } from "./catalogues.ts";
import { eventually, gateways, LIVE, ORIGIN, play, request, TEST, testEnv, WORLD } from "./support.ts";

/** Creates a generation in a deployment with these models. */
async function create(models: Models, json: unknown, key: string = LIVE): Promise<Response> {
  const app = createApp(() => gateways({ models }));
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(json) };
  return app.request(`${ORIGIN}/v1/generations`, init, testEnv);
}

const dream = (models: Models) => found(models, "acme/dream-1");

/** Milliseconds that the work takes. */
async function duration(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** A list that is at least this large. */
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
  ["304 without a conditional request", { status: 304 }, "status 304"],
  ["an endless body", { endless: true }, "more than 4 MiB"],
  ["a compression bomb", { bomb: true }, "more than 4 MiB"],
];

describe("faults of the catalogue", () => {
  it.each(BROKEN)(
    "fault 82: only known models work if the catalogue was never read and answers with %s",
    async (_, answer, message) => {
      const { replace, calls } = await playCatalogue({ models: [answer] });
      const { models } = newModels(["vendor/extra"]);
      const unknown = await models.find("acme/dream-1");
      expect(unknown).toMatchObject({ kind: "unknown", problem: expect.stringContaining(message) });
      // Models that need no catalogue are still listed.
      expect((await models.list()).map(({ id }) => id)).toEqual([
        ...["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two", "vendor/extra"],
      ]);
      expect(await calls("models")).toHaveLength(1);
      // It is asked again a minute later.
      await replace(smallCatalogue());
      later(MINUTE);
      expect((await dream(models)).inputSchema).not.toBeNull();
    },
  );

  it("fault 82: an unknown model is refused with the reason why the catalogue could not be read", async () => {
    await playCatalogue({ models: [{ status: 503 }] });
    const { models } = newModels();
    const world = await play({});
    const refused = await create(models, { model: "acme/dream-1", prompt: world.prompt });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(await refused.json())).toMatch(/could not be read .*status 503/);
    expect((await create(models, request(world.prompt))).status).toBe(202);
  });

  it("fault 82: a catalogue that hangs delays callers by three seconds, and none in the next minute", async () => {
    // Shortens the time limit of a read.
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number) =>
      setTimeout(work, ms === 10_000 ? 4_000 : ms)) as typeof setTimeout);
    const { calls } = await playCatalogue({ models: [{ hang: true }] });
    const { models, otherIsolate } = newModels();
    const first = models.find("acme/dream-1");
    const waited = await Promise.all([
      duration(() => models.find("acme/dream-1")),
      duration(() => otherIsolate().find("acme/dream-1")),
      duration(() => models.find("runway/gen4_aleph")),
    ]);
    for (const ms of waited.slice(0, 2)) expect(ms).toBeGreaterThan(2_000);
    expect(waited[2]).toBeLessThan(2_000);
    // The read, which has a time limit of its own, is still running.
    expect(await first).toMatchObject({ kind: "unknown", problem: "no answer in time" });
    await eventually(
      () => models.find("acme/dream-1"),
      (answer) => answer.kind === "unknown" && answer.problem !== null && answer.problem.includes("no answer within"),
    );
    await models.find("acme/dream-1");
    expect(await calls("models")).toHaveLength(1);
  });

  it.each([...BROKEN, ["nothing, and hangs", { hang: true }, ""] as const])(
    "fault 83: the last good copy is used if the catalogue answers with %s",
    async (_, answer: Answer) => {
      const { replace, calls } = await playCatalogue(smallCatalogue());
      const { models, namespace, otherIsolate } = newModels();
      const before = await dream(models);
      await replace({ models: [answer], deprecations: [answer], documents: { "acme/dream-1": [answer] } });
      later(25 * HOUR);
      // The copy is used at once, while it is refreshed in the background.
      expect(await duration(() => dream(models))).toBeLessThan(2_500);
      await eventually(
        () => calls(),
        (made) => made.length === 3,
      );
      // Unless it hangs, wait for the end of the read: the object then has a problem or a confirmed copy.
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

  it("fault 83: an object that does not answer delays a refusal by three seconds in all, and no built-in model", async () => {
    await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels();
    await dream(models);
    const { prompt } = await play({});
    later(11 * MINUTE);
    const never = () => new Promise<never>(() => {});
    const hung = { list: never, operation: never } as unknown as ReturnType<typeof namespace.getByName>;
    vi.spyOn(namespace, "getByName").mockReturnValue(hung);
    const refused = await duration(async () => {
      expect((await create(models, { model: "acme/dream-1", prompt, unknown: 1 })).status).toBe(400);
    });
    expect(refused).toBeGreaterThan(2_500);
    expect(refused).toBeLessThan(5_500);
    // Meanwhile, other requests use the copy.
    const others = await duration(async () => {
      expect((await create(models, { model: "acme/dream-1", prompt })).status).toBe(202);
      expect((await create(models, request(prompt))).status).toBe(202);
      expect((await create(models, request(prompt, { unknown: 1 }))).status).toBe(400);
    });
    expect(others).toBeLessThan(2_800);
  });

  it("fault 83: a body that stops in the middle is abandoned when the time is up", async () => {
    await playCatalogue(smallCatalogue({ models: [{ stall: true }] }));
    const source = aimlapiCatalogue({ baseUrl: WORLD, fetch: (...asked) => fetch(...asked), timeoutMs: 200 });
    const late = expect.stringMatching(/v1.models: no answer within 0.2 s$/);
    expect(await source.models(null)).toEqual({ kind: "failed", message: late });
  });

  it("fault 83: retirements stay known if only they cannot be read, and new models still appear", async () => {
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

  it("fault 84: a list that is too large or has too many values is refused, and a long one is cut to 1,000 models", async () => {
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
    // Too large for one row of the storage.
    const { models: none } = newModels();
    const variants = Array.from({ length: 200 }, (_, at) => ({ when: { a: at }, price: 1, unit: "x".repeat(200) }));
    const pricing = { kind: "variants", dimensions: ["a"], variants };
    await replace({ models: [listAnswer(Array.from({ length: 25 }, (_, at) => ({ id: `acme/m${at}`, pricing })))] });
    expect(await none.find("acme/m1")).toMatchObject({ problem: "the list is too large to be kept" });
  });

  it("fault 85: only the provider's origin is called, without the key, and redirects are not followed", async () => {
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

  it("fault 86: impossible bounds, harmful names and harmful patterns in a document are ignored", async () => {
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
    expect((await create(models, input)).status).toBe(202);
    expect((await world.calls("submit"))[0]?.path).toBe(UNIVERSAL_PATH);
    expect((await dream(models)).inputSchema?.properties).not.toHaveProperty("constructor.type");
    expect(Object.keys((await dream(models)).inputSchema?.properties ?? {})).toEqual(["prompt", "duration", "nested"]);
    expect(({} as Record<string, unknown>)["type"]).toBeUndefined();
    // The type is still checked.
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
    "fault 87: any input is passed on if the document of the model %s",
    async (_, answer) => {
      const { replace } = await playCatalogue(smallCatalogue({ documents: { "acme/dream-1": [answer] } }));
      const { models } = newModels();
      const world = await play({});
      expect(await dream(models)).toMatchObject({ path: UNIVERSAL_PATH, inputSchema: null, name: "Dream 1" });
      const json = { model: "acme/dream-1", prompt: world.prompt, anything: { goes: true } };
      expect((await create(models, json)).status).toBe(202);
      expect(JSON.parse((await world.calls("submit"))[0]?.body ?? "")).toEqual(json);
      // Once the document can be read, its schema is used, and stays in use when the document breaks again.
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

  it("fault 88: concurrent callers share one read, and 304 confirms the copy", async () => {
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
    // The confirmed copy counts as new.
    later(9 * MINUTE);
    await models.find("acme/absent");
    expect(await calls()).toHaveLength(5);
  });

  it("fault 88: an object that was evicted or restarted still has its copy and its ETag", async () => {
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

  it("fault 89: a new model or field is accepted as soon as the copy is older than ten minutes", async () => {
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
    // The copy is younger than ten minutes.
    expect((await create(models, json("acme/dream-1"))).status).toBe(400);
    expect((await create(models, json("acme/dream-2"))).status).toBe(400);
    later(11 * MINUTE);
    expect((await create(models, json("acme/dream-1"))).status).toBe(202);
    expect((await create(models, json("acme/dream-2"))).status).toBe(202);
  });
});

describe("a create with a built-in model", () => {
  it("does not read the catalogue in test mode, so that the demo works offline", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    expect((await create(models, request("a raccoon"), TEST)).status).toBe(202);
    // Even if the input is refused.
    expect((await create(models, request("a raccoon", { unknown: 1 }), TEST)).status).toBe(400);
    expect(await calls()).toEqual([]);
  });

  it("reads the catalogue in the background in live mode, without a wait", async () => {
    const { calls } = await playCatalogue(smallCatalogue({ models: [{ ...listAnswer(LISTED), delayMs: 3_000 }] }));
    const { models } = newModels();
    const { prompt } = await play({});
    expect(await duration(() => create(models, request(prompt)))).toBeLessThan(2_500);
    await eventually(
      () => calls("models"),
      (made) => made.length === 1,
    );
  });
});

it("all requests of an isolate share its copies", async () => {
  await playCatalogue(smallCatalogue());
  const lists = vi.spyOn(CatalogueObject.prototype, "list");
  const models = () => modelsIn(testEnv.CATALOGUE, { extraModels: [], clock: systemClock, detach: waitUntil });
  expect(await dream(models())).toBe(await dream(models()));
  expect(lists).toHaveBeenCalledTimes(1);
});
