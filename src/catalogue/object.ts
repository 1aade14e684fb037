// The Durable Object of the provider's catalogue, one for the whole deployment. It keeps the last good copy of the list
// and of each operation that was used. It has no alarm: it calls the provider only while it is called itself.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import { toJson } from "../contract/json.ts";
import { VERSION } from "../contract/version.ts";
import type { ModelOperation } from "../core/models/model.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { AnnouncedRetirement, CatalogueSource, ListedModel, Reading } from "./ports.ts";
import type { Answer, Asked } from "./results.ts";
import { type CatalogueModel, withRetirements } from "./retirements.ts";
import { SharedReading } from "./shared-reading.ts";
import { CatalogueStore, type Origin, type StoredList, type StoredOperation } from "./store.ts";

/** Older copies are refreshed in the background. In milliseconds. */
const LIST_AGE_MS = 60 * 60_000;
const OPERATION_AGE_MS = 24 * 60 * 60_000;

/** In characters of at most two bytes. A row in storage has at most 2 MB. */
const MAX_LIST_LENGTH = 900_000;
const TOO_LARGE = "the list is too large to be kept";

/** How long new models wait for their retirements, in milliseconds. Later ones are added when they arrive. */
const RETIREMENTS_WAIT_MS = 1_000;

export interface CatalogueDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Called for each read, because settings may have changed. */
  source(): CatalogueSource;
}

/** The list or an operation. */
interface Wanted {
  readonly reading: SharedReading;
  readonly refreshAfterMs: number;
  /** When the provider last confirmed the copy. Null if there is none, or only one from another origin. */
  readAt(): number | null;
}

export class CatalogueObject extends DurableObject<unknown> {
  readonly #deps: CatalogueDeps;
  readonly #store: CatalogueStore;
  readonly #listReading: SharedReading;
  /** By the id of the model. */
  readonly #operationReadings = new Map<string, SharedReading>();
  /** The models of the stored list, parsed when first needed. */
  #parsed: { readonly version: string; readonly models: readonly CatalogueModel[] } | null = null;

  constructor(ctx: DurableObjectState, env: unknown, deps: CatalogueDeps) {
    super(ctx, env);
    this.#deps = deps;
    this.#store = new CatalogueStore(ctx.storage.kv);
    this.#listReading = new SharedReading(deps.clock, () => this.#readList());
  }

  /** The video models. */
  async list(asked: Asked): Promise<Answer<readonly CatalogueModel[]>> {
    const reading = this.#listReading;
    const readAt = () => {
      const confirmed = this.#store.confirmed();
      return this.#isFromHere(confirmed) ? confirmed.at : null;
    };
    await this.#freshen({ reading, refreshAfterMs: LIST_AGE_MS, readAt }, asked);
    const list = this.#store.list();
    const copy = list === null || list.version === asked.known ? null : { version: list.version, json: list.json };
    return { copy, readAt: readAt(), problem: reading.problem };
  }

  /** The stored list of video models, however old. Never calls the provider. */
  storedList(): Answer<readonly CatalogueModel[]> {
    const list = this.#store.list();
    const copy = list && { version: list.version, json: list.json };
    return { copy, readAt: this.#store.confirmed()?.at ?? null, problem: null };
  }

  /** A model's operation. There is no copy if the catalogue lacks the model or its document. */
  async operation(id: string, asked: Asked): Promise<Answer<ModelOperation>> {
    const document = this.#documentOf(id);
    if (document === null) return { copy: null, readAt: null, problem: null };
    const reading = this.#operationReading(id);
    const readAt = () => {
      const operation = this.#store.operation(id);
      return this.#isFromHere(operation) ? operation.at : null;
    };
    const isMoved = this.#store.operation(id)?.document !== document;
    await this.#freshen({ reading, refreshAfterMs: isMoved ? 0 : OPERATION_AGE_MS, readAt }, asked);
    const stored = this.#store.operation(id);
    const copy =
      stored === null || stored.version === asked.known ? null : { version: stored.version, json: stored.json };
    return { copy, readAt: readAt(), problem: reading.problem };
  }

  async #freshen({ reading, refreshAfterMs, readAt }: Wanted, { maxAgeMs, waitMs }: Asked): Promise<void> {
    const at = readAt();
    // If the clock went back, the time is in the future. That also counts as old.
    const age = at === null ? Number.POSITIVE_INFINITY : Math.abs(this.#deps.clock.now() - at);
    const isTooOld = at === null || (maxAgeMs !== null && age > maxAgeMs);
    const running = isTooOld || age > refreshAfterMs ? reading.start() : null;
    if (running === null) return;
    if (isTooOld) await withTimeout(running, waitMs).catch(() => {});
    else this.ctx.waitUntil(running);
  }

  #isFromHere<T extends Origin>(copy: T | null): copy is T {
    return copy !== null && copy.origin === this.#deps.source().origin;
  }

  #operationReading(id: string): SharedReading {
    const known = this.#operationReadings.get(id);
    if (known !== undefined) return known;
    const reading = new SharedReading(this.#deps.clock, () => this.#readOperation(id));
    this.#operationReadings.set(id, reading);
    return reading;
  }

  #models(list: StoredList | null = this.#store.list()): readonly CatalogueModel[] {
    if (list === null) return [];
    if (this.#parsed?.version !== list.version) {
      this.#parsed = { version: list.version, models: JSON.parse(list.json) as CatalogueModel[] };
    }
    return this.#parsed.models;
  }

  /** Path and query of the model's document; null if the catalogue has none. */
  #documentOf(id: string): string | null {
    return this.#models().find((model) => model.id === id)?.document ?? null;
  }

  /** @returns why it failed, or null. */
  async #readList(): Promise<string | null> {
    const source = this.#deps.source();
    const from: Origin = { origin: source.origin, release: VERSION };
    const stored = this.#store.confirmed();
    const confirmed = isFrom(stored, from) ? stored : null;
    const announced = source.retirements(confirmed?.retirementsEtag ?? null);
    const models = await source.models(confirmed?.etag ?? null);
    if (models.kind === "failed") return this.#logFailure("models", models.message);
    // Models without retirements are better than none.
    const retirements = await withTimeout(announced, RETIREMENTS_WAIT_MS).catch(() => null);
    if (retirements === null) this.ctx.waitUntil(announced.then((late) => this.#keepLateRetirements(late, from)));
    else if (retirements.kind === "failed") this.#logFailure("retirements", retirements.message);
    const read = retirements?.kind === "read" ? retirements : null;
    const known = this.#models();
    const listed = models.kind === "read" ? withKnownDocuments(models.value, known) : known;
    const kept = this.#keepModels(listed, read?.value ?? null);
    if (kept === "too large") return this.#logFailure("models", TOO_LARGE);
    // Retirements that were announced before may be those of new models, so they are read again.
    const retirementsEtag = kept === "new" ? null : (confirmed?.retirementsEtag ?? null);
    this.#store.putConfirmed({
      ...from,
      at: this.#deps.clock.now(),
      etag: models.kind === "read" ? models.etag : (confirmed?.etag ?? null),
      retirementsEtag: read === null ? retirementsEtag : read.etag,
    });
    return null;
  }

  #keepLateRetirements(late: Reading<readonly AnnouncedRetirement[]>, from: Origin): void {
    if (late.kind === "failed") this.#logFailure("retirements", late.message);
    const confirmed = this.#store.confirmed();
    if (late.kind !== "read" || !isFrom(confirmed, from)) return;
    if (this.#keepModels(this.#models(), late.value) === "too large") this.#logFailure("retirements", TOO_LARGE);
    else this.#store.putConfirmed({ ...confirmed, retirementsEtag: late.etag });
  }

  /** @param announced null if there is no news. */
  #keepModels(
    listed: readonly ListedModel[],
    announced: readonly AnnouncedRetirement[] | null,
  ): "new" | "unchanged" | "too large" {
    const now = this.#deps.clock.now();
    const json = toJson(withRetirements(listed, announced, { known: this.#models(), now }));
    if (json.length > MAX_LIST_LENGTH) return "too large";
    if (json === this.#store.list()?.json) return "unchanged";
    this.#putList({ version: crypto.randomUUID(), json });
    return "new";
  }

  #putList(list: StoredList): void {
    this.#store.putList(list);
    const ids = new Set(this.#models(list).map(({ id }) => id));
    this.#store.keepOperations(ids);
    for (const id of this.#operationReadings.keys()) if (!ids.has(id)) this.#operationReadings.delete(id);
  }

  /** @returns why it failed, or null. */
  async #readOperation(id: string): Promise<string | null> {
    const document = this.#documentOf(id);
    if (document === null) return null;
    const before = this.#store.operation(id);
    const source = this.#deps.source();
    const from: Origin = { origin: source.origin, release: VERSION };
    const etag = isFrom(before, from) && before.document === document ? before.etag : null;
    const read = await source.operation(id, document, etag);
    // Meanwhile, the model has left the catalogue, or its document has moved.
    if (this.#documentOf(id) !== document) return null;
    if (read.kind === "failed") return this.#logFailure(id, read.message);
    const at = this.#deps.clock.now();
    if (read.kind === "unchanged") {
      if (before !== null) this.#store.putOperation(id, { ...before, at });
      return null;
    }
    if (read.value.inputSchema === null && this.#isFromHere(before) && hasSchema(before)) {
      return this.#logFailure(id, "the schema can no longer be read");
    }
    const json = toJson(read.value);
    const version = json === before?.json ? before.version : crypto.randomUUID();
    this.#store.putOperation(id, { ...from, version, json, at, etag: read.etag, document });
    return null;
  }

  #logFailure(what: string, message: string): string {
    this.#deps.log.info("catalogue.failed", { what, message });
    return message;
  }
}

/**
 * A model without the address of its document keeps the known one: a list in a new shape does not move the documents.
 */
function withKnownDocuments(models: readonly ListedModel[], known: readonly CatalogueModel[]): readonly ListedModel[] {
  const documents = new Map(known.map(({ id, document }) => [id, document]));
  return models.map((model) => ({ ...model, document: model.document ?? documents.get(model.id) ?? null }));
}

function isFrom<T extends Origin>(copy: T | null, { origin, release }: Origin): copy is T {
  return copy !== null && copy.origin === origin && copy.release === release;
}

function hasSchema({ json }: StoredOperation): boolean {
  return (JSON.parse(json) as ModelOperation).inputSchema !== null;
}
