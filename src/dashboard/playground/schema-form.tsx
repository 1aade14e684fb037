// A form built from a JSON Schema: the chosen model's, which the Worker also validates with.

import { useId, useState } from "preact/hooks";
import { mediaKindOf } from "./files.ts";
import { Choice, type FieldProps, Fieldset, TextControl, useItemFocus } from "./form-controls.tsx";
import { labelOf, tokenOf } from "./labels.ts";
import { MediaControl } from "./media-control.tsx";
import { JsonControl, Pairs } from "./object-controls.tsx";
import {
  type Control,
  constantOf,
  controlOf,
  fieldsOf,
  hasKind,
  initial,
  newItem,
  type Schema,
  variantOf,
  withField,
  withoutOtherVariants,
} from "./schema.ts";

/** @param props `label`: by default made from the name, or the schema's title. */
export function Field({ label, ...props }: Omit<FieldProps, "label"> & { label?: string }) {
  const { name, schema } = props;
  return <ControlOf {...props} label={label ?? labelOf(name, schema.title)} control={controlOf(schema)} />;
}

function ControlOf({ control, ...others }: FieldProps & { control: Control }) {
  const props = { ...others, schema: control.schema };
  switch (control.kind) {
    case "text": {
      const kind = mediaKindOf(props.name, props.schema);
      return kind === null ? <TextControl {...props} isNumber={false} /> : <MediaControl {...props} kind={kind} />;
    }
    case "number":
      return <TextControl {...props} isNumber={true} />;
    case "choice":
      return <Choice {...props} choices={control.choices} />;
    case "list":
      return <List {...props} items={control.items} />;
    case "group":
      return <Group {...props} />;
    case "pairs":
      return <Pairs {...props} />;
    case "variants":
      return <Variants {...props} variants={control.variants} by={control.by} />;
    case "alternatives":
      return <Alternatives {...props} controls={control.controls} />;
    case "json":
      return <JsonControl {...props} />;
  }
}

function errorAt({ errors, pointer }: FieldProps): readonly string[] {
  const error = errors.get(pointer);
  return error === undefined ? [] : [error];
}

function Group(props: FieldProps) {
  const { schema, value, pointer, errors, onChange } = props;
  const fields = (value ?? {}) as Record<string, unknown>;
  /** When an object gets its first field, it also gets its constants. */
  const before = Object.keys(fields).length === 0 ? (initial(schema) as typeof fields | undefined) : fields;
  return (
    <Fieldset {...props} errors={errorAt(props)}>
      {fieldsOf(schema).map(([field, own]) => (
        <Field
          key={field}
          name={field}
          schema={own}
          value={fields[field]}
          isRequired={schema.required?.includes(field) ?? false}
          pointer={`${pointer}/${tokenOf(field)}`}
          errors={errors}
          onChange={(changed) => {
            const next = withField(before ?? {}, field, changed);
            onChange(Object.keys(next).length === 0 ? undefined : next);
          }}
        />
      ))}
    </Fieldset>
  );
}

/** Alternative objects. The field `by` has a different constant in each. */
function Variants({ variants, by, ...props }: FieldProps & { variants: readonly Schema[]; by: string }) {
  const kinds = variants.map(({ properties }) => constantOf(properties?.[by] ?? {}));
  const chosen = variantOf(variants, by, props.value);
  const { description, deprecated } = props.schema;
  const schema: Schema = {
    ...chosen,
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
    properties: { ...chosen.properties, [by]: { enum: kinds, default: kinds[0] } },
  };
  const onChange = (changed: unknown) => props.onChange(withoutOtherVariants(variants, by, changed));
  return <Group {...props} schema={schema} onChange={onChange} />;
}

const KINDS: Readonly<Record<Control["kind"], string>> = {
  text: "text",
  number: "a number",
  choice: "a choice",
  list: "a list",
  group: "an object",
  pairs: "an object",
  variants: "an object",
  alternatives: "another value",
  json: "JSON",
};

/** A value that can be of several kinds. Choosing another kind starts a new value. */
function Alternatives({ controls, ...props }: FieldProps & { controls: readonly Control[] }) {
  const { name, label, value, isRequired, onChange } = props;
  const id = useId();
  const [chosen, setChosen] = useState(() =>
    Math.max(
      controls.findIndex((each) => hasKind(each, value)),
      0,
    ),
  );
  const control = controls[chosen];
  return (
    <div class="alternatives">
      <p>
        <label for={id}>
          {label} <code>{name}</code> as
        </label>{" "}
        <select
          id={id}
          value={chosen}
          onChange={(event) => {
            const next = Number(event.currentTarget.value);
            setChosen(next);
            onChange(isRequired ? initial(controls[next]?.schema ?? {}) : undefined);
          }}
        >
          {controls.map(({ kind, schema: { title, format } }, index) => (
            <option key={index} value={index}>
              {title ?? (format === "uri" ? "a URL" : KINDS[kind])}
            </option>
          ))}
        </select>
      </p>
      {control && <ControlOf key={chosen} {...props} control={control} />}
    </div>
  );
}

function List({ items, ...props }: FieldProps & { items: Schema }) {
  const { name, label, value, pointer, errors, onChange, schema } = props;
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const box = useItemFocus(list.length);
  const set = (next: readonly unknown[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <Fieldset {...props} box={box} errors={errorAt(props)}>
      {list.map((each, index) => (
        <div class="item" key={index}>
          <Field
            name={`${name}[${index}]`}
            label={`${label} ${index + 1}`}
            schema={items}
            value={each}
            isRequired={true}
            pointer={`${pointer}/${index}`}
            errors={errors}
            onChange={(changed) => set(list.with(index, changed ?? newItem(items)))}
          />
          <button type="button" class="quiet" onClick={() => set(list.toSpliced(index, 1))}>
            Remove {label} {index + 1}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        disabled={list.length >= (schema.maxItems ?? Number.POSITIVE_INFINITY)}
        onClick={() => set([...list, newItem(items)])}
      >
        Add to {label}
      </button>
    </Fieldset>
  );
}
