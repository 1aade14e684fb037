// Tests what the catalogue's object stores, with real storage and a source that the tests control.

import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { CatalogueObject } from "../../src/catalogue/object.ts";
import type { AnnouncedRetirement, CatalogueSource, ListedModel, Reading } from "../../src/catalogue/ports.ts";
import type { Answer, Asked } from "../../src/catalogue/results.ts";
import type { CatalogueModel } from "../../src/catalogue/retirements.ts";
import { type ModelOperation, UNIVERSAL_PATH } from "../../src/core/models/model.ts";
import { modelWith } from "../support/models.ts";
import { testEnv } from "./support.ts";

const OPERATION: ModelOperation = { path: UNIVERSAL_PATH, inputSchema: null };
const NOW: Asked = { known: null, maxAgeMs: 0, waitMs: 3_000 };
const ANY: Asked = { ...NOW, maxAgeMs: null };

function listed(id: string, document: string | null = `/docs?model=${id}`): ListedModel {
  const { retirement: _, path: __, inputSchema: ___, ...model } = modelWith(null, id);
  return { ...model, document };
}

const read = <T>(value: T, etag: string | null = '"1"'): Reading<T> => ({ kind: "read", value, etag });

/** Plays the provider, and records what is read, with the ETag that was sent. */
class Provider {
  origin: string | null = "https://one.example";
  list: Reading<readonly ListedModel[]> = read([listed("a")]);
  retirements: Reading<readonly AnnouncedRetirement[]> | Promise<Reading<readonly AnnouncedRetirement[]>> = read([]);
  operations: () => Promise<Reading<ModelOperation>> = async () => read(OPERATION);
  now = Date.UTC(2027, 0, 1);
  #asked: string[] = [];

  source(): CatalogueSource {
    const asked = (what: string, etag: string | null) => this.#asked.push(`${what} ${etag}`);
    return {
      origin: this.origin,
      models: async (etag) => {
        asked("models", etag);
        return this.list;
      },
      retirements: async (etag) => {
        asked("retirements", etag);
        return this.retirements;
      },
      operation: (id, document, etag) => {
        asked(`${id} ${document}`, etag);
        return this.operations();
      },
    };
  }

  /** Since it was last asked for. */
  asked(): string[] {
    return this.#asked.splice(0);
  }
}

async function withObject(
  work: (provider: Provider, object: CatalogueObject, storage: DurableObjectStorage) => Promise<void>,
): Promise<void> {
  const stub = testEnv.CATALOGUE.getByName(crypto.randomUUID());
  await runInDurableObject(stub, async (_, state) => {
    const provider = new Provider();
    const object = new CatalogueObject(
      state,
      {},
      {
        clock: { now: () => provider.now, random: () => 0 },
        log: { info() {}, error() {} },
        source: () => provider.source(),
      },
    );
    await work(provider, object, state.storage);
  });
}

const modelsIn = ({ copy }: Answer<readonly CatalogueModel[]>): CatalogueModel[] => JSON.parse(copy?.json ?? "[]");

it("reads again before it answers after AIMLAPI_BASE_URL has changed, and sends no ETag of another origin", () =>
  withObject(async (provider, object) => {
    await object.list(ANY);
    await object.operation("a", ANY);
    provider.asked();
    provider.origin = "https://two.example";
    provider.list = read([listed("a"), listed("b")]);
    expect(modelsIn(await object.list(ANY)).map(({ id }) => id)).toEqual(["a", "b"]);
    provider.operations = async () => read({ ...OPERATION, path: "/v1/two" });
    expect((await object.operation("a", ANY)).copy?.json).toContain("/v1/two");
    expect(provider.asked()).toEqual(["retirements null", "models null", "a /docs?model=a null"]);
    await object.list(ANY);
    expect(provider.asked()).toEqual([]);
  }));

it("answers with an unconfirmed copy of another origin until this origin can be read", () =>
  withObject(async (provider, object) => {
    await object.list(ANY);
    await object.operation("a", ANY);
    provider.origin = "https://two.example";
    const failed = { kind: "failed", message: "down" } as const;
    provider.list = failed;
    provider.operations = async () => failed;
    const list = await object.list(ANY);
    expect(list).toMatchObject({ readAt: null, problem: "down" });
    expect(modelsIn(list)).toHaveLength(1);
    expect(await object.operation("a", ANY)).toMatchObject({ copy: {}, readAt: null, problem: "down" });
  }));

it("sends no ETag from another release, which may have read less of the same answer", () =>
  withObject(async (provider, object, { kv }) => {
    await object.list(ANY);
    await object.operation("a", ANY);
    provider.asked();
    for (const key of ["confirmed", "operation:a"]) kv.put(key, { ...kv.get<object>(key), release: "0.0.1" });
    // The copies still count as fresh.
    await object.list(ANY);
    await object.operation("a", ANY);
    expect(provider.asked()).toEqual([]);
    provider.now += 1;
    await object.list(NOW);
    await object.operation("a", NOW);
    expect(provider.asked()).toEqual(["retirements null", "models null", "a /docs?model=a null"]);
    provider.now += 1;
    await object.list(NOW);
    await object.operation("a", NOW);
    expect(provider.asked()).toEqual(['retirements "1"', 'models "1"', 'a /docs?model=a "1"']);
  }));

it("reads the retirements again after the list has changed, because they may be those of new models", () =>
  withObject(async (provider, object) => {
    const endsAt = Date.UTC(2027, 5, 1);
    provider.retirements = read([{ model: "b", endsAt, announcedAt: null, replacement: null }]);
    await object.list(ANY);
    provider.now += 1;
    provider.list = read([listed("a"), listed("b")]);
    provider.retirements = { kind: "unchanged" };
    expect(modelsIn(await object.list(NOW)).map(({ retirement }) => retirement)).toEqual([null, null]);
    provider.asked();
    provider.now += 1;
    provider.retirements = read([{ model: "b", endsAt, announcedAt: null, replacement: null }]);
    expect(modelsIn(await object.list(NOW))[1]?.retirement).toMatchObject({ endsAt });
    expect(provider.asked()).toEqual(["retirements null", 'models "1"']);
  }));

it("lists models without retirements that take longer than a second, and adds them later", () =>
  withObject(async (provider, object) => {
    const endsAt = Date.UTC(2027, 5, 1);
    let answer = () => {};
    provider.retirements = new Promise((resolve) => {
      answer = () => resolve(read([{ model: "a", endsAt, announcedAt: null, replacement: null }], '"late"'));
    });
    const [model] = modelsIn(await object.list(ANY));
    expect(model).toMatchObject({ id: "a", retirement: null });
    answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect(modelsIn(await object.list(ANY))[0]?.retirement).toMatchObject({ endsAt });
    provider.asked();
    provider.retirements = { kind: "unchanged" };
    provider.now += 1;
    expect(modelsIn(await object.list(NOW))[0]?.retirement).toMatchObject({ endsAt });
    expect(provider.asked()).toEqual(['retirements "late"', 'models "1"']);
  }));

it("reads a document in the background once the list names another one", () =>
  withObject(async (provider, object) => {
    await object.list(ANY);
    await object.operation("a", ANY);
    provider.list = read([listed("a", "/docs/2")]);
    provider.now += 1;
    await object.list(NOW);
    provider.asked();
    let answer = () => {};
    provider.operations = () =>
      new Promise((resolve) => {
        answer = () => resolve(read({ ...OPERATION, path: "/v1/two" }));
      });
    expect((await object.operation("a", ANY)).copy?.json).toContain(UNIVERSAL_PATH);
    expect(provider.asked()).toEqual(["a /docs/2 null"]);
    answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect((await object.operation("a", ANY)).copy?.json).toContain("/v1/two");
  }));

it("keeps reading a document after its address disappears from the list", () =>
  withObject(async (provider, object) => {
    await object.list(ANY);
    await object.operation("a", ANY);
    provider.list = read([listed("a", null), listed("b", null)]);
    provider.now += 1;
    await object.list(NOW);
    provider.asked();
    expect((await object.operation("a", NOW)).copy).not.toBeNull();
    expect((await object.operation("b", NOW)).copy).toBeNull();
    expect(provider.asked()).toEqual(['a /docs?model=a "1"']);
  }));

it("keeps nothing of a model that leaves the catalogue while its document is read", () =>
  withObject(async (provider, object, { kv }) => {
    provider.list = read([listed("a"), listed("b")]);
    await object.list(ANY);
    let answer = () => {};
    provider.operations = () =>
      new Promise((resolve) => {
        answer = () => resolve(read(OPERATION));
      });
    const operation = object.operation("a", ANY);
    provider.list = read([listed("b")]);
    provider.now += 1;
    await object.list(NOW);
    answer();
    expect(await operation).toMatchObject({ copy: null });
    expect(Array.from(kv.list(), ([key]) => key)).toEqual(["confirmed", "list"]);
  }));

it("keeps a list of 900,000 characters of two bytes each", () =>
  withObject(async (provider, object, { kv }) => {
    const texts = Array(50).fill("語".repeat(200));
    const large = Array.from({ length: 85 }, (_, at) => ({ ...listed(`m${at}`), capabilities: texts }));
    provider.list = read(large);
    const list = await object.list(ANY);
    expect(list.copy?.json.length).toBeGreaterThan(850_000);
    expect(kv.get<{ json: string }>("list")?.json).toBe(list.copy?.json);
    provider.list = read([...large, ...large.map((model) => ({ ...model, id: `more-${model.id}` }))]);
    provider.now += 1;
    expect(await object.list({ ...NOW, known: list.copy?.version ?? null })).toMatchObject({
      copy: null,
      problem: "the list is too large to be kept",
    });
  }));
