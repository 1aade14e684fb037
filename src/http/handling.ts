/**
 * How to handle fields that are not in a model's schema, at any depth: `strict` refuses them, `lenient` passes them on
 * to the provider. Named as in RFC 7240, section 4.4.
 */
export type Handling = "strict" | "lenient";
