// The playground's form fields: those of the chosen model and Reelhook's own, the most used ones first.

import type { ModelDetail } from "../../contract/models.ts";
import type { ApiError } from "../shared/api.ts";
import { useSession } from "../shared/hooks.ts";
import { Folded } from "./form-controls.tsx";
import { fieldOf, labelOf, tokenOf } from "./labels.ts";
import { JsonControl } from "./object-controls.tsx";
import { type Entry, inputOf, inputRefusal, OURS, partsOf, schemaOf, typedValue } from "./request.ts";
import { Scenario } from "./scenario.tsx";
import { isObject, type Schema } from "./schema.ts";
import { Field } from "./schema-form.tsx";
import { Webhooks } from "./webhooks.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly ours: Schema;
  readonly entry: Entry;
  readonly errors: ApiError["errors"];
  /** @param field the edited field; its errors are hidden from then on. */
  onChange(field: string, changed: Partial<Entry>): void;
}

export function ModelFields({ model, ours, entry, errors: listed, onChange }: Props) {
  const { mode } = useSession().account;
  const { typed, free, script } = entry;
  const schema = schemaOf(model);
  const parts = partsOf(model);
  const errors = new Map(listed.map(({ pointer, message }) => [pointer, message]));
  const set = (name: string, value: unknown) =>
    onChange(name, { typed: { ...typed, [name]: { value, model: model.id } } });
  const field = (name: string, { properties = {}, required = [] }: Schema) => {
    const own = properties[name];
    const isRequired = required.includes(name);
    return own === undefined ? null : (
      <Field
        key={`${model.id} ${name}`}
        name={name}
        schema={own}
        value={typedValue(name, own, isRequired, model.id, typed)}
        isRequired={isRequired}
        pointer={`/${tokenOf(name)}`}
        errors={errors}
        onChange={(value) => set(name, value)}
      />
    );
  };
  const promptSchema = schema?.properties?.["prompt"];
  const prompt = promptSchema ? String(typedValue("prompt", promptSchema, false, model.id, typed) ?? "") : null;
  const webhooks = ours.properties?.["webhooks"];
  const others = OURS.filter((name) => name !== "webhooks" && ours.properties?.[name] !== undefined);
  const folded = [...parts.more, ...others];
  const titleOf = (name: string) => labelOf(name, (schema?.properties?.[name] ?? ours.properties?.[name])?.title);
  return (
    <>
      {schema === null ? (
        <JsonControl
          key={model.id}
          name="input"
          label="Input"
          schema={{ description: "This model has no schema. Enter its fields as a JSON object." }}
          value={inputOf(model, entry)}
          isRequired={true}
          pointer=""
          errors={errors}
          refusal={inputRefusal}
          onChange={(input) => isObject(input) && onChange("", { free: { ...free, [model.id]: input } })}
        />
      ) : (
        parts.main.map((name) => field(name, schema))
      )}
      {mode === "test" && (
        <Scenario
          prompt={prompt}
          script={script}
          onPrompt={(value) => set("prompt", value)}
          onScript={(chosen) => onChange("", { script: chosen })}
        />
      )}
      {webhooks !== undefined && (
        <Webhooks
          schema={webhooks}
          value={typed["webhooks"]?.value}
          errors={errors}
          onChange={(rows) => set("webhooks", rows)}
        />
      )}
      <Folded
        title="More options"
        note={folded.map(titleOf).join(", ")}
        mustOpen={listed.some(({ pointer }) => folded.includes(fieldOf(pointer)))}
      >
        {schema !== null && parts.more.map((name) => field(name, schema))}
        {others.map((name) => field(name, ours))}
      </Folded>
    </>
  );
}
