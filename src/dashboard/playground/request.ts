// Builds the request that the playground sends from what the user has entered.

import type { GenerationView } from "../../contract/generation.ts";
import type { ModelDetail } from "../../contract/models.ts";
import { type Mode, type SandboxScript, TERMINAL_EVENTS } from "../../contract/words.ts";
import { mapLeaves, takesFile } from "./files.ts";
import { fieldsOf, fits, initial, isObject, type Schema } from "./schema.ts";
import { lostUpload } from "./upload.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Reelhook's own fields, shown after those of the model. */
export const OURS: readonly string[] = ["webhooks", "metadata", "retention_days"];

/** A webhook in the form. Not sent while its URL is empty. */
export interface WebhookRow {
  readonly url: string;
  /** Undefined: the default. */
  readonly events?: readonly string[];
}

/** What was typed in each field, and for which model. */
export type Typed = Readonly<Record<string, { readonly value: unknown; readonly model: string }>>;

/** What the user has entered for all models, kept when another model is chosen. */
export interface Entry {
  readonly typed: Typed;
  /** The inputs of models without a schema, by model. */
  readonly free: Readonly<Record<string, Fields>>;
  /** What the sandbox simulates for a model without a prompt. */
  readonly script: SandboxScript | null;
}

export interface PlaygroundRequest {
  readonly body: Fields;
  /** Headers besides those of every request. */
  readonly headers: Readonly<Record<string, string>>;
}

export function typedFrom({ model, ...fields }: Fields): Typed {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, model: String(model) }]));
}

/** The schema of the model's own fields; null if it is unknown. */
export function schemaOf({ input_schema }: ModelDetail): Schema | null {
  return input_schema;
}

/**
 * The value typed for this model, or for another one if it fits. Otherwise the initial value of a required field.
 */
export function typedValue(name: string, schema: Schema, isRequired: boolean, model: string, typed: Typed): unknown {
  const given = typed[name];
  const isOwn = given?.model === model || OURS.includes(name);
  if (given !== undefined && (isOwn || (given.value !== undefined && fits(schema, given.value)))) return given.value;
  return isRequired ? initial(schema) : undefined;
}

/** The names of the model's own fields, in the order of the form. */
export function fieldsOfModel(model: ModelDetail): readonly string[] {
  return fieldsOf(schemaOf(model) ?? {}).map(([name]) => name);
}

/**
 * The fields that the form shows first: the prompt, those that are required, and one that takes a file. The others are
 * folded.
 */
export function partsOf(model: ModelDetail): { readonly main: readonly string[]; readonly more: readonly string[] } {
  const schema = schemaOf(model) ?? {};
  const fields = fieldsOf(schema);
  const names = fields.map(([name]) => name);
  const needed = names.filter((name) => name === "prompt" || schema.required?.includes(name));
  const withFile = fields
    .filter(([name, own]) => own.deprecated !== true && takesFile(name, own))
    .map(([name]) => name);
  const file = withFile.some((name) => needed.includes(name)) ? [] : withFile.slice(0, 1);
  const main = [...needed, ...file].sort((one, other) => Number(other === "prompt") - Number(one === "prompt"));
  return { main, more: names.filter((name) => !main.includes(name)) };
}

/** The schema of a request for the model, with its fields in the order of the form. */
export function formSchema(model: ModelDetail, ours: Schema): Schema {
  const { main, more } = partsOf(model);
  const all = { ...schemaOf(model)?.properties, ...ours.properties };
  const names = new Set([...main, "webhooks", ...more, ...OURS]);
  return { properties: Object.fromEntries([...names].map((name) => [name, all[name] ?? {}])) };
}

/** The webhooks to send; undefined if there are none. */
function sentWebhooks(rows: unknown): readonly WebhookRow[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const named = (rows as readonly WebhookRow[]).filter(({ url }) => url !== "");
  const isUsual = ({ events = TERMINAL_EVENTS }: WebhookRow) => String(events) === String(TERMINAL_EVENTS);
  return named.length === 0 ? undefined : named.map((row) => (isUsual(row) ? { url: row.url } : row));
}

/** The request to send: the model's fields, required ones first, then Reelhook's own. */
export function requestFor(model: ModelDetail, ours: Schema, entry: Entry, mode: Mode): PlaygroundRequest {
  const schema = schemaOf(model);
  const valuesOf = (schema: Schema) =>
    fieldsOf(schema).map(([name, field]) => {
      const isRequired = schema.required?.includes(name) ?? false;
      const value = typedValue(name, field, isRequired, model.id, entry.typed);
      return [name, schema === ours && name === "webhooks" ? sentWebhooks(value) : value] as const;
    });
  const own = schema === null ? Object.entries(inputOf(model, entry)) : valuesOf(schema);
  const given = [...own, ...valuesOf(ours)].filter(([, value]) => value !== undefined);
  // A model with a prompt uses a marker instead.
  const isSimulated = mode === "test" && !fieldsOfModel(model).includes("prompt");
  return {
    body: { model: model.id, ...Object.fromEntries(given) },
    headers: isSimulated && entry.script !== null ? { "Reelhook-Simulate": entry.script } : {},
  };
}

/** The input of a model without a schema: initially the one that the form started with, or just the prompt. */
export function inputOf({ id }: ModelDetail, { typed, free }: Entry): Fields {
  const own = Object.entries(typed).filter(([name, each]) => each.model === id && !OURS.includes(name));
  const prompt = typed["prompt"]?.value;
  const first = own.length > 0 ? own.map(([name, { value }]) => [name, value]) : [["prompt", prompt ?? ""]];
  return free[id] ?? Object.fromEntries(first);
}

/** Why a value cannot be the input of a model without a schema; null if it can. */
export function inputRefusal(value: unknown): string | null {
  if (!isObject(value)) return 'must be a JSON object, such as {"prompt": "A fox at dawn"}';
  const double = ["model", "webhook_url", ...OURS].find((name) => name in value);
  return double === undefined ? null : `must not have ${double}, which has its own field here`;
}

/** Whether the API has returned all of an input's value: nothing in it is shortened. */
export function isComplete(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isComplete);
  return typeof value !== "string" || lostUpload(value) === null;
}

/** The request that created a generation. The API does not return its files, so they are lost. */
export function requestOf({ model, input, metadata, webhooks }: GenerationView): Fields {
  const restored = mapLeaves(input, (leaf) => (typeof leaf === "string" ? (lostUpload(leaf) ?? leaf) : leaf));
  return {
    ...(restored as Fields),
    model,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(webhooks.length === 0 ? {} : { webhooks: webhooks.map(({ url, events }) => ({ url, events })) }),
  };
}
