// Asks before something is done with many generations, shows how far it is, and at the end what failed and why.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { useSession } from "../shared/hooks.ts";
import { Dialog } from "../shared/ui.tsx";
import type { BulkAction } from "./bulk-actions.ts";
import { forEachOf, patiently } from "./patience.ts";
import { nameOf } from "./row.tsx";

interface Props {
  readonly action: BulkAction;
  readonly rows: readonly GenerationSummary[];
  /** Called for each generation that it was done with. */
  readonly onDone: (id: string) => void;
  /** @param failed ids of the generations that it could not be done with; null if nothing was begun. */
  readonly onClose: (failed: readonly string[] | null) => void;
}

interface Refused {
  readonly row: GenerationSummary;
  readonly reason: string;
}

interface Progress {
  readonly state: "running" | "over";
  readonly done: number;
  readonly refused: readonly Refused[];
}

export function BulkDialog({ action, rows, onDone, onClose }: Props) {
  const { client } = useSession();
  const [progress, setProgress] = useState<Progress | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const run = async () => {
    const { signal } = stop.current;
    setProgress({ state: "running", done: 0, refused: [] });
    const act = async (row: GenerationSummary) => {
      try {
        await patiently(() => action.run(client, row.id), signal);
        onDone(row.id);
        setProgress((before) => before && { ...before, done: before.done + 1 });
      } catch (cause) {
        if (cause === signal.reason) return;
        const reason = cause instanceof Error ? cause.message : String(cause);
        setProgress((before) => before && { ...before, refused: [...before.refused, { row, reason }] });
      }
    };
    await forEachOf(rows, act, signal);
    setProgress((before) => before && { ...before, state: "over" });
  };
  const close = () => onClose(progress === null ? null : progress.refused.map(({ row }) => row.id));
  return (
    <Dialog title={action.ask(rows.length)} onClose={close}>
      {progress === null ? (
        <Question action={action} run={run} close={close} />
      ) : progress.state === "running" ? (
        <Running count={progress.done + progress.refused.length} of={rows.length} stop={() => stop.current.abort()} />
      ) : (
        <Summary action={action} progress={progress} of={rows.length} close={close} />
      )}
    </Dialog>
  );
}

function Question({ action, run, close }: { action: BulkAction; run: () => void; close: () => void }) {
  return (
    <>
      <p>{action.explanation}</p>
      <div class="actions">
        <button type="button" onClick={close}>
          Go back
        </button>
        <button type="button" class="danger" onClick={run}>
          {action.label}
        </button>
      </div>
    </>
  );
}

function Running({ count, of, stop }: { count: number; of: number; stop: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isStopping, setStopping] = useState(false);
  // The button that had the focus is gone. This one takes it before the next frame, so that no key press is lost.
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <>
      <progress aria-label="Progress" value={count} max={of} />
      <p class="count">
        {count} of {of}
        {isStopping && ". Stopping …"}
      </p>
      <div class="actions">
        <button
          ref={button}
          type="button"
          onClick={() => {
            setStopping(true);
            stop();
          }}
        >
          Stop
        </button>
      </div>
    </>
  );
}

/** Named one by one. A reason that many share is usually clear from the first ones. */
const MAX_NAMED = 50;

interface SummaryProps {
  readonly action: BulkAction;
  readonly progress: Progress;
  readonly of: number;
  readonly close: () => void;
}

function Summary({ action, progress: { done, refused }, of, close }: SummaryProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  const left = of - done - refused.length;
  return (
    <>
      <div role="status">
        {done > 0 && <p>{action.done(done)}</p>}
        {refused.length > 0 && <p>{refused.length} failed:</p>}
        {left > 0 && <p>Stopped: nothing was done with the other {left}.</p>}
      </div>
      {refused.length > 0 && (
        <ul class="refused">
          {refused.slice(0, MAX_NAMED).map(({ row, reason }) => (
            <li key={row.id}>
              <a href={`#/generations/${row.id}`}>{nameOf(row)}</a>: {reason}
            </li>
          ))}
          {refused.length > MAX_NAMED && <li>and {refused.length - MAX_NAMED} more</li>}
        </ul>
      )}
      <div class="actions">
        <button ref={button} type="button" onClick={close}>
          Close
        </button>
      </div>
    </>
  );
}
