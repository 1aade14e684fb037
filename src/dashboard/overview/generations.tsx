// The latest failures, and who waits in line.

import type { ComponentChildren } from "preact";
import type { GenerationSummary } from "../../contract/generation.ts";
import { errorWords } from "../shared/errors.ts";
import { useNow } from "../shared/hooks.ts";
import { placeWords } from "../shared/places.ts";
import { Age } from "../shared/ui.tsx";

export function LatestFailures({ failures }: { failures: readonly GenerationSummary[] }) {
  return (
    <section class="card" aria-labelledby="failures-title">
      <h2 id="failures-title">Latest failures</h2>
      {failures.length === 0 ? (
        <p class="hint">No generation has failed.</p>
      ) : (
        <>
          <Rows rows={failures} about={({ error }) => error !== null && `${errorWords(error.code)} · `} />
          <p class="more">
            <a href="#/generations?status=failed">All failed generations</a>
          </p>
        </>
      )}
    </section>
  );
}

const SHOWN = 5;

export function Line({ queued }: { queued: readonly GenerationSummary[] }) {
  const inLine = queued
    .filter(({ queue }) => queue !== null)
    .toSorted((one, other) => (one.queue?.position ?? 0) - (other.queue?.position ?? 0));
  const waiting = inLine[0]?.queue?.waiting ?? 0;
  return (
    <section class="card" aria-labelledby="line-title">
      <h2 id="line-title">Waiting in line</h2>
      {waiting === 0 ? (
        <p class="hint">
          None. Generations wait here when the provider takes no more jobs at once. They are started in turn.
        </p>
      ) : (
        <>
          <Rows rows={inLine.slice(0, SHOWN)} about={({ queue }) => queue !== null && `${placeWords(queue)} · `} />
          <p class="more">
            <a href="#/generations?status=queued">All {waiting.toLocaleString("en")} in line</a>
          </p>
        </>
      )}
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly GenerationSummary[];
  readonly about: (row: GenerationSummary) => ComponentChildren;
}

function Rows({ rows, about }: RowsProps) {
  const now = useNow();
  return (
    <ul class="rows">
      {rows.map((row) => (
        <li key={row.id}>
          <span>
            <a class={row.prompt ? "whole cut" : "whole cut id"} href={`#/generations/${row.id}`}>
              {row.prompt?.trim() || row.id}
            </a>
            <span class="cut detail">
              {about(row)}
              {row.model}
            </span>
          </span>
          <Age since={row.created_at} now={now} />
        </li>
      ))}
    </ul>
  );
}
