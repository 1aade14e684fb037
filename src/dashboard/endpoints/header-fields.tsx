// The custom headers of a webhook endpoint as rows of a name and a value.

import { useRef } from "preact/hooks";
import type { HeaderRow } from "./header-rows.ts";

interface Props {
  readonly rows: readonly HeaderRow[];
  /** What is wrong with the header of this name, or with all of them if it is null. */
  readonly errorOf: (name: string | null) => string | undefined;
  readonly onChange: (rows: readonly HeaderRow[]) => void;
}

export function HeaderFields({ rows, errorOf, onChange }: Props) {
  const fieldset = useRef<HTMLFieldSetElement>(null);
  const change = (id: number, changed: Partial<HeaderRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...changed } : row)));
  const remove = (id: number) => {
    onChange(rows.filter((row) => row.id !== id));
    // Its own button is gone.
    fieldset.current?.querySelector<HTMLElement>(".add")?.focus();
  };
  return (
    <fieldset ref={fieldset}>
      <legend>Headers</legend>
      <p class="notes">Sent with each delivery: authorization or x-api-key, for example, if a gateway wants it.</p>
      {rows.map(({ id, name, value }, index) => {
        const error = name.trim() === "" ? undefined : errorOf(name.trim());
        return (
          <div key={id}>
            <div class="pair">
              <input
                aria-label={`Header ${index + 1}: name`}
                aria-invalid={error !== undefined}
                aria-describedby={`header-${id}-error`}
                placeholder="authorization"
                autocomplete="off"
                spellcheck={false}
                value={name}
                onInput={(event) => change(id, { name: event.currentTarget.value })}
              />
              <input
                aria-label={`Header ${index + 1}: value`}
                aria-invalid={error !== undefined}
                aria-describedby={`header-${id}-error`}
                placeholder="Bearer …"
                autocomplete="off"
                spellcheck={false}
                value={value}
                onInput={(event) => change(id, { value: event.currentTarget.value })}
              />
              <button type="button" class="quiet" aria-label={`Remove header ${index + 1}`} onClick={() => remove(id)}>
                Remove
              </button>
            </div>
            <p class="notes" id={`header-${id}-error`}>
              {error !== undefined && <strong class="error">{error}</strong>}
            </p>
          </div>
        );
      })}
      <strong class="error">{errorOf(null)}</strong>
      <button
        type="button"
        class="quiet add"
        onClick={() => onChange([...rows, { id: 1 + Math.max(-1, ...rows.map(({ id }) => id)), name: "", value: "" }])}
      >
        Add header
      </button>
    </fieldset>
  );
}
