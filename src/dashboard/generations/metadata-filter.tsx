import { useId, useRef, useState } from "preact/hooks";
import { type Filter, pairOf, withPair } from "./filter.ts";

interface Props {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** Adds and removes pairs of the metadata that a generation must have. */
export function MetadataFilter({ filter, onChange }: Props) {
  const note = useId();
  const [text, setText] = useState("");
  const [isRefused, setRefused] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const add = () => {
    const pair = pairOf(text);
    setRefused(pair === null);
    if (pair === null) return field.current?.focus();
    setText("");
    onChange(withPair(filter, pair));
  };
  return (
    <form
      class="metadata"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label>
        Metadata
        <input
          ref={field}
          placeholder="order=42"
          value={text}
          aria-invalid={isRefused}
          aria-describedby={isRefused ? note : undefined}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setRefused(false);
          }}
        />
      </label>
      <button type="submit" aria-label="Add metadata to the filter">
        Add
      </button>
      {isRefused && (
        <p id={note} class="error" role="alert">
          Write a key, =, and its exact value, such as order=42.
        </p>
      )}
      {filter.metadata.length > 0 && (
        <ul class="chips" aria-label="Metadata in the filter">
          {filter.metadata.map(([key, value]) => (
            <li key={key}>
              <span class="cut">
                {key}={value}
              </span>
              <button
                type="button"
                aria-label={`Remove ${key}=${value}`}
                onClick={() => {
                  onChange({ ...filter, metadata: filter.metadata.filter(([each]) => each !== key) });
                  field.current?.focus();
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}
