// Explains why a value fits none of several schemas. It reports what is wrong according to the schema that the caller
// most likely meant, not according to all of them.

import { pointerTo } from "./error-limits.ts";
import type { Claim, Finding } from "./finding.ts";

/** The findings of one schema about a value. Paths start at the value. */
type Alternative = readonly Finding[];

/** The findings to report about a value that fits none of the alternatives. */
export function explained(alternatives: readonly Alternative[]): readonly Finding[] {
  const meant = withLeast(alternatives, remoteness);
  const [first = []] = meant;
  // The value has the type or the constants of no alternative, so only what all of them refuse is certain.
  if (remoteness(first) !== SIMILAR) return agreed(meant) ?? first;
  const lacking = meant.map(missingFields);
  if (lacking.every((names) => names !== null)) return needs(lacking);
  const [best = [], ...equallyGood] = withLeast(withLeast(meant, countAll), countMissing);
  const others = equallyGood.map(claimsByPath);
  const isSame = others.every(
    (other) => other.size === best.length && best.every(({ path }) => other.has(pointerTo(path))),
  );
  return isSame ? best.map((finding) => agreedOn(finding, others) ?? finding) : best;
}

const SIMILAR = 0;
const ANOTHER_CONSTANT = 1;
const ANOTHER_TYPE = 2;

/** How unlikely it is that the alternative was meant. */
function remoteness(findings: Alternative): number {
  const isOfAnotherType = findings.some(({ path, claim }) => path.length === 0 && claim.kind === "mismatch");
  if (isOfAnotherType) return ANOTHER_TYPE;
  return findings.some(isConstant) ? ANOTHER_CONSTANT : SIMILAR;
}

/** Whether a field such as `type`, for which the alternative allows only one value, has another. */
function isConstant({ path, claim }: Finding): boolean {
  return path.length === 1 && claim.kind === "mismatch" && claim.values.length === 1 && claim.types.length === 0;
}

function withLeast(alternatives: readonly Alternative[], measure: (each: Alternative) => number): Alternative[] {
  const least = Math.min(...alternatives.map(measure));
  return alternatives.filter((each) => measure(each) === least);
}

function countAll(findings: Alternative): number {
  return findings.length;
}

function countMissing(findings: Alternative): number {
  return findings.filter(({ claim }) => claim.kind === "missing").length;
}

/** Names of the missing fields; null if something else is wrong, too. */
function missingFields(findings: Alternative): string[] | null {
  const isMissing = ({ path, claim }: Finding) => path.length === 1 && claim.kind === "missing";
  return findings.every(isMissing) ? findings.map(({ path }) => String(path[0])) : null;
}

/** @param lacking the fields that each alternative lacks. */
function needs(lacking: readonly (readonly string[])[]): Finding[] {
  const [first = []] = lacking;
  const inAll = new Set(first.filter((name) => lacking.every((names) => names.includes(name))));
  const findings = [...inAll].map((name): Finding => ({ path: [name], claim: { kind: "missing" } }));
  const groups = lacking.map((names) => names.filter((name) => !inAll.has(name)));
  // Adding the fields that every alternative lacks would be enough for one of them.
  if (groups.some(({ length }) => length === 0)) return findings;
  const unique = new Map(groups.map((names) => [JSON.stringify(names), names]));
  return [...findings, { path: [], claim: { kind: "needs", groups: [...unique.values()] } }];
}

/** The findings that all alternatives share. Null if there are none. */
function agreed([first = [], ...others]: readonly Alternative[]): Finding[] | null {
  const claims = others.map(claimsByPath);
  const findings = first.map((finding) => agreedOn(finding, claims)).filter((finding) => finding !== null);
  return findings.length === 0 ? null : findings;
}

function agreedOn({ path, claim }: Finding, others: readonly ReadonlyMap<string, Claim>[]): Finding | null {
  let merged: Claim | null = claim;
  for (const other of others) {
    const same = other.get(pointerTo(path));
    merged = merged === null || same === undefined ? null : merge(merged, same);
  }
  return merged === null ? null : { path, claim: merged };
}

/** A map, because an object can have thousands of unknown fields, and a search for each would take too long. */
function claimsByPath(findings: Alternative): ReadonlyMap<string, Claim> {
  return new Map(findings.map(({ path, claim }) => [pointerTo(path), claim]));
}

function merge(one: Claim, other: Claim): Claim | null {
  if (one.kind === "mismatch" && other.kind === "mismatch") {
    return { ...one, values: union(one.values, other.values), types: union(one.types, other.types) };
  }
  if (one.kind === "unknown" && other.kind === "unknown") return { ...one, known: union(one.known, other.known) };
  if (one.kind === "other" && other.kind === "other") return one.message === other.message ? one : null;
  return one.kind === "missing" && other.kind === "missing" ? one : null;
}

function union<T>(one: readonly T[], other: readonly T[]): T[] {
  return [...new Set([...one, ...other])];
}
