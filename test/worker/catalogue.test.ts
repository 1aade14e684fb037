// The catalogue's object and the isolate's copies of it, in workerd with real HTTP.

import { runInDurableObject } from "cloudflare:test";
import { waitUntil } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { type Models, modelsIn } from "../../src/catalogue/models.ts";
import { systemClock } from "../../src/clock.ts";
import { type Model, RUNWAY_PATH, UNIVERSAL_PATH, type UsableModel } from "../../src/core/models/model.ts";
import {
  DOCUMENTS,
  deprecation,
  documentOf,
  LISTED,
  listAnswer,
  listed,
  smallCatalogue,
} from "../support/catalogue.ts";
import { found, HOUR, later, MINUTE, newModels, playCatalogue } from "./catalogues.ts";
import { eventually, testEnv } from "./support.ts";

const idsOf = async (models: Models) => (await models.list()).map(({ id }) => id);

/** The list after a refresh in the background, which the isolate notices a minute later at the earliest. */
function refreshed(models: Models, holds: (all: readonly Model[]) => boolean): Promise<readonly Model[]> {
  const refresh = () => {
    later(MINUTE);
    return models.list();
  };
  return eventually(refresh, holds, 500 * MINUTE);
}

describe("the catalogue", () => {
  it("finds a model with its path and the schema of its input", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const model = await found(newModels().models, "acme/dream-1");
    expect(model).toMatchObject({
      id: "acme/dream-1",
      name: "Dream 1",
      developer: "Acme",
      pricing: { kind: "fixed" },
      path: UNIVERSAL_PATH,
      inputSchema: {
        type: "object",
        required: ["prompt"],
        additionalProperties: false,
        properties: { duration: { type: "integer", enum: [5, 10], default: 5 } },
      },
    });
    expect(model.inputSchema?.properties).not.toHaveProperty("model");
    expect((await calls()).map(({ kind }) => kind).sort()).toEqual(["deprecations", "document", "models"]);
  });

  it("finds a model by an alias and returns its id", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels();
    expect((await found(models, "acme-dream")).id).toBe("acme/dream-1");
    expect(await found(models, "gen4_turbo")).toMatchObject({ id: "runway/gen4_turbo", name: "Runway Gen-4 Turbo" });
  });

  it("uses the vendor's path of a model that has no other, and keeps the path of a built-in model", async () => {
    const aleph = documentOf("runway/gen4_aleph", { prompt: { type: "string" } });
    const models = [...LISTED, listed("runway/gen4_aleph")];
    await playCatalogue(
      smallCatalogue({ models: [listAnswer(models)], documents: { "runway/gen4_aleph": [{ body: aleph }] } }),
    );
    const { models: ours } = newModels();
    expect((await found(ours, "brook/legacy")).path).toBe("/v2/generate/video/brook/generation");
    expect((await found(ours, "runway/gen4_aleph")).path).toBe(RUNWAY_PATH);
    await ours.newer(await found(ours, "runway/gen4_aleph"));
    const newer = await eventually(
      async () => ours.newer(await found(ours, "runway/gen4_aleph")),
      (model) => model !== null,
    );
    expect(newer).toMatchObject({ path: RUNWAY_PATH, inputSchema: { properties: { prompt: { type: "string" } } } });
  });

  it("lists built-in models, then those of the catalogue, then those of EXTRA_MODELS that it lacks", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels(["vendor/extra", "acme/dream-1"]);
    const list = await models.list();
    expect(list.map(({ id }) => id)).toEqual([
      ...["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two"],
      ...["acme/dream-1", "acme/morph-2", "brook/keyframes", "brook/legacy", "brook/untold", "vendor/extra"],
    ]);
    // A built-in model has the facts of the catalogue.
    expect(list[1]).toMatchObject({ name: "Runway Gen-4 Turbo", aliases: ["gen4_turbo"], pricing: { kind: "fixed" } });
    expect(list[1]?.docsUrl).toBe("https://docs.example.com/");
  });

  it("knows the retirement of a model, and when it was announced or first seen", async () => {
    const endsAt = Date.now() + 10 * 24 * HOUR;
    const { replace } = await playCatalogue(smallCatalogue({ endsAt }));
    const { models } = newModels();
    const expected = { endsAt, announcedAt: Date.UTC(2026, 10, 1), replacement: "acme/dream-1" };
    expect((await found(models, "brook/legacy")).retirement).toEqual(expected);
    expect((await found(models, "acme/dream-1")).retirement).toBeNull();

    const { deprecated_at: _, ...untold } = deprecation(endsAt) as Record<string, unknown>;
    const turbo = { ...untold, model: "runway/gen4_turbo" };
    await replace(smallCatalogue({ deprecations: [{ body: [turbo] }] }));
    later(HOUR + MINUTE);
    const before = Date.now();
    const list = await refreshed(models, (all) => all[1]?.retirement !== null);
    const { announcedAt } = list[1]?.retirement ?? { announcedAt: 0 };
    expect(announcedAt).toBeGreaterThanOrEqual(before);
    expect(list.find(({ id }) => id === "brook/legacy")?.retirement).toBeNull();
    // A later read keeps the time when it was first seen. A built-in model has it without a wait.
    await replace(smallCatalogue({ deprecations: [{ body: { "runway/gen4_turbo": { sunset: endsAt + HOUR } } }] }));
    later(HOUR + MINUTE);
    await refreshed(models, (all) => all[1]?.retirement?.endsAt === endsAt + HOUR);
    expect((await found(models, "runway/gen4_turbo")).retirement).toEqual({
      ...{ endsAt: endsAt + HOUR, announcedAt, replacement: null },
    });
  });

  it("suggests the three most similar models for an unknown one", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels(["vendor/extra"]);
    expect(await models.find("dream1")).toMatchObject({ kind: "unknown", problem: null });
    const answer = await models.find("acme/draem-1");
    expect(answer.kind === "unknown" && answer.nearest[0]).toBe("acme/dream-1");
    expect(answer.kind === "unknown" && answer.nearest).toHaveLength(3);
  });

  it("knows the facts of a model of EXTRA_MODELS that the catalogue has, and does not check its input", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels(["acme/dream-1"]);
    const listed = (await models.list()).find(({ id }) => id === "acme/dream-1");
    expect(listed?.name).toBe("Dream 1");
    expect(await found(models, "acme/dream-1")).toEqual({
      ...listed,
      path: UNIVERSAL_PATH,
      inputSchema: null,
    });
  });

  it("makes no calls for built-in models and those of EXTRA_MODELS", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels(["vendor/extra"]);
    const getByName = vi.spyOn(namespace, "getByName");
    expect((await found(models, "runway/gen4_aleph")).path).toBe(RUNWAY_PATH);
    expect(await found(models, "vendor/extra")).toMatchObject({ path: UNIVERSAL_PATH, inputSchema: null });
    expect(await models.newer(await found(models, "runway/gen4_turbo"))).toBeNull();
    expect(await models.newer(await found(models, "vendor/extra"))).toBeNull();
    expect(getByName).not.toHaveBeenCalled();
    expect(await calls()).toEqual([]);
  });

  it("refreshes an old list in the background, at most once a minute", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels();
    const getByName = vi.spyOn(namespace, "getByName");
    models.refresh();
    models.refresh();
    await eventually(
      () => calls("models"),
      (made) => made.length === 1,
    );
    await eventually(
      async () => (await found(models, "runway/gen4_turbo")).name,
      (name) => name === "Runway Gen-4 Turbo",
    );
    models.refresh();
    expect(getByName).toHaveBeenCalledTimes(1);
    later(MINUTE);
    models.refresh();
    models.refresh();
    expect(getByName).toHaveBeenCalledTimes(2);
  });
});

describe("the isolate's copies", () => {
  it("answer lists and finds for a minute without a call to the object", async () => {
    await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels();
    await found(models, "acme/dream-1");
    const getByName = vi.spyOn(namespace, "getByName");
    await models.list();
    await found(models, "acme/dream-1");
    await found(models, "acme-dream");
    expect(getByName).not.toHaveBeenCalled();
    later(MINUTE);
    // One request asks for the list and for the operation. The others use the old copies.
    await Promise.all([1, 2, 3].map(() => found(models, "acme/dream-1")));
    expect(getByName).toHaveBeenCalledTimes(2);
  });

  it("keep the same objects for models that did not change, across lists and reads", async () => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    const [dream, morph] = [await found(models, "acme/dream-1"), await found(models, "acme/morph-2")];
    expect(await found(models, "acme/dream-1")).toBe(dream);
    const renamed = LISTED.map((model) =>
      "id" in model && model.id === "acme/morph-2" ? listed("acme/morph-2", { info: { name: "Morph" } }) : model,
    );
    await replace(smallCatalogue({ models: [listAnswer(renamed, '"m2"')] }));
    later(25 * HOUR);
    await found(models, "acme/dream-1");
    await eventually(
      () => calls("document"),
      (made) => made.length === 1,
    );
    await found(models, "acme/morph-2");
    later(MINUTE);
    await eventually(
      async () => (await found(models, "acme/morph-2")).name,
      (name) => name === "Morph",
    );
    expect(await found(models, "acme/dream-1")).toBe(dream);
    expect(await found(models, "acme/morph-2")).not.toBe(morph);
  });

  it("are the same list until something changes, so that its JSON is made once", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels(["vendor/extra", "acme-dream"]);
    const list = await models.list();
    expect(await models.list()).toBe(list);
    // An id of EXTRA_MODELS is a model of its own, although another one has it as an alias.
    expect(list.map(({ id }) => id).slice(-2)).toEqual(["vendor/extra", "acme-dream"]);
    expect(await found(models, "acme-dream")).toMatchObject({ id: "acme-dream", name: null });
  });

  it("are read by the next request if no time was left for them", async () => {
    await playCatalogue(smallCatalogue());
    const { models } = newModels();
    await models.list();
    expect(await models.find("acme/dream-1", Date.now())).toMatchObject({
      kind: "found",
      model: { inputSchema: null },
    });
    expect((await found(models, "acme/dream-1")).inputSchema).not.toBeNull();
  });

  it("are replaced by newer ones after the clock went back", async () => {
    const { replace } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    later(48 * HOUR);
    await found(models, "acme/dream-1");
    later(-47 * HOUR);
    const document = { body: documentOf("acme/dream-1", { prompt: {}, motion: {} }) };
    await replace(
      smallCatalogue({
        models: [listAnswer([listed("acme/dream-1", { info: { name: "Dream 1b" } })], '"m2"')],
        documents: { "acme/dream-1": [document] },
      }),
    );
    const renamed = async () => {
      later(MINUTE);
      return found(models, "acme/dream-1");
    };
    const model = await eventually(renamed, ({ name }) => name === "Dream 1b", 500 * MINUTE);
    expect((await models.newer(model)) ?? (await found(models, "acme/dream-1"))).toMatchObject({
      inputSchema: { properties: { motion: {} } },
    });
  });

  it("keep at most two hundred operations", async () => {
    const ids = Array.from({ length: 202 }, (_, at) => `acme/many-${at}`);
    const documents = ids.map((id) => [id, [{ body: documentOf(id, { prompt: { type: "string" } }) }]] as const);
    await playCatalogue({
      models: [listAnswer(ids.map((id) => listed(id)))],
      documents: Object.fromEntries(documents),
    });
    const { models, namespace } = newModels();
    await found(models, "acme/many-0");
    await Promise.all(ids.slice(1, 200).map((id) => found(models, id)));
    await found(models, "acme/many-0");
    const getByName = vi.spyOn(namespace, "getByName");
    await found(models, "acme/many-200");
    expect(getByName).toHaveBeenCalledTimes(1);
    // The least recently used one was dropped, not the oldest.
    await found(models, "acme/many-0");
    expect(getByName).toHaveBeenCalledTimes(1);
    await found(models, "acme/many-1");
    expect(getByName).toHaveBeenCalledTimes(2);
  });

  it("stay in use if the object does not answer", async () => {
    await playCatalogue(smallCatalogue());
    const { models, namespace } = newModels();
    const dream = await found(models, "acme/dream-1");
    later(MINUTE);
    vi.spyOn(namespace, "getByName").mockImplementation(() => {
      throw new Error("broken by the test");
    });
    expect(await found(models, "acme/dream-1")).toBe(dream);
    expect(await idsOf(models)).toContain("acme/dream-1");
    const other = modelsIn(namespace, { extraModels: [], clock: systemClock, detach: waitUntil });
    expect(await other.find("acme/dream-2")).toMatchObject({ kind: "unknown" });
  });
});

describe("before a refusal", () => {
  it("asks again for the model and its schema if the copy is older than ten minutes", async () => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    const old = await found(models, "acme/dream-1");
    later(9 * MINUTE);
    expect((await models.find("acme/new")).kind).toBe("unknown");
    expect(await models.newer(old)).toBeNull();
    expect(await calls()).toHaveLength(3);

    const fields = { prompt: { type: "string" }, motion: { type: "number" } };
    const dream = { headers: { etag: '"d2"' }, body: documentOf("acme/dream-1", fields) };
    const added = { body: documentOf("acme/new", fields) };
    const list = listAnswer([...LISTED, listed("acme/new")], '"m2"');
    await replace(smallCatalogue({ models: [list], documents: { "acme/dream-1": [dream], "acme/new": [added] } }));
    later(2 * MINUTE);
    expect((await found(models, "acme/new")).inputSchema?.properties).toHaveProperty("motion");
    const newer = await models.newer(old);
    expect(newer?.inputSchema?.properties).toHaveProperty("motion");
    // The next request finds the same object.
    expect(await found(models, "acme/dream-1")).toBe(newer);
    expect(await models.newer(newer as UsableModel)).toBeNull();
    expect((await calls("document")).map(({ path }) => path)).toHaveLength(2);
  });

  it("has nothing newer if the provider confirms the copy", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    const old = await found(models, "acme/dream-1");
    later(11 * MINUTE);
    expect(await models.newer(old)).toBeNull();
    expect((await calls("document")).map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"d1"']);
    expect(await models.newer(old)).toBeNull();
    expect(await calls("document")).toHaveLength(2);
  });

  it("fetches the provider's schema of a built-in model in the background, for the next request", async () => {
    const { calls } = await playCatalogue(smallCatalogue());
    const { models } = newModels();
    await models.list();
    const turbo = await found(models, "runway/gen4_turbo");
    expect(await models.newer(turbo)).toBeNull();
    await eventually(
      () => calls("document"),
      (made) => made.length === 1,
    );
    const newer = await eventually(
      () => models.newer(turbo),
      (model) => model !== null,
    );
    expect(newer?.inputSchema?.properties).toHaveProperty("motion_strength");
    // It is still found with the built-in schema.
    expect(await found(models, "runway/gen4_turbo")).toBe(turbo);
    expect(await models.newer(turbo)).toBe(newer);
  });
});

describe("the object", () => {
  const stubOf = () => testEnv.CATALOGUE.getByName(crypto.randomUUID());
  const ANY = { known: null, maxAgeMs: null, waitMs: 3_000 };

  it("leaves the copy out of the answer if the caller has it", async () => {
    await playCatalogue(smallCatalogue());
    const stub = stubOf();
    const { copy, readAt } = await stub.list(ANY);
    const again = await stub.list({ ...ANY, known: copy?.version ?? null });
    expect(again).toEqual({ copy: null, readAt, problem: null });
    const operation = await stub.operation("acme/dream-1", ANY);
    const known = operation.copy?.version ?? "";
    expect(await stub.operation("acme/dream-1", { ...ANY, known })).toMatchObject({ copy: null, problem: null });
    expect(await stub.operation("brook/untold", ANY)).toEqual({ copy: null, readAt: null, problem: null });
    expect(await stub.operation("acme/absent", ANY)).toEqual({ copy: null, readAt: null, problem: null });
  });

  it("keeps the version if the provider sends the same content again", async () => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const stub = stubOf();
    const versions = async () => {
      const asked = { ...ANY, maxAgeMs: 0 };
      return [(await stub.list(asked)).copy?.version, (await stub.operation("acme/dream-1", asked)).copy?.version];
    };
    const before = await versions();
    const document = { headers: { etag: '"other"' }, body: DOCUMENTS["acme/dream-1"] };
    await replace(
      smallCatalogue({ models: [listAnswer(LISTED, '"other"')], documents: { "acme/dream-1": [document] } }),
    );
    later(MINUTE);
    expect(await versions()).toEqual(before);
    expect(await calls()).toHaveLength(3);
  });

  it("answers with the copy that it has when the caller's time is up", async () => {
    await playCatalogue(smallCatalogue({ models: [listAnswer(LISTED), { hang: true }] }));
    const stub = stubOf();
    const { copy } = await stub.list(ANY);
    later(MINUTE);
    expect(await stub.list({ known: null, maxAgeMs: 0, waitMs: 100 })).toMatchObject({ copy, problem: null });
  });

  it("deletes the operations of models that have left the catalogue", async () => {
    const { replace, calls } = await playCatalogue(smallCatalogue());
    const stub = stubOf();
    await stub.list(ANY);
    await stub.operation("acme/dream-1", ANY);
    await stub.operation("acme/morph-2", ANY);
    const keys = () =>
      runInDurableObject(stub, (_, { storage }) => Array.from(storage.kv.list(), ([key]) => key).sort());
    expect(await keys()).toEqual(["confirmed", "list", "operation:acme/dream-1", "operation:acme/morph-2"]);
    await replace(smallCatalogue({ models: [listAnswer(LISTED.slice(1), '"m2"')] }));
    await stub.list({ ...ANY, maxAgeMs: 0 });
    expect(await calls("models")).toHaveLength(1);
    expect(await keys()).toEqual(["confirmed", "list", "operation:acme/morph-2"]);
  });

  it("does not rewrite an unchanged list, stores nothing before the first successful read, and sets no alarm", async () => {
    await playCatalogue({});
    const stub = stubOf();
    await stub.list(ANY);
    const rows = () => runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].length);
    expect(await rows()).toBe(0);
    await playCatalogue(smallCatalogue());
    later(MINUTE);
    await stub.list(ANY);
    expect(await rows()).toBe(2);
    const list = () => runInDurableObject(stub, (_, { storage }) => storage.kv.get("list"));
    const before = await list();
    const alarm = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    later(2 * HOUR);
    await stub.list({ ...ANY, maxAgeMs: HOUR });
    expect(await list()).toEqual(before);
    expect(alarm).toBeNull();
  });
});
