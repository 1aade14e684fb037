// Finds fields in JSON of unknown shape. Names are compared in plain form, without case and punctuation: `taskStatus`,
// `task_status` and `Task-Status` are the same.

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; null for anything else, arrays included. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

type Entry = readonly [name: string, value: unknown];

/** Maximum number of fields read from an object. Real answers have a few dozen. */
const MAX_FIELDS = 1_000;

/** Fields with longer names are ignored. */
const MAX_NAME_LENGTH = 100;

/** Caches the entries of each object, because every reader needs them. */
const known = new WeakMap<Fields, readonly Entry[]>();

/** The first 1,000 fields of an object, with names in plain form. */
export function plainEntries(fields: Fields): readonly Entry[] {
  const before = known.get(fields);
  if (before !== undefined) return before;
  const entries: Entry[] = [];
  let seen = 0;
  // Object.entries would list all fields, and an answer of 8 MiB can have a million.
  for (const name in fields) {
    if (name.length <= MAX_NAME_LENGTH) entries.push([plainName(name), fields[name]]);
    if (++seen === MAX_FIELDS) break;
  }
  known.set(fields, entries);
  return entries;
}

/**
 * The values of fields with these names, in the order of `names`.
 *
 * @param names in plain form.
 */
export function valuesOf(fields: Fields, names: readonly string[]): unknown[] {
  const own = plainEntries(fields).filter(([name]) => names.includes(name));
  if (own.length <= 1) return own.map(([, value]) => value);
  return names.flatMap((name) => own.filter(([each]) => each === name).map(([, value]) => value));
}

/** Fields in which providers wrap a job. */
const WRAPPERS = [
  ...["data", "result", "results", "generation", "generations", "response", "resp", "output", "outputs"],
  ...["task", "tasks", "taskresult", "job", "jobs", "prediction", "payload", "value", "baseresp", "status"],
  "generatevideoresponse",
];

const MAX_WRAPPED = 10;

/** The objects that can describe the job: the answer, then the objects that it wraps, at most two levels deep. */
export function bodiesOf(answer: Fields): readonly Fields[] {
  const wrapped = wrappedIn([answer]);
  return [answer, ...[...wrapped, ...wrappedIn(wrapped)].slice(0, MAX_WRAPPED)];
}

function wrappedIn(bodies: readonly Fields[]): Fields[] {
  return bodies
    .flatMap((body) => valuesOf(body, WRAPPERS))
    .flatMap((value) => (Array.isArray(value) ? value.slice(0, MAX_WRAPPED) : [value]))
    .map(fieldsOf)
    .filter((each) => each !== null)
    .slice(0, MAX_WRAPPED);
}
