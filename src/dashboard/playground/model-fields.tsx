// The playground's form fields: those of the chosen model, then Reelhook's own.

import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { ModelDetail } from "../../contract/models.ts";
import { RequestSecretDialog } from "../endpoints/secret-dialog.tsx";
import type { ApiError } from "../shared/api.ts";
import { useReadOnly, useSession } from "../shared/hooks.ts";
import { JsonControl } from "./object-controls.tsx";
import { type Entry, fieldsOfModel, inputOf, inputRefusal, OURS, schemaOf, typedValue } from "./request.ts";
import { isObject, type Schema } from "./schema.ts";
import { Field, tokenOf } from "./schema-form.tsx";
import { Simulate } from "./simulate.tsx";

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
  const names = fieldsOfModel(model);
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
  return (
    <>
      {schema === null ? (
        <JsonControl
          key={model.id}
          name="input"
          schema={{ description: "This model has no schema. Enter its fields as a JSON object." }}
          value={inputOf(model, entry)}
          isRequired={true}
          pointer=""
          errors={errors}
          refusal={inputRefusal}
          onChange={(input) => isObject(input) && onChange("", { free: { ...free, [model.id]: input } })}
        />
      ) : (
        names.map((name) => field(name, schema))
      )}
      {mode === "test" && (
        <Simulate
          prompt={prompt}
          simulated={script}
          onPrompt={(value) => set("prompt", value)}
          onSimulate={(simulated) => onChange("", { script: simulated })}
        />
      )}
      {OURS.map((name) => (
        <Fragment key={name}>
          {field(name, ours)}
          {name === "webhook_url" && Boolean(typed[name]?.value) && <SigningSecret />}
        </Fragment>
      ))}
    </>
  );
}

/** Says which of the two kinds of secrets signs the webhook, and shows it without leaving the form. */
function SigningSecret() {
  const isReadOnly = useReadOnly();
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="hint signing">
      Signed with the secret of this account and mode, not with one of a webhook endpoint.{" "}
      {!isReadOnly && (
        <button type="button" class="small" onClick={() => setOpen(true)}>
          Signing secret
        </button>
      )}
      {isOpen && <RequestSecretDialog onClose={() => setOpen(false)} />}
    </div>
  );
}
