// Saves what matches the filter as a CSV file.

import { useEffect, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { ApiError, type Client } from "../shared/api.ts";
import { useSession } from "../shared/hooks.ts";
import { Dialog, Failure } from "../shared/ui.tsx";
import { counted } from "../shared/units.ts";
import { csvOf } from "./csv.ts";
import { apiQueryOf, type Filter } from "./filter.ts";
import { patiently } from "./patience.ts";

const MAX_ROWS = 10_000;
const PAGE = 100;

interface Progress {
  readonly count: number;
  readonly state: "reading" | "saved" | "cut" | "failed";
}

export function ExportDialog({ filter, onClose }: { filter: Filter; onClose: () => void }) {
  const { client } = useSession();
  const [{ count, state }, setProgress] = useState<Progress>({ count: 0, state: "reading" });
  const [error, setError] = useState<ApiError | null>(null);
  const stop = useRef(new AbortController());
  const read = async () => {
    const { signal } = stop.current;
    try {
      const { rows, isCut } = await readAll(client, filter, signal, (read) =>
        setProgress({ count: read, state: "reading" }),
      );
      if (rows.length > 0) save(csvOf(rows), `generations-${new Date().toISOString().slice(0, 10)}.csv`);
      setProgress({ count: rows.length, state: isCut ? "cut" : "saved" });
    } catch (cause) {
      if (signal.aborted) return;
      setError(cause instanceof ApiError ? cause : new ApiError(0, String(cause)));
      setProgress((before) => ({ ...before, state: "failed" }));
    }
  };
  useEffect(() => {
    void read();
    return () => stop.current.abort();
  }, []);
  const rows = counted(count, "generation");
  return (
    <Dialog title="Export as CSV" onClose={onClose}>
      <p role="status">
        {state === "reading" && `${rows} read …`}
        {state === "saved" && (count === 0 ? "No generation matches the filters." : `Saved ${rows}.`)}
        {state === "cut" && `Saved the newest ${rows}, which is the most for one file.`}
        {state === "failed" && "Nothing was saved."}
      </p>
      {state === "reading" && <progress aria-label="Reading" />}
      {state === "cut" && <p>To get older ones, filter by an earlier time and export again.</p>}
      <Failure error={error} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          {state === "reading" ? "Stop" : "Close"}
        </button>
      </div>
    </Dialog>
  );
}

/** @throws ApiError, and the signal's reason after it is aborted. */
async function readAll(client: Client, filter: Filter, signal: AbortSignal, onRead: (count: number) => void) {
  // All pages have the same bounds, although the period moves on.
  const query = { ...apiQueryOf(filter, Date.now()), limit: String(PAGE) };
  const rows: GenerationSummary[] = [];
  let cursor: string | null = "";
  while (cursor !== null && rows.length < MAX_ROWS) {
    const from: Readonly<Record<string, string>> = cursor === "" ? {} : { cursor };
    const page = await patiently(() => client.listGenerations({ ...query, ...from }), signal);
    rows.push(...page.data);
    cursor = page.next_cursor;
    onRead(rows.length);
  }
  return { rows: rows.slice(0, MAX_ROWS), isCut: cursor !== null || rows.length > MAX_ROWS };
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over when the click returns, but some read it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
