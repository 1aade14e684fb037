// Why a provider refused a request or failed a job: the text to pass on, and whether it means moderation. Providers put
// both into fields of many names.

import { cutText } from "../core/text.ts";
import { type Fields, fieldsOf, valuesOf } from "./json-fields.ts";

/** Bounds on the search, and on the text. Longer messages are cut where a generation's error is made. */
const MAX_DEPTH = 6;
const MAX_PARTS = 20;
const MAX_LENGTH = 4_000;

/** Fields that are there only when something went wrong. */
const ERROR_FIELDS = [
  ...["error", "errors", "errormessage", "errormsg", "errordetail", "failure", "failures", "failurereason"],
  ...[
    "failurereasons",
    "failuremessage",
    "failreason",
    "failmessage",
    "failmsg",
    "failcode",
    "failurecode",
    "errorcode",
  ],
];

/** Fields that say something in any case, such as "success". */
const MESSAGE_FIELDS = [
  ...["statusmessage", "statusmsg", "statusreason", "taskstatusmsg", "taskstatusmessage", "statusdetail"],
  ...["statusdescription", "message", "msg", "detail", "details", "reason", "description", "title", "cause"],
];

const INSIDE_ERROR = [
  "message",
  "msg",
  "detail",
  "details",
  "error",
  "errors",
  "reason",
  "description",
  "failure",
  "title",
];

/** Identifiers of an error, inside it and beside it. */
const CODE_FIELDS = ["code", "name", "type", "category", "errorcode", "errortype", "failurecode", "failcode", "kind"];
const CODES_OF_ANSWER = ["code", "errorcode", "errortype", "failurecode", "failcode", "statuscode"];

/** Texts that providers write where nothing went wrong. */
const NOTHING = /^(?:none|null|nil|undefined|ok|okay|success|succeed|succeeded|no errors?|n\/a|0|false|\{\}|\[\])?$/i;

export interface Reason {
  /** Null when the provider gave none. */
  readonly message: string | null;
  readonly isModerated: boolean;
}

/** Whether an answer says that something went wrong, apart from its status word. */
export function hasError(bodies: readonly Fields[]): boolean {
  return bodies.some((body) => valuesOf(body, ERROR_FIELDS).some(isError));
}

function isError(value: unknown): boolean {
  if (typeof value === "boolean" || typeof value === "number") return Boolean(value);
  return textOf(value) !== null || codesIn(value, CODE_FIELDS).length > 0;
}

/** The reason that the answer gives: from its fields for errors, or else from those that say something in any case. */
export function reasonIn(bodies: readonly Fields[]): Reason {
  const errors = bodies.flatMap((body) => valuesOf(body, ERROR_FIELDS));
  const messages = bodies.flatMap((body) => valuesOf(body, MESSAGE_FIELDS));
  const found = [...errors, ...messages].map((value) => textOf(value)).find((text) => text !== null);
  const codesOfErrors = errors.flatMap((error) => codesIn(error, CODE_FIELDS));
  const codes = [...codesOfErrors, ...bodies.flatMap((body) => codesIn(body, CODES_OF_ANSWER))];
  const message = found ?? codes[0] ?? null;
  const isModerated = [...codes, ...(message === null || / /.test(message) ? [] : [message])].some(isModerationCode);
  return { message, isModerated: isModerated || (message !== null && saysModerated(message)) };
}

/** The text of an error: a string, `{message}`, `{error: …}`, or `{detail: [{loc, msg}]}`. Null if there is none. */
function textOf(value: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === "string") return NOTHING.test(value.trim()) ? null : cutText(value.trim(), MAX_LENGTH);
  if (Array.isArray(value)) {
    const parts = value.slice(0, MAX_PARTS).map((each) => textOf(each, depth + 1));
    return cutText(parts.filter((text) => text !== null).join("; "), MAX_LENGTH) || null;
  }
  const fields = fieldsOf(value);
  if (fields === null) return null;
  const texts = valuesOf(fields, INSIDE_ERROR).map((each) => textOf(each, depth + 1));
  const text = texts.find((each) => each !== null);
  return text === undefined ? null : cutText(`${locationOf(fields)}${text}`, MAX_LENGTH);
}

/** Where in the request the error is, as validators write it: `["body", "prompt"]`. */
function locationOf(fields: Fields): string {
  const [loc] = valuesOf(fields, ["loc"]);
  const parts = Array.isArray(loc) ? loc.slice(0, MAX_PARTS).filter(isNameOrIndex) : [];
  return parts.length === 0 ? "" : `${parts.join(".")}: `;
}

function isNameOrIndex(part: unknown): part is string | number {
  return typeof part === "string" || typeof part === "number";
}

const MAX_CODE_LENGTH = 200;

/** Identifiers such as `SAFETY.INPUT.TEXT`, in the value and in errors nested in it. */
function codesIn(value: unknown, names: readonly string[], depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, MAX_PARTS).flatMap((each) => codesIn(each, names, depth + 1));
  const fields = fieldsOf(value);
  if (fields === null) return [];
  const own = valuesOf(fields, names).filter((each) => typeof each === "string" && !NOTHING.test(each.trim()));
  const nested = depth === 0 && names !== CODE_FIELDS ? [] : valuesOf(fields, ["error", "errors", "details"]);
  const codes = own.map((each) => cutText(String(each).trim(), MAX_CODE_LENGTH));
  return [...codes, ...nested.flatMap((each) => codesIn(each, CODE_FIELDS, depth + 1))].slice(0, MAX_PARTS);
}

/** Words of an identifier in any case: `ContentModerated` and `CONTENT.MODERATED` are "content moderated". */
function wordsOf(code: string): string {
  return code
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[^A-Za-z\d]+/g, " ")
    .toLowerCase();
}

const MODERATION_WORDS =
  /\b(?:safety|moderat(?:ed|ion)|nsfw|sensitive|prohibited|disallowed|unsafe|inappropriate|flagged|data inspection|content (?:polic(?:y|ies)|filter(?:ed)?|violation|blocked|rejected|restricted)|policy violation|responsible ai)\b/;

/** The words of a fault in the moderation itself, or in a parameter named after it. */
const FAULT_WORDS =
  /\b(?:unavailable|timeout|timed out|overloaded|internal|invalid|unknown|unsupported|not (?:found|supported|configured|allowed)|missing|required|parameter|argument|setting)\b/;

function isModerationCode(code: string): boolean {
  const words = wordsOf(code);
  return MODERATION_WORDS.test(words) && !FAULT_WORDS.test(words);
}

/** Words about the form of a file or text, not about what it shows. */
const FORM =
  "(?! (?:is |has |with )?(?:size|sizes|aspect|ratio|format|formats|length|duration|resolution|dimensions?|type|codec|encoding|url|id|code|value|parameter|field|rate))";
const CONTENT = `(?:content|material|information|imagery|images?|pictures?|videos?|media|language|words?|text|prompts?|topics?|themes?|subjects?)${FORM}`;
const CHECK = "(?:moderation|safety|content filters?|content check|content review|risk control)";
const RULES =
  "(?:content|safety|usage|acceptable use|community|service|moderation|platform|our|your|openai|google|runway|kling)(?:'s)? (?:\\w+ ){0,2}?(?:polic(?:y|ies)|guidelines?|standards?|rules|terms)";
const REFUSED =
  "(?:blocked|rejected|refused|denied|filtered|stopped|removed|caught|declined|failed|triggered|tripped|pass|passed|passing|prevented|flagged)";

/** Phrases that mean that the request or the result was refused for what it shows. */
const MODERATED: readonly RegExp[] = [
  /\bnsfw\b|not safe for work|sexually explicit|pornograph|\bnud(?:e|ity)\b|hate speech|self[- ]harm|\bcsam\b|\bdeepfakes?\b/,
  /content polic(?:y|ies)|community guidelines|usage (?:polic(?:y|ies)|guidelines)|responsible ai/,
  /policy violation|violates? (?:content|safety)|safety (?:reasons|concerns|violation|polic(?:y|ies)|guidelines|standards)/,
  /\bexplicit (?:content|material|imagery|images?|language)\b/,
  new RegExp(
    `\\b(?:sensitive|inappropriate|prohibited|disallowed|forbidden|harmful|unsafe|offensive|adult|sexual|violent|graphic|illegal|objectionable|restricted|copyrighted) (?:or \\w+ )?${CONTENT}\\b`,
  ),
  new RegExp(
    `\\b${CONTENT} (?:\\w+ ){0,3}?(?<!case )(?<!time )(?:sensitive|inappropriate|offensive|harmful|unsafe)\\b${FORM}`,
  ),
  new RegExp(`violat(?:e|es|ed|ing|ion|ions)\\b.{0,30}?\\b${RULES}`),
  new RegExp(`\\b(?:against|breach(?:es)?(?: of)?|comply with|compliance with) (?:the )?${RULES}`),
  /\b(?:was|were|been|be|got|gets|request|prompt|content|input|output|image|video|text|generation|result) moderated\b/,
  /\b(?:was|were|been|got|prompt|content|input|output|image|video|text|request) flagged\b|\bflagged (?:as|by|for)\b/,
  new RegExp(`\\b${REFUSED}\\b(?: [\\w'-]+){0,5}? ${CHECK}\\b`),
  new RegExp(`\\b${CHECK}(?: \\w+){0,2}? (?:${REFUSED}|violation)\\b`),
  /\b(?:public figures?|celebrit(?:y|ies)|real (?:person|people)|minors)\b.{0,40}\b(?:not (?:allowed|permitted|supported)|prohibited|blocked|detected)/,
];

/** Phrases that only look like it: a fault in the moderation, a parameter named after it, or a rule about traffic. */
const NOT_MODERATED: readonly RegExp[] = [
  new RegExp(
    `\\b${CHECK}[\\w -]{0,40}?(?:unavailable|not available|tim(?:ed|e) ?out|timeout|overloaded|unreachable|offline|down\\b|could not be|couldn't|cannot be|internal error|not responding|not configured|crashed|an error)`,
  ),
  new RegExp(
    `(?:unable|failed|could not|cannot) (?:to )?(?:reach|contact|call|load|run|connect to) (?:\\w+ ){0,3}?${CHECK}`,
  ),
  /(?:parameter|field|option|argument|property|setting|key)s?:? ['"`]?\w*(?:moderation|safety|sensitiv)/,
  /\b\w*(?:moderation|safety|nsfw|sensitiv)\w*['"`]?:? (?:parameter |field |option )?(?:must|should|is required|is not a |needs? to be|has to be|expected)/,
  /(?:rate|request|concurrency|fair use|retry|traffic|billing|payment|cache|caching|retention)[- ]?(?:limit|limits|limiting)?(?:'s)? polic(?:y|ies)(?! (?:on|about) content)|rate limit|\bquota\b|too many requests/,
  /(?:validation|schema|naming|format(?:ting)?) (?:rules?|polic|standards?)/,
];

/** Whether the text means that moderation refused the request or its result. */
export function saysModerated(text: string): boolean {
  const plain = text.toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
  return MODERATED.some((phrase) => phrase.test(plain)) && !NOT_MODERATED.some((phrase) => phrase.test(plain));
}
