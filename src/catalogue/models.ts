// The models that requests may use: the built-in ones, those of EXTRA_MODELS, and those of the provider's catalogue.

import type { Clock } from "../clock.ts";
import { type Model, type ModelOperation, UNIVERSAL_PATH, type UsableModel } from "../core/models/model.ts";
import { nearest } from "../core/models/nearest.ts";
import { BUILT_IN_MODELS } from "./built-in.ts";
import { Copies, type Copy, type Namespace, type Need } from "./copies.ts";
import { BUILT_IN, type MergedModels, mergedModels } from "./merged.ts";

/** Operations for the HTTP side. */
export interface Models {
  /** Every model, those of EXTRA_MODELS last. */
  list(): Promise<readonly Model[]>;
  /** Finds a model by its id or an alias. */
  find(name: string): Promise<FoundModel>;
  /** What is known of the model now, if that is newer; otherwise null. Asked before the model's schema refuses a field. */
  newer(model: UsableModel): Promise<UsableModel | null>;
  /** Reads what is old again, without waiting. */
  refresh(): void;
}

export type FoundModel =
  | { readonly kind: "found"; readonly model: UsableModel }
  | {
      readonly kind: "unknown";
      /** The ids most like it, best first, at most three. */
      readonly nearest: readonly string[];
      /** Why the provider's catalogue could not be read; null if it was. */
      readonly problem: string | null;
    };

/** How long a request waits for the catalogue, list and schema together, in milliseconds. */
const WAIT_MS = 3_000;

/** Before a model or a field is refused by an older copy, the provider is asked once more. */
const REFUSAL_AGE_MS = 10 * 60_000;

/** Between two readings in the background, in milliseconds, as long as there is no list. */
const REFRESH_PAUSE_MS = 60_000;

/** What is known of the operation of a model without a readable description. */
const PASSED_THROUGH: ModelOperation = { path: UNIVERSAL_PATH, inputSchema: null };

/** The models known without asking the provider. */
export function knownModels(extraModels: readonly string[]): readonly UsableModel[] {
  return [...BUILT_IN_MODELS, ...extraModels.map(extraModel)];
}

function extraModel(id: string): UsableModel {
  const untold = { name: null, developer: null, capabilities: [], pricing: null, retirement: null, docsUrl: null };
  return { id, aliases: [], ...untold, ...PASSED_THROUGH };
}

export interface ModelsDeps {
  /** EXTRA_MODELS. */
  readonly extraModels: readonly string[];
  readonly clock: Clock;
  /** Lets work continue after the answer to the request. */
  readonly detach: (work: Promise<unknown>) => void;
}

/** What the requests of an isolate share. */
class Shared {
  readonly copies = new Copies();
  /** When old copies were last read again in the background; null: never. */
  refreshedAt: number | null = null;
  /** By model and operation, so that the same pair is always the same object. */
  readonly #usable = new WeakMap<Model, WeakMap<ModelOperation, UsableModel>>();
  readonly #extra = new Map<string, UsableModel>();

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

  extra(id: string): UsableModel {
    const known = this.#extra.get(id);
    if (known !== undefined) return known;
    const model = extraModel(id);
    this.#extra.set(id, model);
    return model;
  }
}

const shared = new WeakMap<Namespace, Shared>();

/** The models of a deployment whose catalogue's object is in this namespace. */
export function modelsIn(namespace: Namespace, { extraModels, clock, detach }: ModelsDeps): Models {
  const ours = shared.get(namespace) ?? new Shared();
  shared.set(namespace, ours);
  const { copies } = ours;

  const within = (waitMs: number, maxAgeMs: number | null = null): Need => ({ until: clock.now() + waitMs, maxAgeMs });
  const isOlderThan = (ageMs: number, readAt: number | null) => readAt === null || clock.now() - readAt > ageMs;
  const list = (need: Need) => copies.list(namespace, clock, need);
  const operation = (id: string, need: Need) => copies.operation(namespace, id, clock, need);

  function builtIn(model: UsableModel): UsableModel {
    const listed = ours.models.listed(model.id);
    return listed === undefined ? model : ours.usable(listed, model);
  }

  async function find(name: string): Promise<FoundModel> {
    const known = BUILT_IN.get(name);
    if (known !== undefined) return { kind: "found", model: builtIn(known) };
    if (extraModels.includes(name)) return { kind: "found", model: ours.extra(name) };
    const need = within(WAIT_MS);
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
    return { kind: "unknown", nearest: nearest(name, ids, 3), problem: isOld ? problem : null };
  }

  async function newer(model: UsableModel): Promise<UsableModel | null> {
    const { id } = model;
    const listed = ours.models.listed(id);
    // Also where no request has needed the catalogue yet: a demo asks nobody.
    if (listed === undefined || (extraModels.includes(id) && !BUILT_IN.has(id))) return null;
    const usable = (copy: Copy<ModelOperation> | null) => {
      const found = copy?.value == null ? null : ours.usable(listed, copy.value);
      return found === model ? null : found;
    };
    if (BUILT_IN.has(id)) {
      const known = copies.knownOperation(id);
      // Nobody waits for this, so that it helps a later request.
      detach(operation(id, within(WAIT_MS)));
      return known?.value?.inputSchema == null ? null : usable(known);
    }
    const found = usable(copies.knownOperation(id));
    const readAt = copies.knownOperation(id)?.readAt ?? null;
    if (found !== null || !isOlderThan(REFUSAL_AGE_MS, readAt)) return found;
    return usable(await operation(id, within(WAIT_MS, REFUSAL_AGE_MS)));
  }

  return {
    find,
    newer,
    async list() {
      await list(within(WAIT_MS));
      const { all } = ours.models;
      const others = extraModels.filter((id) => ours.models.find(id) === undefined);
      return [...all, ...others.map((id) => ours.extra(id))];
    },
    refresh() {
      const now = clock.now();
      const isDue = ours.refreshedAt === null || Math.abs(now - ours.refreshedAt) >= REFRESH_PAUSE_MS;
      if (!isDue || !copies.isListOld(clock)) return;
      ours.refreshedAt = now;
      detach(list(within(WAIT_MS)));
    },
  };
}
