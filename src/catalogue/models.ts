// Finds the models that requests may use: the built-in ones, those of EXTRA_MODELS, and those of the provider's
// catalogue.

import type { Clock } from "../clock.ts";
import type { PricingView } from "../contract/models.ts";
import {
  type Model,
  type ModelOperation,
  modelWithoutFacts,
  UNIVERSAL_PATH,
  type UsableModel,
} from "../core/models/model.ts";
import { nearest } from "../core/models/nearest.ts";
import { Copies, type Copy, MAX_WAIT_MS, type Namespace, type Need } from "./copies.ts";
import { BUILT_IN, type MergedModels, mergedModels } from "./merged.ts";

/** The gateway to the models for the HTTP side. */
export interface Models {
  /** All models: built-in ones first, those of EXTRA_MODELS last. */
  list(): Promise<readonly Model[]>;
  /** The time until which a request that starts now may wait, in milliseconds since the Unix epoch. */
  waitEnd(): number;
  /**
   * Finds a model by its id or an alias.
   *
   * @param until the request's `waitEnd`.
   */
  find(name: string, until?: number): Promise<FoundModel>;
  /**
   * The model with a newer schema, or null if there is none. Called before the model's schema refuses a request. Waits
   * for the provider only if the model is not built in and its schema is older than ten minutes.
   *
   * @param until the request's `waitEnd`.
   */
  newer(model: UsableModel, until?: number): Promise<UsableModel | null>;
  /**
   * The model's pricing; null if it is not known. Any copy of the list will do, however old.
   *
   * @param until if there is no copy, waits for the provider until this time. Null: never waits for the provider.
   */
  pricing(model: UsableModel, until: number | null): Promise<PricingView | null>;
  /** Refreshes an old list in the background. */
  refresh(): void;
}

export type FoundModel =
  | { readonly kind: "found"; readonly model: UsableModel }
  | {
      readonly kind: "unknown";
      /** The ids of the three most similar models, best first. */
      readonly nearest: readonly string[];
      /** Why the catalogue could not be read. Null if it was read in the last ten minutes. */
      readonly problem: string | null;
    };

/** If a copy is older, the provider is asked once more before a model or a field is refused. In milliseconds. */
const REFUSAL_AGE_MS = 10 * 60_000;

/** Minimum time between two refreshes in the background, in milliseconds. Matters only while there is no list. */
const REFRESH_PAUSE_MS = 60_000;

/** The operation of a model whose document is missing or unreadable. */
const PASSED_THROUGH: ModelOperation = { path: UNIVERSAL_PATH, inputSchema: null };

/** A model of which only the id is known. Its input is passed on. */
export function unlistedModel(id: string): UsableModel {
  return { ...modelWithoutFacts(id), ...PASSED_THROUGH };
}

export interface ModelsDeps {
  /** The ids in EXTRA_MODELS. */
  readonly extraModels: readonly string[];
  readonly clock: Clock;
  /** Keeps work running after the answer to the request. */
  readonly detach: (work: Promise<unknown>) => void;
}

/** State that the requests of an isolate share. */
class Shared {
  readonly copies = new Copies();
  /** Time of the last refresh in the background; null if there was none. */
  refreshedAt: number | null = null;
  /** By model and operation, so that the same pair always gives the same object. */
  readonly #usable = new WeakMap<Model, WeakMap<ModelOperation, UsableModel>>();
  readonly #extra = new Map<string, UsableModel>();
  #list: {
    readonly models: MergedModels;
    readonly extraModels: readonly string[];
    readonly all: readonly Model[];
  } | null = null;

  get models(): MergedModels {
    return mergedModels(this.copies.knownList?.value ?? null);
  }

  usable(model: Model, operation: ModelOperation): UsableModel {
    const ofModel = this.#usable.get(model) ?? new WeakMap<ModelOperation, UsableModel>();
    this.#usable.set(model, ofModel);
    const known = ofModel.get(operation);
    if (known !== undefined) return known;
    // A built-in model keeps its path.
    const path = BUILT_IN.get(model.id)?.path ?? operation.path;
    const usable = { ...model, path, inputSchema: operation.inputSchema };
    ofModel.set(operation, usable);
    return usable;
  }

  /** Returns the same array until something changes, because its JSON is cached by identity. */
  list(extraModels: readonly string[]): readonly Model[] {
    const { models } = this;
    if (this.#list?.models !== models || this.#list.extraModels !== extraModels) {
      const others = extraModels.filter((id) => models.all.every((model) => model.id !== id));
      this.#list = { models, extraModels, all: [...models.all, ...others.map((id) => this.extra(id))] };
    }
    return this.#list.all;
  }

  /** A model of EXTRA_MODELS. Its input is not checked, but its facts are used if the catalogue has it. */
  extra(id: string): UsableModel {
    const listed = this.models.listed(id);
    if (listed !== undefined) return this.usable(listed, PASSED_THROUGH);
    const known = this.#extra.get(id);
    if (known !== undefined) return known;
    const model = unlistedModel(id);
    this.#extra.set(id, model);
    return model;
  }
}

const shared = new WeakMap<Namespace, Shared>();

/** The models of a deployment. @param namespace of the catalogue's object. */
export function modelsIn(namespace: Namespace, { extraModels, clock, detach }: ModelsDeps): Models {
  const ours = shared.get(namespace) ?? new Shared();
  shared.set(namespace, ours);
  const { copies } = ours;

  const waitEnd = () => clock.now() + MAX_WAIT_MS;
  const anyCopy = (until = waitEnd()): Need => ({ until, maxAgeMs: null });
  const isOlderThan = (ageMs: number, readAt: number | null) =>
    readAt === null || Math.abs(clock.now() - readAt) > ageMs;
  const list = (need: Need) => copies.list(namespace, clock, need);
  const operation = (id: string, need: Need) => copies.operation(namespace, id, clock, need);

  function builtIn(model: UsableModel): UsableModel {
    const listed = ours.models.listed(model.id);
    return listed === undefined ? model : ours.usable(listed, model);
  }

  async function find(name: string, until = waitEnd()): Promise<FoundModel> {
    const known = BUILT_IN.get(name);
    if (known !== undefined) return { kind: "found", model: builtIn(known) };
    if (extraModels.includes(name)) return { kind: "found", model: ours.extra(name) };
    const need = anyCopy(until);
    let catalogue = await list(need);
    let model = ours.models.find(name);
    if (model === undefined && isOlderThan(REFUSAL_AGE_MS, catalogue.readAt)) {
      catalogue = await list({ ...need, maxAgeMs: REFUSAL_AGE_MS });
      model = ours.models.find(name);
    }
    if (model === undefined) return unknown(name, catalogue);
    const its = BUILT_IN.get(model.id);
    if (its !== undefined) return { kind: "found", model: builtIn(its) };
    const { value } = await operation(model.id, need);
    return { kind: "found", model: ours.usable(model, value ?? PASSED_THROUGH) };
  }

  function unknown(name: string, { readAt, problem }: Copy<unknown>): FoundModel {
    const ids = [...ours.models.all.map(({ id }) => id), ...extraModels];
    const isOld = isOlderThan(REFUSAL_AGE_MS, readAt);
    // An old copy without a problem: the read was still running when the time was up.
    return {
      kind: "unknown",
      nearest: nearest(name, ids, 3),
      problem: isOld ? (problem ?? "no answer in time") : null,
    };
  }

  async function newer(model: UsableModel, until = waitEnd()): Promise<UsableModel | null> {
    const { id } = model;
    const listed = ours.models.listed(id);
    // Without a list, nothing is newer. So the offline demo, which never reads the list, makes no requests.
    if (listed === undefined || (extraModels.includes(id) && !BUILT_IN.has(id))) return null;
    const usable = (copy: Copy<ModelOperation> | null) => {
      const found = copy?.value == null ? null : ours.usable(listed, copy.value);
      return found === model ? null : found;
    };
    if (BUILT_IN.has(id)) {
      const known = copies.knownOperation(id);
      // Built-in models never wait, so a schema that is fetched now helps only later requests.
      detach(operation(id, anyCopy()));
      return known?.value?.inputSchema == null ? null : usable(known);
    }
    const found = usable(copies.knownOperation(id));
    const readAt = copies.knownOperation(id)?.readAt ?? null;
    if (found !== null || !isOlderThan(REFUSAL_AGE_MS, readAt)) return found;
    return usable(await operation(id, { until, maxAgeMs: REFUSAL_AGE_MS }));
  }

  return {
    waitEnd,
    find,
    newer,
    async pricing(model, until) {
      if (copies.knownList?.value == null) {
        if (until === null) await copies.storedList(namespace, clock);
        else await list(anyCopy(until));
      }
      return ours.models.listed(model.id)?.pricing ?? model.pricing;
    },
    async list() {
      await list(anyCopy());
      return ours.list(extraModels);
    },
    refresh() {
      const now = clock.now();
      const isDue = ours.refreshedAt === null || Math.abs(now - ours.refreshedAt) >= REFRESH_PAUSE_MS;
      if (!isDue || !copies.isListOld(clock)) return;
      ours.refreshedAt = now;
      detach(list(anyCopy()));
    },
  };
}
