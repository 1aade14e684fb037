// Finds out why a provider refused a request or why a job failed: the text to pass on, and whether it means moderation.
// Providers use many different fields for both.

import { cutText } from "../core/text.ts";
import { type Fields, fieldsOf, plainEntries, valuesOf } from "./json-fields.ts";
import { isModerationCode, saysModerated } from "./moderation.ts";

/** Limits on the search and on the text. The error of a generation cuts the message further. */
const MAX_DEPTH = 6;
const MAX_PARTS = 20;
const MAX_LENGTH = 4_000;
const MAX_CODE_LENGTH = 200;
/** Maximum number of values read. Real errors have a dozen. */
const MAX_VALUES = 1_000;

/** Fields that have a value only if something went wrong. */
const ERROR_FIELDS = [
  ...["error", "errors", "errormessage", "errormsg", "errmsg", "errordetail", "errordetails", "failure", "failures"],
  ...["failurereason", "failurereasons", "failuremessage", "failreason", "failmessage", "failmsg", "failcode"],
  ...["failurecode", "errorcode", "errcode", "errorreason", "errordescription", "errorinfo", "exception"],
  ...["failedreason", "failuredetails", "failureinfo", "raimediafilteredreasons"],
];

/** Fields that have a text even on success. Excludes fields that may repeat the request, such as `title`. */
const MESSAGE_FIELDS = [
  ...[
    "statusmessage",
    "statusmsg",
    "statusreason",
    "statusdetails",
    "taskstatusmsg",
    "taskstatusmessage",
    "statusdetail",
  ],
  ...["statusdetails", "statusdescription", "message", "msg", "detail", "details", "reason", "reasons", "cause"],
];

const INSIDE_ERROR = [
  ...["message", "msg", "detail", "details", "error", "errors", "reason", "description", "failure", "title"],
  ...["rawmessage", "text"],
];

/** Identifiers of an error, inside it and beside it. */
const CODE_FIELDS = [
  ...["code", "name", "type", "category", "errorcode", "errortype", "failurecode", "failcode", "kind", "reason"],
];
const CODES_OF_ANSWER = ["code", "errorcode", "errcode", "errortype", "failurecode", "failcode", "statuscode", "kind"];
const ERRORS_INSIDE = ["error", "errors", "details", "innererror"];

/** Texts that mean that nothing went wrong. */
const NOTHING =
  /^(?:none|null|nil|undefined|ok|okay|success(?:ful(?:ly)?)?|succeed(?:ed)?|no errors?|n\/a|0+|200|false|\{\}|\[\])?[.!]?$/i;

export interface Reason {
  /** Null if the provider gave no reason. */
  readonly message: string | null;
  readonly isModerated: boolean;
}

/** Whether an answer reports an error in a field other than its status. */
export function hasError(bodies: readonly Fields[]): boolean {
  return bodies.some((body) => valuesOf(body, ERROR_FIELDS).some(isError));
}

function isError(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (isErrorNumber(value) || valuesOf(fieldsOf(value) ?? {}, ["code"]).some(isErrorNumber)) return true;
  return textsOf([value]).length > 0 || codesIn(value, CODE_FIELDS).length > 0;
}

function isErrorNumber(value: unknown): boolean {
  return typeof value === "number" && value !== 0 && value !== 200;
}

/** The reason that the answer gives, from its error fields, or else from its other message fields. */
export function reasonIn(bodies: readonly Fields[]): Reason {
  const errors = bodies.flatMap((body) => valuesOf(body, ERROR_FIELDS)).slice(0, MAX_PARTS);
  const others = bodies.flatMap((body) => valuesOf(body, MESSAGE_FIELDS)).slice(0, MAX_PARTS);
  const texts = textsOf([...errors, ...others]);
  const codes = [...codesIn(errors, CODE_FIELDS), ...codesIn(bodies, CODES_OF_ANSWER)];
  const identifiers = [...codes, ...texts.filter((text) => !text.includes(" "))];
  const isModerated = texts.some(saysModerated) || identifiers.slice(0, MAX_PARTS).some(isModerationCode);
  return { message: texts[0] ?? codes[0] ?? null, isModerated };
}

/** The texts of errors. An error is a string, `{message}`, `{error: …}`, or `{detail: [{loc, msg}]}`. */
export function textsOf(values: readonly unknown[]): string[] {
  const budget = { values: MAX_VALUES };
  return values.map((value) => textOf(value, budget)).filter((text) => text !== null);
}

function textOf(value: unknown, budget: { values: number }, depth = 0): string | null {
  if (depth > MAX_DEPTH || budget.values-- <= 0) return null;
  if (typeof value === "string") {
    const text = cutText(value.slice(0, 2 * MAX_LENGTH).trim(), MAX_LENGTH);
    return NOTHING.test(text) ? null : text;
  }
  if (Array.isArray(value)) {
    const parts = value.slice(0, MAX_PARTS).map((each) => textOf(each, budget, depth + 1));
    return cutText(parts.filter((text) => text !== null).join("; "), MAX_LENGTH) || null;
  }
  const fields = fieldsOf(value);
  if (fields === null) return null;
  for (const inner of valuesOf(fields, INSIDE_ERROR)) {
    const text = textOf(inner, budget, depth + 1);
    if (text !== null) return cutText(`${locationOf(fields)}${text}`, MAX_LENGTH);
  }
  // `{"prompt": ["is too long"]}`
  const lists = plainEntries(fields)
    .filter(([, inner]) => Array.isArray(inner))
    .slice(0, MAX_PARTS);
  const parts = lists.map(([name, inner]) => [name, textOf(inner, budget, depth + 1)] as const);
  return (
    cutText(parts.flatMap(([name, text]) => (text === null ? [] : `${name}: ${text}`)).join("; "), MAX_LENGTH) || null
  );
}

/** Prefix with the place of the error in the request, which validators report as `["body", "prompt"]`. */
function locationOf(fields: Fields): string {
  const [loc] = valuesOf(fields, ["loc"]);
  const parts = Array.isArray(loc) ? loc.slice(0, MAX_PARTS).filter(isNameOrIndex) : [];
  return parts.length === 0 ? "" : `${cutText(parts.join("."), MAX_CODE_LENGTH)}: `;
}

function isNameOrIndex(part: unknown): part is string | number {
  return typeof part === "string" || typeof part === "number";
}

/** Identifiers such as `SAFETY.INPUT.TEXT`, from the value and from errors nested in it. */
function codesIn(value: unknown, names: readonly string[], budget = { values: MAX_VALUES }, depth = 0): string[] {
  if (depth > MAX_DEPTH || budget.values-- <= 0) return [];
  if (Array.isArray(value)) {
    return value.slice(0, MAX_PARTS).flatMap((each) => codesIn(each, names, budget, depth + 1));
  }
  const fields = fieldsOf(value);
  if (fields === null) return [];
  const own = valuesOf(fields, names)
    .filter((each) => typeof each === "string")
    .map((each) => cutText(each.slice(0, 2 * MAX_CODE_LENGTH).trim(), MAX_CODE_LENGTH))
    .filter((each) => !NOTHING.test(each));
  const nested = names === CODE_FIELDS ? codesIn(valuesOf(fields, ERRORS_INSIDE), names, budget, depth + 1) : [];
  return [...own, ...nested].slice(0, MAX_PARTS);
}
