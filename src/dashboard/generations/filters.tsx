// The controls of the list's filter.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { DELIVERY_FILTERS, type DeliveryFilter, ERROR_CODES, STATUSES } from "../../contract/words.ts";
import { ERROR_WORDS } from "../shared/errors.ts";
import { CreatedFilter } from "./created-filter.tsx";
import { ANY, addressOf, type Filter } from "./filter.ts";
import { MetadataFilter } from "./metadata-filter.tsx";
import { ModelFilter } from "./model-filter.tsx";

interface Props {
  readonly filter: Filter;
  /** The rows that are shown. */
  readonly rows: readonly GenerationSummary[];
  readonly onChange: (filter: Filter) => void;
}

const CALLBACKS: Readonly<Record<DeliveryFilter, string>> = { failed: "some failed", pending: "some under way" };

/** Errors of failed generations. */
const FAILURES = ERROR_CODES.filter((code) => code !== "canceled");

export function Filters({ filter, rows, onChange }: Props) {
  const panel = useId();
  const [isOpen, setOpen] = useState(false);
  const count = new URLSearchParams(addressOf({ ...filter, q: "" })).size;
  const hasError = filter.status === "failed" || filter.error !== "";
  return (
    <search class="filters">
      <SearchField q={filter.q} onChange={(q) => onChange({ ...filter, q })} />
      <button
        type="button"
        class="filters-toggle"
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={() => setOpen((before) => !before)}
      >
        Filters{count > 0 && ` (${count})`}
      </button>
      <div id={panel} class={isOpen ? "picks open" : "picks"}>
        <Pick
          label="Status"
          value={filter.status}
          options={STATUSES.map((status) => [status, status])}
          onChange={(status) => onChange({ ...filter, status, error: status === "failed" ? filter.error : "" })}
        />
        {hasError && (
          <Pick
            label="Error"
            value={filter.error}
            options={FAILURES.map((code) => [code, ERROR_WORDS[code]])}
            onChange={(error) => onChange({ ...filter, error })}
          />
        )}
        <ModelFilter model={filter.model} rows={rows} onChange={(model) => onChange({ ...filter, model })} />
        <CreatedFilter filter={filter} onChange={onChange} />
        <Pick
          label="Callbacks"
          value={filter.deliveries}
          options={DELIVERY_FILTERS.map((each) => [each, CALLBACKS[each]])}
          onChange={(deliveries) => onChange({ ...filter, deliveries })}
        />
        <MetadataFilter filter={filter} onChange={onChange} />
        {addressOf(filter) !== "" && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              onChange(ANY);
              focusSearch();
            }}
          >
            Clear filters
          </button>
        )}
      </div>
    </search>
  );
}

interface PickProps<T extends string> {
  readonly label: string;
  readonly value: T | "";
  readonly options: readonly (readonly [value: T, words: string])[];
  readonly onChange: (value: T | "") => void;
}

function Pick<T extends string>({ label, value, options, onChange }: PickProps<T>) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T | "")}>
        <option value="">any</option>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

const SEARCH = "search-generations";

/** Puts the focus where it is of use after a button has gone. */
export function focusSearch(): void {
  document.getElementById(SEARCH)?.focus();
}

/** Wait after the last keystroke. */
const TYPING_MS = 250;

const WHAT = "Finds part of an ID, or words that are all in the first 1,000 characters of the prompt.";

function SearchField({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const hint = useId();
  const [text, setText] = useState(q);
  const sent = useRef(q);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    // The address has changed, for example by going back.
    if (q !== sent.current) setText(q);
    sent.current = q;
  }, [q]);
  useEffect(() => {
    if (text.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text.trim();
      latest.current(sent.current);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const follow = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      focusSearch();
    };
    addEventListener("keydown", follow);
    return () => removeEventListener("keydown", follow);
  }, []);
  return (
    <div class="search">
      <label>
        Search IDs and prompts
        <input
          id={SEARCH}
          type="search"
          maxLength={200}
          placeholder="Press / to search"
          aria-keyshortcuts="/"
          aria-describedby={hint}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id={hint} class="hint">
        {WHAT}
      </p>
    </div>
  );
}
