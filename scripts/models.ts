// Tests the Worker's validation against a downloaded catalogue:
//
//   npm run models -- PATH
//
// PATH is a JSON file {"<model id>": {"paths": ["/v2/video/generations"], "schema": {…}}}, where `schema` is the
// request body in the model's OpenAPI document. For each model, inputs that fit its schema must be accepted, and an
// input that breaks any one of its rules must be refused, with a pointer to the broken field. Exits with 1 otherwise.

import { readFileSync } from "node:fs";
import { KINDS } from "./models/breakages.ts";
import { checkModel, type Report } from "./models/check.ts";

interface Entry {
  readonly paths: readonly string[];
  readonly schema: object;
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: npm run models -- PATH");
  process.exit(1);
}

const reports = Object.entries(readCatalogue(path)).map(([id, entry]) => checkModel(id, documentOf(entry)));
for (const report of reports) console.log(lineOf(report));
console.log(`\n${totalOf(reports)}`);
if (reports.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

function readCatalogue(path: string): Readonly<Record<string, Entry>> {
  try {
    const catalogue: unknown = JSON.parse(readFileSync(path, "utf8"));
    const entries = Object.entries(isObject(catalogue) ? catalogue : {});
    if (entries.length === 0) throw new Error("it has no models");
    for (const [id, entry] of entries) if (!isEntry(entry)) throw new Error(`${id} has no paths or no schema`);
    return Object.fromEntries(entries as [string, Entry][]);
  } catch (cause) {
    console.error(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
    process.exit(1);
  }
}

function isEntry(value: unknown): value is Entry {
  if (!isObject(value) || !("paths" in value && "schema" in value)) return false;
  const { paths, schema } = value;
  return Array.isArray(paths) && paths.every((each) => typeof each === "string") && isObject(schema);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An OpenAPI document in the shape of the provider's. */
function documentOf({ paths, schema }: Entry): object {
  const post = { requestBody: { content: { "application/json": { schema } } } };
  return { openapi: "3.0.0", paths: Object.fromEntries(paths.map((each) => [each, { post }])) };
}

function lineOf({ id, isChecked, accepted, refused, failures }: Report): string {
  if (!isChecked) return `${id}: no readable schema; any input is passed on`;
  if (failures.length === 0) return `${id}: ${accepted} accepted, ${refused.length} broken ones refused`;
  return [`${id}: FAILED`, ...failures.map((each) => `  ${each.pointer || "the body"}: ${each.message}`)].join("\n");
}

function totalOf(all: readonly Report[]): string {
  const failed = all.filter(({ failures }) => failures.length > 0).length;
  const unchecked = all.filter(({ isChecked }) => !isChecked).length;
  const accepted = all.reduce((sum, each) => sum + each.accepted, 0);
  const refused = all.flatMap((each) => each.refused);
  const kinds = KINDS.map((kind) => `${kind} ${refused.filter((each) => each === kind).length}`).join(", ");
  return `${all.length} models, ${failed} failed, ${unchecked} without a schema: ${accepted} inputs accepted, ${refused.length} broken inputs refused (${kinds})`;
}
