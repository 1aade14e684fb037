// Tests that requests for a model are validated by its schema: valid inputs must be accepted, and broken ones refused
// with a pointer to the error.

import { modelWithoutFacts, UNIVERSAL_PATH, type UsableModel } from "../../src/core/models/model.ts";
import { type ParsedCreateRequest, parseCreateRequest } from "../../src/http/create-request.ts";
import type { Handling } from "../../src/http/handling.ts";
import { readOperation } from "../../src/providers/aimlapi-operation.ts";
import { type Breakage, inputsOf } from "./breakages.ts";
import { fits } from "./fits.ts";

export interface Report {
  readonly id: string;
  /** False if the model has no readable schema: any input is then passed on. */
  readonly isChecked: boolean;
  readonly accepted: number;
  /** The kinds of the broken inputs that were refused. */
  readonly refused: readonly Breakage["kind"][];
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly pointer: string;
  readonly message: string;
}

const HANDLINGS = ["strict", "lenient"] as const satisfies readonly Handling[];

export type Parse = (model: UsableModel, body: object, handling: Handling) => ParsedCreateRequest;

const parseAsTheWorker: Parse = (model, body, handling) => {
  const urls = { allowLocal: false, ownOrigins: [] };
  return parseCreateRequest(body, { urls, found: { kind: "found", model }, handling });
};

/** @param document an OpenAPI description of the model. */
export function checkModel(id: string, document: unknown, parse = parseAsTheWorker): Report {
  const operation = readOperation(document, id) ?? { path: UNIVERSAL_PATH, inputSchema: null };
  const model: UsableModel = { ...modelWithoutFacts(id), ...operation };
  if (model.inputSchema === null) return { id, isChecked: false, accepted: 0, refused: [], failures: [] };
  const { valid, broken } = inputsOf(model.inputSchema);
  const { inputSchema } = model;
  const found = HANDLINGS.flatMap((handling) => {
    const parsed = (input: object) => parse(model, { model: id, ...input }, handling);
    return [
      ...valid.flatMap((input) => refusals(parsed(input))),
      ...broken.flatMap((breakage) =>
        handling === "lenient" && fits(breakage.input, inputSchema, true)
          ? refusals(parsed(breakage.input))
          : acceptances(breakage, parsed(breakage.input)),
      ),
    ];
  });
  const failures = [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
  const refused = failures.length > 0 ? [] : broken.map(({ kind }) => kind);
  return { id, isChecked: true, accepted: failures.length > 0 ? 0 : valid.length, refused, failures };
}

function refusals(parsed: ParsedCreateRequest): Failure[] {
  if (parsed.valid) return [];
  return parsed.errors.map(({ pointer, message }) => ({
    pointer,
    message: `a valid input is refused: ${message}`,
  }));
}

function acceptances({ kind, pointer }: Breakage, parsed: ParsedCreateRequest): Failure[] {
  if (parsed.valid) return [{ pointer, message: `an input that breaks its ${kind} is accepted` }];
  const isNamed = (error: Failure) => error.pointer === pointer || says(error, pointer);
  if (parsed.errors.length > 0 && parsed.errors.every(isNamed)) return [];
  const told = parsed.errors.map((error) => `${error.pointer || "the body"}: ${error.message}`).join("; ");
  return [{ pointer, message: `an input that breaks its ${kind} is refused, but not for that alone: ${told}` }];
}

/** Whether the error is about an object that needs one of several fields, and names the missing one. */
function says({ pointer, message }: Failure, missing: string): boolean {
  const at = missing.lastIndexOf("/");
  return pointer === missing.slice(0, at) && message.startsWith("needs ") && message.includes(missing.slice(at + 1));
}
