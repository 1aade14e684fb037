// The schema of a model's own fields: the part of JSON Schema 2020-12 that the provider's schemas are reduced to
// (src/providers/schema-reduction.ts). It validates requests, and callers see it as `input_schema`.

import type { JsonValue } from "../json.ts";

export type SchemaType = "string" | "integer" | "number" | "boolean" | "array" | "object" | "null";

export interface InputSchema {
  /** Absent: any type. */
  readonly type?: SchemaType | readonly SchemaType[];
  readonly enum?: readonly JsonValue[];
  readonly properties?: Readonly<Record<string, InputSchema>>;
  readonly required?: readonly string[];
  /** False: unknown fields are refused. Absent: any field is allowed. */
  readonly additionalProperties?: boolean | InputSchema;
  readonly items?: InputSchema;
  /** At least one must match, in addition to the rest of this schema. */
  readonly anyOf?: readonly InputSchema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  /** `uri`: an HTTPS URL or a data URI. Other formats are not checked. */
  readonly format?: string;
  /** With `format: uri`: the kind of file, such as `video/*`. */
  readonly contentMediaType?: string;
  // For display and for forms.
  readonly title?: string;
  readonly description?: string;
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
  readonly deprecated?: boolean;
}
