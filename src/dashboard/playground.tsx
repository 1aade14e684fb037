// The playground: builds and sends a request for a generation.

import { useRef, useState } from "preact/hooks";
import type { GenerationView } from "../contract/generation.ts";
import { ApiError, answerOf } from "./api.ts";
import { useAction, useLoad, useSession } from "./hooks.ts";
import { randomId } from "./random.ts";
import { Field, initial, type Schema, withField } from "./schema-form.tsx";
import { LANGUAGES, type Language, snippet } from "./snippets.ts";
import { Copy, Failure, Heading, Pre } from "./ui.tsx";

/** Reelhook's own fields, shown after those of the model. */
const OURS = ["webhook_url", "metadata", "retention_days"];

/** Prompt markers that make the sandbox provider simulate a case. */
const MARKERS = ["fail", "moderated", "slow", "flaky", "expired-url", "refused", "no-credits", "busy", "never"];

interface Description {
  readonly models: ReadonlyMap<string, Schema>;
  /** Initial values of the form. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Id of the generation that `example` is from; null if it is the one of the OpenAPI description. */
  readonly source: string | null;
}

interface OpenApi {
  readonly paths: {
    readonly "/v1/generations": {
      readonly post: {
        readonly requestBody: {
          readonly content: { readonly "application/json": { readonly example: Description["example"] } };
        };
      };
    };
  };
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

async function loadDescription(): Promise<Description> {
  const { paths, components } = await answerOf<OpenApi>(fetch("/openapi.json"));
  const { webhook_url: _, ...example } = paths["/v1/generations"].post.requestBody.content["application/json"].example;
  const models = Object.entries(components.schemas).flatMap(([name, schema]) =>
    name.startsWith("CreateRequest_") ? [[String(schema.properties?.["model"]?.const), schema] as const] : [],
  );
  return { models: new Map(models), example, source: null };
}

/** A data URI as the API returns it: shortened. */
const SHORTENED = /^data:[^,]*… \(\d+ bytes\)$/;

/** The request that created a generation, as far as the API returns it. */
function requestOf({ model, input, metadata, webhooks }: GenerationView): Description["example"] {
  const isKept = (value: unknown): boolean =>
    typeof value === "object" && value !== null
      ? Object.values(value).every(isKept)
      : typeof value !== "string" || !SHORTENED.test(value);
  const [webhook, ...others] = webhooks;
  return {
    model,
    ...Object.fromEntries(Object.entries(input).filter(([, value]) => isKept(value))),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(webhook === undefined || others.length > 0 ? {} : { webhook_url: webhook.url }),
  };
}

/** @param from id of the generation to start from; empty to start from the example in the OpenAPI description. */
export function PlaygroundPage({ from }: { from: string }) {
  const { client } = useSession();
  const { value, error, reload } = useLoad(`description ${from}`, async (): Promise<Description> => {
    const description = await loadDescription();
    if (from === "") return description;
    const made = await client.getGeneration(from);
    const example = requestOf(made);
    return description.models.has(made.model) ? { ...description, example, source: from } : description;
  });
  return (
    <>
      <Heading title="Playground" />
      {value === null ? error === null && <p class="loading">Loading …</p> : <Playground description={value} />}
      <Failure error={error} retry={reload} />
    </>
  );
}

function Playground({ description: { models, example, source } }: { description: Description }) {
  const {
    client,
    account: { mode },
  } = useSession();
  const [model, setModel] = useState(String(example["model"]));
  /** Values of all models' fields, kept when another model is chosen. */
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>(example);
  const { isBusy, error, run, clear } = useAction();
  /** Idempotency key of the current body, kept until the outcome is known, so that a retry is not billed twice. */
  const attempt = useRef({ body: "", key: "" });
  const schema = models.get(model) ?? {};
  const body = bodyOf(model, schema, values);
  // An error is shown until its field is edited.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const set = (name: string, changed: unknown) => {
    setTouched((before) => new Set([...before, name]));
    setValues((before) => withField(before, name, changed));
  };
  const choose = (chosen: string) => {
    clear();
    setModel(chosen);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTouched(new Set());
    const text = JSON.stringify(body);
    if (attempt.current.body !== text) attempt.current = { body: text, key: randomId() };
    const isMade = await run(async () => {
      const { id } = await client.createGeneration(body, attempt.current.key).catch((cause) => {
        if (!(cause instanceof ApiError) || !cause.isUncertain) attempt.current = { body: "", key: "" };
        throw cause;
      });
      location.hash = `#/generations/${id}`;
    });
    if (!isMade) requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const standing = error?.errors.filter(({ pointer }) => !touched.has(fieldOf(pointer))) ?? [];
  const errors = new Map(standing.map(({ pointer, message }) => [pointer, message]));
  const field = (name: string) => {
    const own = schema.properties?.[name];
    return own === undefined ? null : (
      <Field
        key={`${model} ${name}`}
        name={name}
        schema={own}
        value={body[name]}
        isRequired={schema.required?.includes(name) ?? false}
        pointer={`/${name}`}
        errors={errors}
        onChange={(changed) => set(name, changed)}
      />
    );
  };
  const own = Object.keys(schema.properties ?? {}).filter(
    (name) => name !== "model" && name !== "webhooks" && !OURS.includes(name),
  );
  return (
    <div class="columns">
      <form onSubmit={submit} noValidate>
        {source !== null && (
          <p class="hint">
            Filled in from <a href={`#/generations/${source}`}>{source}</a>. Check every field before you generate.
          </p>
        )}
        <div class="field">
          <label for="model">model</label>
          <select id="model" value={model} onChange={(event) => choose(event.currentTarget.value)}>
            {[...models.keys()].map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </div>
        {own.map(field)}
        {mode === "test" && own.includes("prompt") && (
          <p class="markers">
            <span>Simulate:</span>{" "}
            {MARKERS.map((marker) => (
              <button
                key={marker}
                type="button"
                class="quiet"
                onClick={() => set("prompt", withMarker(String(values["prompt"] ?? ""), marker))}
              >
                [{marker}]
              </button>
            ))}
          </p>
        )}
        {OURS.map(field)}
        <Problems error={error} standing={standing} shown={[...own, ...OURS]} />
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? "Submitting …" : mode === "test" ? "Generate (free)" : "Generate (billed)"}
        </button>
      </form>
      <Code body={body} />
    </div>
  );
}

/** The top-level field of a JSON Pointer. */
function fieldOf(pointer: string): string {
  return pointer.split("/")[1] ?? "";
}

interface ProblemsProps {
  readonly error: ApiError | null;
  /** Errors in fields that were not edited since. */
  readonly standing: ApiError["errors"];
  readonly shown: readonly string[];
}

/** Lists errors that no shown field displays, and counts the others. */
function Problems({ error, standing, shown }: ProblemsProps) {
  if (error === null || (error.errors.length > 0 && standing.length === 0)) return null;
  const others = standing.filter(({ pointer }) => !shown.includes(fieldOf(pointer)));
  const fields = standing.length - others.length;
  return (
    <div class="failure" role="alert">
      {error.errors.length === 0 && <p>{error.message}</p>}
      {error.generationId !== null && (
        <p>
          See the failed <a href={`#/generations/${error.generationId}`}>generation</a>.
        </p>
      )}
      {error.isUncertain && (
        <p>You can safely try again. Repeating this request does not create a second generation.</p>
      )}
      {others.map(({ pointer, message }) => (
        <p key={pointer}>
          {pointer} {message}
        </p>
      ))}
      {fields > 0 && <p>{fields === 1 ? "Fix the highlighted field." : `Fix the ${fields} highlighted fields.`}</p>}
    </div>
  );
}

const ANY_MARKER = new RegExp(`\\s*\\[(${MARKERS.join("|")})\\]`, "g");

function withMarker(prompt: string, marker: string): string {
  return `${prompt.replaceAll(ANY_MARKER, "")} [${marker}]`.trim();
}

/** The model's fields in the order of its schema. Required fields without a value get their constants. */
function bodyOf(model: string, { properties = {}, required = [] }: Schema, values: Readonly<Record<string, unknown>>) {
  const fields = Object.entries(properties).flatMap(([name, own]) => {
    const value = values[name] ?? (required.includes(name) ? initial(own) : undefined);
    return name === "model" || value === undefined ? [] : [[name, value] as const];
  });
  return { model, ...Object.fromEntries(fields) } as Readonly<Record<string, unknown>>;
}

function Code({ body }: { body: object }) {
  const [language, setLanguage] = useState<Language>("curl");
  const text = snippet(language, { origin: location.origin, body });
  return (
    <section class="code" aria-label="Code sample">
      <div class="tabs">
        {LANGUAGES.map((each) => (
          <button key={each} type="button" aria-pressed={each === language} onClick={() => setLanguage(each)}>
            {each}
          </button>
        ))}
        <Copy text={text} label="code" />
      </div>
      <Pre>{text}</Pre>
    </section>
  );
}
