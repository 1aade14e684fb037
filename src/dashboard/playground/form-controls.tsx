// Form controls for a single value, and the parts that all controls share.

import type { ComponentChildren, RefObject } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { limitsOf, type Schema } from "./schema.ts";

export interface FieldProps {
  /** The API's name, such as `prompt`, or `shots[0]` in a list. */
  readonly name: string;
  /** The name in words. */
  readonly label: string;
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

/** Fields without `maxLength` get a text area if their name matches. */
const SENTENCES = /prompt|(^|_)(text|script|lyrics|story)$/;

type Named = Pick<FieldProps, "name" | "label" | "isRequired" | "schema">;

/** The names of a field, marked if it is required or deprecated. */
export function Name({ name, label, isRequired, schema: { deprecated = false } }: Named) {
  return (
    <>
      {label} <code>{name}</code> {isRequired && <span class="required">required</span>}
      {deprecated && <span class="required">deprecated</span>}
    </>
  );
}

/** The description of a field, then its limits. */
function hintOf(schema: Schema, count?: string): string {
  const limits = [...(count === undefined ? [] : [count]), ...limitsOf(schema)].join(", ");
  const { description = "" } = schema;
  const sentence = description === "" ? "" : `${description.replace(/\.?\s*$/, ".")} `;
  return `${sentence}${limits.charAt(0).toUpperCase()}${limits.slice(1)}`.trimEnd();
}

/** A text with `names` in backticks, which are shown as code. */
function Marked({ text }: { text: string }) {
  return <>{text.split("`").map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}</>;
}

/** Error, description and limits of a field. */
export function Notes({
  id,
  schema,
  error,
  count,
}: {
  id: string;
  schema: Schema;
  error: string | undefined;
  count?: string;
}) {
  return (
    <p class="notes" id={`${id}-notes`}>
      {error !== undefined && <strong class="error">{error}</strong>} <Marked text={hintOf(schema, count)} />
    </p>
  );
}

/** A number, or the beginning of one such as "0.". */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value to send for typed text. Text that is not a number is sent as is, so that the API reports it. */
function meaningOf(typed: string, isNumber: boolean): unknown {
  if (typed === "") return undefined;
  return isNumber && NUMBER.test(typed) && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

export function TextControl({ isNumber, ...props }: FieldProps & { isNumber: boolean }) {
  const { name, schema, value, pointer, errors, onChange } = props;
  const id = useId();
  // Several texts mean the same number ("0.5", "0.50"), so keep the typed text until a different value is set.
  const [typed, setTyped] = useState("");
  const text = meaningOf(typed, isNumber) === value ? typed : String(value ?? "");
  const error = errors.get(pointer);
  const { maxLength, format } = schema;
  const isLong = maxLength === undefined ? format === undefined && SENTENCES.test(name) : maxLength > LONG;
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
  const count = maxLength === undefined ? {} : { count: `${text.length} of ${maxLength} characters` };
  return (
    <div class="field">
      <label for={id}>
        <Name {...props} />
      </label>
      {isLong && !isNumber ? (
        <textarea {...common} rows={3} />
      ) : (
        <input {...common} type="text" inputMode={isNumber ? "decimal" : undefined} spellcheck={false} />
      )}
      <Notes id={id} schema={schema} error={error} {...count} />
    </div>
  );
}

export function Choice({ choices, ...props }: FieldProps & { choices: readonly unknown[] }) {
  const { name, schema, value, isRequired, pointer, errors, onChange } = props;
  const id = useId();
  // The options show the default, unless a value must be chosen.
  const { default: fallback, ...others } = schema;
  return (
    <div class="field">
      <label for={id}>
        <Name {...props} />
      </label>
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
        {(!isRequired || value === undefined) && (
          <option value="">
            {isRequired ? "choose …" : fallback === undefined ? "not set" : `default (${fallback})`}
          </option>
        )}
        {choices.map((choice) => (
          <option key={String(choice)} value={JSON.stringify(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
      <Notes id={id} schema={others} error={errors.get(pointer)} />
    </div>
  );
}

interface FieldsetProps extends Named {
  /** Shown first. They are focusable, because a failed request moves the focus to its first error. */
  readonly errors: readonly string[];
  readonly box?: RefObject<HTMLFieldSetElement | null>;
  readonly children: ComponentChildren;
}

/** A named group of controls. */
export function Fieldset({ errors, schema, box = { current: null }, children, ...named }: FieldsetProps) {
  const hint = hintOf(schema);
  return (
    <fieldset ref={box}>
      <legend>
        <Name {...named} schema={schema} />
      </legend>
      {errors.map((error) => (
        <p key={error} class="notes">
          <strong class="error" tabIndex={-1}>
            {error}
          </strong>
        </p>
      ))}
      {hint !== "" && (
        <p class="notes">
          <Marked text={hint} />
        </p>
      )}
      {children}
    </fieldset>
  );
}

const FOCUSABLE = "input, select, textarea, button";

/**
 * Moves the focus into an item that was added, and back into the list after one was removed with its button.
 *
 * @param count number of items, which have the class `item`.
 * @returns the ref of the list.
 */
export function useItemFocus(count: number): RefObject<HTMLFieldSetElement | null> {
  const box = useRef<HTMLFieldSetElement>(null);
  const before = useRef(count);
  useLayoutEffect(() => {
    const last = [...(box.current?.querySelectorAll<HTMLElement>(":scope > .item") ?? [])].at(-1);
    const isLost = count < before.current && document.activeElement === document.body;
    if (count > before.current || isLost) (last ?? box.current)?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    before.current = count;
  }, [count]);
  return box;
}

interface FoldedProps {
  readonly title: string;
  /** Shown beside the title. */
  readonly note: string;
  /** Opens it when it becomes true, for an error inside. The user can still close it. */
  readonly mustOpen: boolean;
  readonly children: ComponentChildren;
}

/** Controls that are hidden until their title is clicked. */
export function Folded({ title, note, mustOpen, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(mustOpen);
  useLayoutEffect(() => {
    if (mustOpen) setOpen(true);
  }, [mustOpen]);
  return (
    <details class="folded" open={isOpen} onToggle={({ currentTarget: { open } }) => setOpen(open)}>
      <summary>
        {title} <small>{note}</small>
      </summary>
      {children}
    </details>
  );
}
