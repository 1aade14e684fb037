// The body of a failed request: problem details, https://www.rfc-editor.org/rfc/rfc9457

import * as z from "zod/mini";
import { described, time } from "./fields.ts";
import { PROBLEM_CODES } from "./problems.ts";

const fieldError = z.strictObject({
  pointer: described(
    z.string(),
    "JSON Pointer (RFC 6901) to the field, cut to 200 characters; empty for the whole body.",
  ),
  message: z.string(),
});

export type FieldError = Readonly<z.output<typeof fieldError>>;

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES),
    request_id: z.string(),
    errors: described(z.optional(z.array(fieldError)), "The fields that are wrong, at most 100."),
    generation_id: described(z.optional(z.string()), "The failed generation, if the provider refused it."),
    budget_resets_at: described(
      z.optional(time),
      "With `budget_exceeded`: when the budget resets. Absent if only other generations must end first.",
    ),
  })
  .register(z.globalRegistry, { id: "Problem" });

export type ProblemView = z.output<typeof problemSchema>;
