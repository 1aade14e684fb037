// Suggests known names for an unknown one, for models and for fields.

import { distance } from "fastest-levenshtein";

/** Only the first characters of a name are compared, to bound the time for long names. */
const MAX_COMPARED = 100;

/** Further candidates are ignored. The provider has a few hundred models. */
const MAX_CANDIDATES = 2_000;

/** Names with a larger difference are not alike; see `differenceOf`. */
const MOST_DIFFERENCE = 0.45;

/**
 * The names most like `name`, best first. Equally good ones keep the order of `candidates`.
 *
 * @param count maximum number of names to return.
 * @param onlyAlike leaves out names that are not alike. Otherwise the result has `count` names if there are that many
 * candidates.
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
  count: number,
  { onlyAlike = false }: { readonly onlyAlike?: boolean } = {},
): readonly string[] {
  const wanted = formsOf(name);
  const compared: { readonly candidate: string; readonly difference: number }[] = [];
  for (const candidate of candidates) {
    compared.push({ candidate, difference: differenceOf(wanted, formsOf(candidate)) });
    if (compared.length === MAX_CANDIDATES) break;
  }
  const alike = onlyAlike ? compared.filter(({ difference }) => difference <= MOST_DIFFERENCE) : compared;
  return alike
    .sort((one, other) => one.difference - other.difference)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** The forms of a name that are compared, in lower case. */
interface Forms {
  readonly whole: string;
  /** The part after the last slash: a model without its vendor. */
  readonly last: string;
  /** Letters and digits only. */
  readonly plain: string;
  readonly words: ReadonlySet<string>;
}

function formsOf(name: string): Forms {
  const whole = name.slice(0, MAX_COMPARED).toLowerCase();
  return {
    whole,
    last: whole.slice(whole.lastIndexOf("/") + 1),
    plain: whole.replace(/[^\p{L}\p{N}]/gu, ""),
    words: new Set(whole.match(/\p{L}+|\p{N}+/gu)),
  };
}

/** From 0 (equal) to 1 (nothing in common). The measures after the first start above 0, so that typos come first. */
function differenceOf(one: Forms, other: Forms): number {
  return Math.min(
    edits(one.whole, other.whole),
    0.05 + 0.95 * edits(one.last, other.last),
    0.1 + 0.5 * outside(one.plain, other.plain),
    byWords(one.words, other.words),
  );
}

/** Share of the characters that differ (Levenshtein distance). */
function edits(one: string, other: string): number {
  const longest = Math.max(one.length, other.length);
  return longest === 0 ? 1 : distance(one, other) / longest;
}

/** Share of the longer text that the shorter one does not cover; 1.8 if the longer one does not contain it. */
function outside(one: string, other: string): number {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= 3 && long.includes(short) ? 1 - short.length / long.length : 1.8;
}

/** Compares whole words, which say more than parts of words: `ratio` is in `aspect_ratio`, but also in `duration`. */
function byWords(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = [...one].filter((word) => other.has(word)).length;
  if (shared === 0) return 1;
  const notShared = 1 - (2 * shared) / (one.size + other.size);
  return shared === Math.min(one.size, other.size) ? 0.1 + 0.5 * notShared : 0.2 + 0.8 * notShared;
}
