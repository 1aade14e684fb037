// Every operation of this API, as its description tells it. Tests hold that each is served, and that no other is.

import { DROP_IN_OPERATIONS } from "./operations/drop-in.ts";
import { GENERATION_OPERATIONS } from "./operations/generations.ts";
import type { Operation } from "./operations/operation.ts";
import { SERVICE_OPERATIONS } from "./operations/service.ts";
import { WEBHOOK_OPERATIONS } from "./operations/webhooks.ts";

const TABLE = [...GENERATION_OPERATIONS, ...WEBHOOK_OPERATIONS, ...DROP_IN_OPERATIONS, ...SERVICE_OPERATIONS] as const;

export const OPERATIONS: readonly Operation[] = TABLE;

/** Each with its own path, names and answers: what the type of the API is made of. */
export type AnyOperation = (typeof TABLE)[number];
