// One generation in the list.

import type { GenerationSummary } from "../../contract/generation.ts";
import { errorWords } from "../shared/errors.ts";
import { costOf } from "../shared/money.ts";
import { placeWords } from "../shared/places.ts";
import { Age, Badge } from "../shared/ui.tsx";
import { callbackWords } from "./callbacks.ts";
import { Poster } from "./poster.tsx";

interface Props {
  readonly row: GenerationSummary;
  /** Position among all rows, from 0. */
  readonly index: number;
  readonly now: number;
  /** Null if rows cannot be selected. */
  readonly isSelected: boolean | null;
  readonly onSelect: (isSelected: boolean) => void;
  readonly refresh: () => void;
}

/** What a person calls a generation. */
export function nameOf({ id, prompt }: Pick<GenerationSummary, "id" | "prompt">): string {
  return prompt?.trim() || id;
}

export function Row({ row, index, now, isSelected, onSelect, refresh }: Props) {
  const { id, status, model, error, queue, created_at } = row;
  const name = nameOf(row);
  const cost = costOf(row);
  return (
    <tr
      data-id={id}
      class={isSelected ? "selected" : undefined}
      style={{ "--at": index }}
      // The header is the first row.
      aria-rowindex={index + 2}
    >
      {isSelected !== null && (
        <td class="pick">
          <label>
            <input
              type="checkbox"
              aria-label={`Select ${name}`}
              checked={isSelected}
              onChange={(event) => onSelect(event.currentTarget.checked)}
            />
          </label>
        </td>
      )}
      <td class="what">
        <Poster row={row} refresh={refresh} />
        <span class="names">
          <a class={name === id ? "id" : "cut"} href={`#/generations/${id}`} title={name === id ? undefined : name}>
            {name}
          </a>
          <span class="cut about">
            {model}
            {name !== id && <span class="id">{id}</span>}
          </span>
        </span>
      </td>
      <td class="state">
        <Badge state={status} />
        {error !== null && status === "failed" && <span class="cut why">{errorWords(error.code)}</span>}
        {queue !== null && <span class="place">{placeWords(queue)}</span>}
      </td>
      <td class="callbacks">
        <Callbacks counts={row.deliveries} />
      </td>
      <td class="cost" title={cost.meaning}>
        {cost.text}
      </td>
      <td class="age">
        <Age since={created_at} now={now} />
      </td>
    </tr>
  );
}

const SIGNS = { delivered: "✓", pending: "↻", failed: "×" } as const;

function Callbacks({ counts }: { counts: GenerationSummary["deliveries"] }) {
  const words = callbackWords(counts);
  if (words === null) return null;
  const { text, rest, outcome } = words;
  return (
    <span class={`told ${outcome}`}>
      <span class="sign" aria-hidden="true">
        {SIGNS[outcome]}
      </span>
      <span>
        {text}
        {rest !== "" && (
          <span class="rest">
            <span class="unseen">, </span>
            {rest}
          </span>
        )}
      </span>
    </span>
  );
}
