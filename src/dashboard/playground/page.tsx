// The playground: builds and sends a request for a generation.

import { useRef, useState } from "preact/hooks";
import { ModelEnd } from "../generation/facts.tsx";
import { inboxUrl } from "../inbox/inbox-url.ts";
import { ApiError, answerOf } from "../shared/api.ts";
import { Code } from "../shared/code.tsx";
import { useAction, useLoad, useReadOnly, useSession } from "../shared/hooks.ts";
import { modelOf } from "../shared/models.ts";
import { offerOf } from "../shared/money.ts";
import { randomId } from "../shared/random.ts";
import { Failure, Heading } from "../shared/ui.tsx";
import { ModelFields } from "./model-fields.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { fieldOf, Problems } from "./problems.tsx";
import { type Entry, type Fields, fieldsOfModel, OURS, requestFor, requestOf, typedFrom } from "./request.ts";
import type { Schema } from "./schema.ts";

interface Description {
  /** Reelhook's own fields. */
  readonly ours: Schema;
  /** Initial values of the form. */
  readonly example: Fields;
  /** Id of the generation that `example` is from; null if it is the one of the OpenAPI description. */
  readonly source: string | null;
}

interface OpenApi {
  readonly paths: {
    readonly "/v1/generations": {
      readonly post: {
        readonly requestBody: { readonly content: { readonly "application/json": { readonly example: Fields } } };
      };
    };
  };
  readonly components: { readonly schemas: { readonly CreateRequest: Schema } };
}

async function loadDescription(): Promise<Description> {
  const { paths, components } = await answerOf<OpenApi>(fetch("/openapi.json"));
  const { webhook_url: _, ...example } = paths["/v1/generations"].post.requestBody.content["application/json"].example;
  const { properties = {} } = components.schemas.CreateRequest;
  const ours = OURS.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]] as const]));
  return { ours: { properties: Object.fromEntries(ours) }, example, source: null };
}

/** @param from id of the generation to start from; empty to start from the example in the OpenAPI description. */
export function PlaygroundPage({ from }: { from: string }) {
  const { client } = useSession();
  const { value, error, reload } = useLoad(`description ${from}`, async (): Promise<Description> => {
    const [description, inbox] = await Promise.all([loadDescription(), inboxUrl(client)]);
    const { example } = description;
    if (from === "")
      return inbox === null ? description : { ...description, example: { ...example, webhook_url: inbox } };
    return { ...description, example: requestOf(await client.getGeneration(from)), source: from };
  });
  return (
    <>
      <Heading title="Playground" />
      {value === null ? error === null && <p class="loading">Loading …</p> : <Playground description={value} />}
      <Failure error={error} retry={reload} />
    </>
  );
}

function Playground({ description: { ours, example, source } }: { description: Description }) {
  const {
    client,
    account: { mode },
  } = useSession();
  const isReadOnly = useReadOnly();
  const [chosen, setChosen] = useState(String(example["model"]));
  const { value: model, isOld, error: failure, reload } = useLoad(`model ${chosen}`, () => modelOf(client, chosen));
  const [entry, setEntry] = useState<Entry>(() => ({ typed: typedFrom(example), free: {}, script: null }));
  const { isBusy, error, run, clear } = useAction();
  // An error is shown until its field is edited.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  /** Idempotency key of the current request, kept until the outcome is known, so that a retry is not billed twice. */
  const attempt = useRef({ request: "", key: "" });
  const request = model && requestFor(model, ours, entry, mode);
  const offer = model && request && offerOf(model, request.body, mode);
  const change = (field: string, changed: Partial<Entry>) => {
    setTouched((before) => new Set([...before, field]));
    setEntry((before) => ({ ...before, ...changed }));
  };
  const choose = (id: string) => {
    clear();
    setChosen(id);
  };
  const replace = (replacement: string) => {
    choose(replacement);
    // The clicked button disappears, so the focus moves to the model.
    document.querySelector<HTMLElement>('[role="combobox"]')?.focus();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const invalid = form.querySelector<HTMLElement>("textarea:invalid");
    if (request === null || isOld || isReadOnly || invalid !== null) return invalid?.focus();
    setTouched(new Set());
    const focused = document.activeElement;
    const text = JSON.stringify(request);
    if (attempt.current.request !== text) attempt.current = { request: text, key: randomId() };
    const isMade = await run(async () => {
      const { body, headers } = request;
      const { id } = await client.createGeneration(body, attempt.current.key, headers).catch((cause) => {
        if (!(cause instanceof ApiError) || !cause.isUncertain) attempt.current = { request: "", key: "" };
        throw cause;
      });
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
  return (
    <div class="columns">
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
            <ModelEnd deprecated={model.deprecated} now={Date.now()} onUse={replace} />
            <ModelFields model={model} ours={ours} entry={entry} errors={standing} onChange={change} />
            <Problems error={error} standing={standing} shown={[...fieldsOfModel(model), ...OURS]} />
            <div class="submit">
              <button type="submit" class="primary" disabled={isBusy || isReadOnly} aria-describedby="offer">
                {isBusy ? "Submitting …" : offer?.label}
              </button>
              <span id="offer" class="hint">
                {isReadOnly ? "This API key is read-only: it cannot make generations." : offer?.hint}
              </span>
            </div>
          </div>
        )}
      </form>
      {request !== null && <Code {...request} />}
    </div>
  );
}

/** A failed request moves the focus here. */
const FIRST_ERROR = '[aria-invalid="true"], fieldset > .notes > .error';
