// The rows of the list, of which only those near the screen are in the page.

import { useEffect, useRef, useState } from "preact/hooks";
import { useNow, useSession } from "../shared/hooks.ts";
import type { Kept } from "./memory.ts";
import { Row } from "./row.tsx";
import type { Rows } from "./rows.ts";
import { indicesOf } from "./span.ts";
import { useSpan } from "./use-span.ts";

/** The next page is loaded when so few rows are left below the screen. */
const AHEAD = 20;

interface Props {
  readonly list: Rows;
  /** The rows belong to the previous filter. */
  readonly isOld: boolean;
  /** Null if rows cannot be selected. */
  readonly selection: ReadonlySet<string> | null;
  readonly onSelect: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;
  /** Where the list was left, if Back has led here. */
  readonly returned: Kept | null;
  readonly refresh: (id: string) => Promise<void>;
  /** Called when the end is near. */
  readonly more: () => void;
}

export function Table({ list: { rows, next }, isOld, selection, onSelect, returned, refresh, more }: Props) {
  const now = useNow();
  const { mode } = useSession().account;
  const body = useRef<HTMLTableSectionElement>(null);
  const span = useSpan(body, rows, returned?.scrollY ?? 0);
  /** The row with the focus stays in the page, so that the focus is not lost. */
  const [focused, setFocused] = useState("");
  const other = focused === "" ? -1 : rows.findIndex(({ id }) => id === focused);
  const isNearEnd = span.end >= rows.length - AHEAD && next !== null;
  useEffect(() => {
    // A list that does not fill the screen has a button instead: a rare filter would read all pages at once.
    if (isNearEnd && scrollY > 0 && !isOld) more();
  }, [isNearEnd, rows, span]);
  const leftFor = useRef(returned?.leftFor ?? "");
  useEffect(() => {
    // Its row is in the page once the list has scrolled to it.
    const link = leftFor.current === "" ? null : linkOf(leftFor.current);
    if (link === null) return;
    leftFor.current = "";
    link.focus({ preventScroll: true });
  }, [span]);
  const selectAll = (isSelected: boolean) => onSelect(() => new Set(isSelected ? rows.map(({ id }) => id) : []));
  const select = (id: string, isSelected: boolean) =>
    onSelect((before) => {
      const others = [...before].filter((each) => each !== id);
      return new Set(isSelected ? [...others, id] : others);
    });
  return (
    <table
      class={`generations${isOld ? " old" : ""}${selection === null ? "" : " selectable"}`}
      aria-busy={isOld}
      aria-rowcount={next === null ? rows.length + 1 : -1}
    >
      <thead>
        <tr aria-rowindex={1}>
          {selection !== null && (
            <th scope="col" class="pick">
              <SelectAll selected={selection.size} all={rows.length} onChange={selectAll} />
            </th>
          )}
          <th scope="col" class="what">
            Generation
          </th>
          <th scope="col">Status</th>
          <th scope="col">Callbacks</th>
          <th scope="col" class="cost" title={mode === "test" ? "What it would cost in live mode" : undefined}>
            {mode === "test" ? "Live cost" : "Cost"}
          </th>
          <th scope="col" class="age">
            Created
          </th>
        </tr>
      </thead>
      <tbody
        ref={body}
        style={{ "--rows": rows.length }}
        onFocusIn={(event) => setFocused((event.target as Element).closest("tr")?.dataset["id"] ?? "")}
        onFocusOut={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setFocused("");
        }}
      >
        {indicesOf(span, other).map((index) => {
          const row = rows[index];
          if (row === undefined) return null;
          const { id } = row;
          return (
            <Row
              key={id}
              row={row}
              index={index}
              now={now}
              isSelected={selection === null ? null : selection.has(id)}
              onSelect={(isSelected) => select(id, isSelected)}
              refresh={() => void refresh(id)}
            />
          );
        })}
      </tbody>
    </table>
  );
}

/** The link of a row that is in the page. */
export function linkOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.generations tr[data-id="${id}"] a`);
}

interface SelectAllProps {
  readonly selected: number;
  readonly all: number;
  readonly onChange: (isSelected: boolean) => void;
}

function SelectAll({ selected, all, onChange }: SelectAllProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={selected === all}
        indeterminate={selected > 0 && selected < all}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class="all">Select all shown</span>
    </label>
  );
}
