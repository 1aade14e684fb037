// Reads the pricing of a model in the provider's list. If any part cannot be read, the pricing is null, because part of
// a price would be a wrong price.

import type { PricingView } from "../contract/models.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";
import { listIn, textIn } from "./json-text-fields.ts";

const MAX_UNITS = 50;
const MAX_VARIANTS = 200;
const MAX_DIMENSIONS = 20;

export function readPricing(value: unknown): PricingView | null {
  const pricing = fieldsOf(value);
  switch (pricing?.["kind"]) {
    case "fixed": {
      const units = all(pricing["units"], MAX_UNITS, readUnit);
      return units === null ? null : { kind: "fixed", units };
    }
    case "variants": {
      const variants = all(pricing["variants"], MAX_VARIANTS, readVariant);
      const dimensions = all(pricing["dimensions"], MAX_DIMENSIONS, textIn);
      return variants === null || dimensions === null ? null : { kind: "variants", dimensions, variants };
    }
    case "variable":
      return { kind: "variable" };
    default:
      return null;
  }
}

/** Reads every item. Null if there are none or too many, or if one cannot be read. */
function all<T>(value: unknown, most: number, read: (item: unknown) => T | null): T[] | null {
  const items = listIn(value, most + 1);
  const known = items.map(read).filter((item) => item !== null);
  return known.length === items.length && items.length > 0 && items.length <= most ? known : null;
}

function readUnit(value: unknown) {
  const unit = fieldsOf(value);
  const measure = textIn(unit?.["measure"]);
  const name = textIn(unit?.["name"]) ?? measure;
  const rate = unit && readRate(unit);
  return rate === null || name === null ? null : { name, measure, ...rate };
}

function readVariant(value: unknown) {
  const variant = fieldsOf(value);
  const unit = textIn(variant?.["unit"]);
  const rate = variant && readRate(variant);
  const conditions = Object.entries(fieldsOf(variant?.["when"]) ?? {});
  const when = conditions.flatMap(([name, wanted]) => {
    const condition = conditionIn(wanted);
    return condition !== null && textIn(name) === name ? [[name, condition] as const] : [];
  });
  const isRead = when.length === conditions.length && when.length <= MAX_DIMENSIONS;
  return rate === null || unit === null || !isRead ? null : { when: Object.fromEntries(when), unit, ...rate };
}

function conditionIn(wanted: unknown): string | number | boolean | null {
  if (typeof wanted === "boolean") return wanted;
  // JSON such as 1e999 is read as infinity, which would be written as null.
  if (typeof wanted === "number") return Number.isFinite(wanted) ? wanted : null;
  return textIn(wanted);
}

function readRate({ price, per = 1 }: Fields) {
  const [amount, count] = [numberIn(price), numberIn(per)];
  return amount === null || count === null || count === 0 ? null : { price: amount, per: count };
}

/** A number, or its decimal text; null if it is negative or neither. */
function numberIn(value: unknown): number | null {
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null;
}
