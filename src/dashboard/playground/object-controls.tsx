// Form controls for objects whose fields the schema does not name.

import { useId, useState } from "preact/hooks";
import { type FieldProps, Fieldset, Name, Notes, useItemFocus } from "./form-controls.tsx";

/** Errors of a field and of all fields inside it. */
function errorsWithin({ pointer, errors }: FieldProps): string[] {
  return [...errors].filter(([at]) => at === pointer || at.startsWith(`${pointer}/`)).map(([, error]) => error);
}

/** Pairs of a name and a text, both entered by the user. */
export function Pairs(props: FieldProps) {
  const { label, value, onChange } = props;
  // Kept as a list while typing: an object would merge duplicate names and reorder numeric ones.
  const [pairs, setPairs] = useState(() => Object.entries((value ?? {}) as Record<string, string>));
  const box = useItemFocus(pairs.length);
  const set = (next: [string, string][]) => {
    setPairs(next);
    const named = next.filter(([key]) => key !== "");
    onChange(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  const isDouble = new Set(pairs.map(([key]) => key)).size < pairs.length;
  const double = isDouble ? ["Duplicate name: only the last value is sent."] : [];
  return (
    <Fieldset {...props} box={box} errors={[...double, ...errorsWithin(props)]}>
      {pairs.map(([key, text], index) => (
        <div class="item pair" key={index}>
          <input
            aria-label={`${label} ${index + 1}: name`}
            value={key}
            onInput={(event) => set(pairs.with(index, [event.currentTarget.value, text]))}
          />
          <input
            aria-label={`${label} ${index + 1}: value`}
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
        Add to {label}
      </button>
    </Fieldset>
  );
}

interface JsonProps extends FieldProps {
  /** Why the value is refused; null if it is accepted. */
  readonly refusal?: (value: unknown) => string | null;
}

/**
 * Any value, typed as JSON. While the text is refused, the last good value stays, and the text area is `:invalid`, so
 * that the form is not submitted.
 */
export function JsonControl({ refusal = () => null, ...props }: JsonProps) {
  const { schema, value, onChange } = props;
  const id = useId();
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const refusalOf = (typed: string) => {
    const parsed = parse(typed);
    return parsed === INVALID ? "is not valid JSON" : refusal(parsed);
  };
  const refused = refusalOf(text);
  const error = refused ?? errorsWithin(props)[0];
  return (
    <div class="field">
      <label for={id}>
        <Name {...props} />
      </label>
      <textarea
        ref={(area) => area?.setCustomValidity(refused ?? "")}
        id={id}
        class="json"
        rows={6}
        spellcheck={false}
        value={text}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-notes`}
        onInput={({ currentTarget: { value: typed } }) => {
          setText(typed);
          if (refusalOf(typed) === null) onChange(parse(typed));
        }}
      />
      <Notes id={id} schema={schema} error={error} />
    </div>
  );
}

const INVALID = Symbol("invalid");

function parse(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return INVALID;
  }
}
