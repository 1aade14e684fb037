// A form built from a JSON Schema. The schema is the chosen model's, the same that the Worker validates with.

import { useId, useState } from "preact/hooks";

export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

export interface FieldProps {
  readonly name: string;
  readonly schema: Schema;
  readonly value: unknown;
  readonly isRequired: boolean;
  /** JSON Pointer of this field. */
  readonly pointer: string;
  /** Error messages by JSON Pointer. */
  readonly errors: ReadonlyMap<string, string>;
  /** Undefined omits the field from the request. */
  onChange(value: unknown): void;
}

/** Fields with a higher `maxLength` get a text area. */
const LONG = 200;

export function Field(props: FieldProps) {
  const { schema } = props;
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) return <Variants {...props} variants={variants} />;
  if (schema.const !== undefined) return <Choice {...props} choices={[schema.const]} />;
  if (schema.enum !== undefined) return <Choice {...props} choices={schema.enum} />;
  if (schema.type === "boolean") return <Choice {...props} choices={[true, false]} />;
  if (schema.type === "array" && schema.items !== undefined) return <List {...props} items={schema.items} />;
  if (schema.type === "object" && schema.properties !== undefined) return <Group {...props} />;
  if (schema.type === "object") return <Pairs {...props} />;
  return <Text {...props} />;
}

function Label({ name, isRequired, id }: { name: string; isRequired: boolean; id: string }) {
  return (
    <label for={id}>
      {name} {isRequired ? <span class="required">required</span> : null}
    </label>
  );
}

/** Limits and error of a field. */
function Notes({ id, limits, error }: { id: string; limits: string; error: string | undefined }) {
  return (
    <p class="notes" id={`${id}-notes`}>
      {error !== undefined && <strong class="error">{error}</strong>} {limits}
    </p>
  );
}

function limitsOf({ minimum, maximum, maxLength, default: fallback, description }: Schema, length: number): string {
  const parts = [
    description,
    minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : undefined,
    maxLength === undefined ? undefined : `${length} of ${maxLength} characters`,
    fallback === undefined ? undefined : `default ${fallback}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

/** A number, or the beginning of one such as "0.". */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value to send for typed text. Text that is not a number is sent as is, so that the API reports it. */
function meaningOf(typed: string, isNumber: boolean): unknown {
  if (typed === "") return undefined;
  return isNumber && NUMBER.test(typed) && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

function Text({ name, schema, value, isRequired, pointer, errors, onChange }: FieldProps) {
  const id = useId();
  const isNumber = schema.type === "integer" || schema.type === "number";
  // Several texts mean the same number ("0.5", "0.50"), so keep the typed text until a different value is set.
  const [typed, setTyped] = useState("");
  const text = meaningOf(typed, isNumber) === value ? typed : String(value ?? "");
  const error = errors.get(pointer);
  const common = {
    id,
    name,
    value: text,
    "aria-invalid": error !== undefined,
    "aria-describedby": `${id}-notes`,
    onInput: (event: { currentTarget: { value: string } }) => {
      setTyped(event.currentTarget.value);
      onChange(meaningOf(event.currentTarget.value, isNumber));
    },
  };
  return (
    <div class="field">
      <Label name={name} isRequired={isRequired} id={id} />
      {(schema.maxLength ?? 0) > LONG ? (
        <textarea {...common} rows={3} />
      ) : (
        <input {...common} type="text" inputMode={isNumber ? "decimal" : undefined} spellcheck={false} />
      )}
      <Notes id={id} limits={limitsOf(schema, text.length)} error={error} />
    </div>
  );
}

function Choice({
  name,
  schema,
  value,
  isRequired,
  pointer,
  errors,
  onChange,
  choices,
}: FieldProps & { choices: readonly unknown[] }) {
  const id = useId();
  return (
    <div class="field">
      <Label name={name} isRequired={isRequired} id={id} />
      <select
        id={id}
        name={name}
        value={value === undefined ? "" : JSON.stringify(value)}
        aria-invalid={errors.has(pointer)}
        aria-describedby={`${id}-notes`}
        onChange={(event) => {
          const { value: chosen } = event.currentTarget;
          onChange(chosen === "" ? undefined : JSON.parse(chosen));
        }}
      >
        {!isRequired && (
          <option value="">{schema.default === undefined ? "not set" : `default (${schema.default})`}</option>
        )}
        {choices.map((choice) => (
          <option key={String(choice)} value={JSON.stringify(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
      <Notes id={id} limits={schema.description ?? ""} error={errors.get(pointer)} />
    </div>
  );
}

function Group({ name, schema, value, isRequired, pointer, errors, onChange }: FieldProps) {
  const fields = (value ?? {}) as Record<string, unknown>;
  return (
    <fieldset>
      <legend>
        {name} {isRequired ? <span class="required">required</span> : null}
      </legend>
      {errors.has(pointer) && <strong class="error">{errors.get(pointer)}</strong>}
      {Object.entries(schema.properties ?? {}).map(([field, own]) => (
        <Field
          key={field}
          name={field}
          schema={own}
          value={fields[field]}
          isRequired={schema.required?.includes(field) ?? false}
          pointer={`${pointer}/${field}`}
          errors={errors}
          onChange={(changed) => onChange(withField(fields, field, changed))}
        />
      ))}
    </fieldset>
  );
}

/** Alternative objects, distinguished by a constant field. */
function Variants({ variants, ...props }: FieldProps & { variants: readonly Schema[] }) {
  const kind = Object.entries(variants[0]?.properties ?? {}).find(([, { const: only }]) => only !== undefined)?.[0];
  if (kind === undefined) return <Text {...props} />;
  const kinds = variants.map(({ properties }) => properties?.[kind]?.const);
  const fields = (props.value ?? {}) as Record<string, unknown>;
  const chosen = variants[Math.max(kinds.indexOf(fields[kind]), 0)];
  const schema: Schema = {
    ...chosen,
    properties: { ...chosen?.properties, [kind]: { enum: kinds } },
  };
  return <Group {...props} schema={schema} />;
}

function List({ name, value, pointer, errors, onChange, schema, items }: FieldProps & { items: Schema }) {
  const list = (value ?? []) as readonly unknown[];
  const set = (next: readonly unknown[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <fieldset>
      <legend>{name}</legend>
      {errors.has(pointer) && <strong class="error">{errors.get(pointer)}</strong>}
      {list.map((each, index) => (
        <div class="item" key={index}>
          <Field
            name={`${name} ${index + 1}`}
            schema={items}
            value={each}
            isRequired={true}
            pointer={`${pointer}/${index}`}
            errors={errors}
            onChange={(changed) => set(list.with(index, changed ?? initial(items) ?? {}))}
          />
          <button type="button" class="quiet" onClick={() => set(list.toSpliced(index, 1))}>
            Remove {name} {index + 1}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        disabled={list.length >= (schema.maxItems ?? Number.POSITIVE_INFINITY)}
        onClick={() => set([...list, initial(items) ?? {}])}
      >
        Add to {name}
      </button>
    </fieldset>
  );
}

function Pairs({ name, value, pointer, errors, onChange }: FieldProps) {
  // Kept as a list while typing: an object would merge duplicate names and reorder numeric ones.
  const [pairs, setPairs] = useState(() => Object.entries((value ?? {}) as Record<string, string>));
  const set = (next: [string, string][]) => {
    setPairs(next);
    const named = next.filter(([key]) => key !== "");
    onChange(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  const isDouble = new Set(pairs.map(([key]) => key)).size < pairs.length;
  return (
    <fieldset>
      <legend>{name}</legend>
      {isDouble && <strong class="error">Duplicate name: only the last value is sent.</strong>}
      {[...errors]
        .filter(([at]) => at.startsWith(pointer))
        .map(([at, error]) => (
          <strong key={at} class="error">
            {error}
          </strong>
        ))}
      {pairs.map(([key, text], index) => (
        <div class="pair" key={index}>
          <input
            aria-label={`${name} ${index + 1}: name`}
            value={key}
            onInput={(event) => set(pairs.with(index, [event.currentTarget.value, text]))}
          />
          <input
            aria-label={`${name} ${index + 1}: value`}
            value={text}
            onInput={(event) => set(pairs.with(index, [key, event.currentTarget.value]))}
          />
          <button type="button" class="quiet" onClick={() => set(pairs.toSpliced(index, 1))}>
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        disabled={pairs.some(([key]) => key === "")}
        onClick={() => set([...pairs, ["", ""]])}
      >
        Add to {name}
      </button>
    </fieldset>
  );
}

export function withField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
): Record<string, unknown> {
  const { [name]: _, ...others } = fields;
  return value === undefined ? others : { ...fields, [name]: value };
}

/** An object with the required constants, or undefined if there are none. Uses the first of several variants. */
export function initial({ properties, required = [], oneOf, anyOf }: Schema): unknown {
  const variant = (oneOf ?? anyOf)?.[0];
  if (properties === undefined) return variant && initial(variant);
  const constants = Object.entries(properties).filter(
    ([name, own]) => own.const !== undefined && required.includes(name),
  );
  return constants.length === 0 ? undefined : Object.fromEntries(constants.map(([name, own]) => [name, own.const]));
}
