// The form of the playground, and the code that sends the same request.

import { useEffect, useState } from "preact/hooks";
import { ModelEnd } from "../generation/facts.tsx";
import { ApiError } from "../shared/api.ts";
import { Code } from "../shared/code.tsx";
import { useAction, useLoad, useReadOnly, useSession } from "../shared/hooks.ts";
import { modelOf } from "../shared/models.ts";
import { offerOf } from "../shared/money.ts";
import { randomId } from "../shared/random.ts";
import { Failure } from "../shared/ui.tsx";
import { type Attempt, NO_ATTEMPT } from "./draft.ts";
import { filesBytes, withoutContent, withUploads } from "./files.ts";
import { fieldOf } from "./labels.ts";
import { FilesContext } from "./media-control.tsx";
import { ModelFields } from "./model-fields.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { Problems } from "./problems.tsx";
import { type Entry, type Fields, formSchema, requestFor, typedFrom } from "./request.ts";
import type { Schema } from "./schema.ts";
import { useDraft } from "./use-draft.ts";

export interface Description {
  /** Reelhook's own fields. */
  readonly ours: Schema;
  /** Initial values of the form. */
  readonly example: Fields;
  /** Id of the generation that `example` is from; null if there is none. */
  readonly source: string | null;
}

interface Props {
  readonly description: Description;
  /** What was typed is kept for each of these. */
  readonly place: string;
}

const EMPTY: Entry = { typed: {}, free: {}, script: null };

export function Playground({ description: { ours, example, source }, place }: Props) {
  const {
    client,
    account: { mode },
  } = useSession();
  const isReadOnly = useReadOnly();
  const draft = useDraft(place, () => ({
    model: String(example["model"]),
    entry: { ...EMPTY, typed: typedFrom(example) },
    attempt: NO_ATTEMPT,
  }));
  const { model: chosen, entry, setEntry } = draft;
  /** What was cleared, until something is changed. */
  const [cleared, setCleared] = useState<Entry | null>(null);
  /** Counts how often all values were replaced. Controls keep the typed text, so they start anew. */
  const [round, setRound] = useState(0);
  const { value: model, isOld, error: failure, reload } = useLoad(`model ${chosen}`, () => modelOf(client, chosen));
  const { isBusy, error, run, clear } = useAction();
  // An error is shown until its field is edited.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  useStrayFiles();
  const request = model && requestFor(model, ours, entry, mode);
  const offer = model && request && offerOf(model, request.body, mode);
  const change = (field: string, changed: Partial<Entry>) => {
    setTouched((before) => new Set([...before, field]));
    setCleared(null);
    setEntry((before) => ({ ...before, ...changed }));
  };
  const choose = (id: string) => {
    clear();
    draft.setModel(id);
  };
  const replaceAll = (next: Entry, undo: Entry | null) => {
    clear();
    setEntry(next);
    setCleared(undo);
    setRound(round + 1);
  };
  const useModel = (replacement: string) => {
    choose(replacement);
    // The clicked button disappears, so the focus moves to the model.
    document.querySelector<HTMLElement>('[role="combobox"]')?.focus();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const invalid = form.querySelector<HTMLElement>("textarea:invalid");
    if (request === null || isOld || isReadOnly || invalid !== null) return reveal(invalid);
    setTouched(new Set());
    const focused = document.activeElement;
    const text = JSON.stringify(withUploads(request, ({ id }) => id));
    const begun = draft.attempt.current;
    const attempt = begun.request === text ? begun : { request: text, key: randomId() };
    const setAttempt = (next: Attempt) => {
      draft.attempt.current = next;
      draft.keep();
    };
    setAttempt(attempt);
    const isMade = await run(async () => {
      const { body, headers } = request;
      const { id } = await client.createGeneration(body, attempt.key, headers).catch((cause) => {
        if (!(cause instanceof ApiError) || !cause.isUncertain) setAttempt(NO_ATTEMPT);
        throw cause;
      });
      setAttempt(NO_ATTEMPT);
      location.hash = `#/generations/${id}`;
    });
    if (isMade) return;
    // After the errors are rendered. The focus stays if it has moved since the request was sent.
    requestAnimationFrame(() => {
      const isWaiting = document.activeElement === focused || document.activeElement === document.body;
      if (isWaiting) form.querySelector<HTMLElement>(FIRST_ERROR)?.focus();
    });
  };
  const standing = error?.errors.filter(({ pointer }) => !touched.has(fieldOf(pointer))) ?? [];
  const hasFiles = request !== null && filesBytes(request.body) > 0;
  return (
    <div class="columns playground">
      <form onSubmit={submit} noValidate>
        {source !== null && (
          <p class="hint">
            Filled in from <a href={`#/generations/${source}`}>{source}</a>. Check every field before you generate.
          </p>
        )}
        <ModelPicker chosen={chosen} model={model} isLoading={isOld} onChoose={choose} />
        <Failure error={failure} retry={reload} />
        {model === null && failure === null && <p class="loading">Loading the fields of {chosen} …</p>}
        {model !== null && (
          // Shows the fields of the previous model until those of the chosen one are loaded.
          <div class={isOld ? "old" : undefined} inert={isOld}>
            <ModelEnd deprecated={model.deprecated} now={Date.now()} onUse={useModel} />
            <FilesContext.Provider value={filesBytes(request?.body)}>
              <ModelFields key={round} model={model} ours={ours} entry={entry} errors={standing} onChange={change} />
            </FilesContext.Provider>
            <Problems error={error} standing={standing} schema={formSchema(model, ours)} />
            <div class="submit">
              <button type="submit" class="primary" disabled={isBusy || isReadOnly} aria-describedby="offer">
                {isBusy ? "Submitting …" : offer?.label}
              </button>
              <span id="offer" class="hint">
                {isReadOnly ? "This API key is read-only: it cannot make generations." : offer?.hint}
              </span>
              {!isReadOnly && (
                <button
                  type="button"
                  class="quiet"
                  onClick={() => (cleared === null ? replaceAll(EMPTY, entry) : replaceAll(cleared, null))}
                >
                  {cleared === null ? "Clear" : "Undo clear"}
                </button>
              )}
            </div>
          </div>
        )}
      </form>
      {request !== null && (
        <Code
          headers={request.headers}
          body={withoutContent(request.body) as Fields}
          note={hasFiles ? "The content of each file is left out here." : null}
        />
      )}
    </div>
  );
}

/** A failed request moves the focus here. */
const FIRST_ERROR = '[aria-invalid="true"], [data-invalid="true"], fieldset > .notes > .error';

/** Moves the focus to a control, even if it is folded. */
function reveal(control: HTMLElement | null): void {
  const folded = control?.closest("details");
  if (folded != null) folded.open = true;
  control?.focus();
}

/** Without this, a file that is dropped beside its field replaces the page. */
function useStrayFiles(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    };
    addEventListener("dragover", refuse);
    addEventListener("drop", refuse);
    return () => {
      removeEventListener("dragover", refuse);
      removeEventListener("drop", refuse);
    };
  }, []);
}
