// Looks into JSON of unknown shape. Names are compared without case and punctuation: `taskStatus`, `task_status` and
// `Task-Status` are one name.

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; null for anything else, arrays included. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Fields of one object that are looked at. Real answers have a few dozen. */
const MAX_FIELDS = 1_000;

/** The first fields of an object, with their names in plain form. */
export function plainEntries(fields: Fields): (readonly [name: string, value: unknown])[] {
  const entries: (readonly [string, unknown])[] = [];
  // Not Object.entries: an answer of 8 MiB can have a million fields.
  for (const name in fields) {
    if (entries.push([plainName(name), fields[name]]) === MAX_FIELDS) break;
  }
  return entries;
}

/** The object's values under these names, in the order of the names. Names are given in plain form. */
export function valuesOf(fields: Fields, names: readonly string[]): unknown[] {
  const own = plainEntries(fields);
  return names.flatMap((name) => own.filter(([each]) => each === name).map(([, value]) => value));
}

/** Fields in which providers wrap a job. */
const WRAPPERS = [
  "data",
  "result",
  "results",
  "generation",
  "generations",
  "response",
  "resp",
  "output",
  "outputs",
  "task",
  "taskresult",
  "job",
  "prediction",
  "payload",
  "baseresp",
];

const MAX_WRAPPED = 10;

/** The objects that can describe the job: the answer itself, then those that it wraps, one level deep. */
export function bodiesOf(answer: Fields): readonly Fields[] {
  const wrapped = valuesOf(answer, WRAPPERS)
    .flatMap((value) => (Array.isArray(value) ? value.slice(0, MAX_WRAPPED) : [value]))
    .map(fieldsOf)
    .filter((each) => each !== null);
  return [answer, ...wrapped.slice(0, MAX_WRAPPED)];
}
