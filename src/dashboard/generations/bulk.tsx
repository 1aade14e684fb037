// The bar with what can be done with the selected generations, and its dialog.

import { useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { ACTIONS, type BulkAction, DELETE } from "./bulk-actions.ts";
import { BulkDialog } from "./bulk-dialog.tsx";
import { focusSearch } from "./filters.tsx";

interface Props {
  /** The selected rows. */
  readonly rows: readonly GenerationSummary[];
  readonly onDeleted: (id: string) => void;
  readonly onSelect: (ids: readonly string[]) => void;
}

interface Asked {
  readonly action: BulkAction;
  readonly rows: readonly GenerationSummary[];
}

/** The dialog stays while the rows that it works on leave the list. */
export function Bulk({ rows, onDeleted, onSelect }: Props) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const select = (ids: readonly string[]) => {
    onSelect(ids);
    keepFocus();
  };
  return (
    <>
      {rows.length > 0 && (
        <Bar rows={rows} onAsk={(action, suited) => setAsked({ action, rows: suited })} onClear={() => select([])} />
      )}
      {asked !== null && (
        <BulkDialog
          action={asked.action}
          rows={asked.rows}
          onDone={(id) => asked.action === DELETE && onDeleted(id)}
          onClose={(failed) => {
            setAsked(null);
            if (failed !== null) select(failed);
          }}
        />
      )}
    </>
  );
}

/** When the bar with the focus goes, the focus moves to where one selects again, or begins anew. */
function keepFocus(): void {
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    const all = document.querySelector<HTMLElement>(".generations thead input");
    if (all === null) focusSearch();
    else all.focus();
  });
}

interface BarProps {
  readonly rows: readonly GenerationSummary[];
  readonly onAsk: (action: BulkAction, suited: readonly GenerationSummary[]) => void;
  readonly onClear: () => void;
}

function Bar({ rows, onAsk, onClear }: BarProps) {
  return (
    <section class="bulk" aria-label="Selected generations">
      <strong role="status">{rows.length.toLocaleString("en")} selected</strong>
      {ACTIONS.map((action) => {
        const suited = rows.filter(action.appliesTo);
        if (suited.length === 0) return null;
        const count = suited.length === rows.length ? suited.length : `${suited.length} of ${rows.length}`;
        return (
          <button
            key={action.label}
            type="button"
            class={action === DELETE ? "small danger" : "small"}
            onClick={() => onAsk(action, suited)}
          >
            {action.label} {count}
          </button>
        );
      })}
      <button type="button" class="small quiet" onClick={onClear}>
        Clear selection
      </button>
    </section>
  );
}
