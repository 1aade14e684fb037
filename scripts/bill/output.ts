// A bill as text, and as JSON for programs.

import { type MicroUsd, usdOf, usdOrNull } from "../../src/core/money/micro-usd.ts";
import type { Bill } from "./bill.ts";
import { agree, type Difference } from "./comparison.ts";

/** Most generations that the text names. The JSON names all. */
const MAX_NAMED = 50;

/** The output of `--json`. */
export function jsonOf({ month, isOver, accounts, groups, total, agrees, differences, log }: Bill): string {
  const sums = ({ generations, reelhook, provider }: Bill["total"]) => ({
    generations,
    reelhook_usd: usdOf(reelhook),
    provider_usd: usdOf(provider),
    difference_usd: usdOf(provider - reelhook),
  });
  const value = {
    month: month.name,
    is_over: isOver,
    accounts,
    agrees,
    data: groups.map((group) => ({ day: group.day, model: group.model, ...sums(group) })),
    total: sums(total),
    differing_generations: differences.map(({ reelhook, provider, ...rest }) => ({
      ...rest,
      reelhook_usd: usdOrNull(reelhook),
      provider_usd: usdOrNull(provider),
    })),
    log: {
      rows: log.rows,
      expected_rows: log.expectedRows,
      foreign: log.foreign,
      of_other_months: log.ofOtherMonths,
      without_price: log.withoutPrice,
      unreadable: log.unreadable,
    },
  };
  return JSON.stringify(value, null, 2);
}

/** The output for people: a table, and what can explain a difference. */
export function textOf(bill: Bill): string {
  const { month, accounts } = bill;
  const names = `${accounts.length === 1 ? "account" : "accounts"} ${accounts.join(", ")}`;
  return [
    `${month.name}, ${names}. Days are days of acceptance in UTC.\n`,
    tableOf(bill),
    "",
    ...logLines(bill),
    "",
    ...verdictOf(bill),
  ].join("\n");
}

function tableOf({ groups, total }: Bill): string {
  const amounts = (row: Bill["total"]) => [
    String(row.generations),
    dollars(row.reelhook),
    dollars(row.provider),
    agree(row) ? "" : signed(row.provider - row.reelhook),
  ];
  const rows = [
    ["day", "model", "generations", "Reelhook", "provider", "difference"],
    ...groups.map((group) => [group.day, group.model, ...amounts(group)]),
    ["total", "", ...amounts(total)],
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function logLines({ log }: Bill): string[] {
  const { rows, foreign, ofOtherMonths, withoutPrice, unreadable, expectedRows } = log;
  const others = [
    `${foreign} not from Reelhook`,
    ...(ofOtherMonths === 0 ? [] : [`${ofOtherMonths} of generations accepted in other months`]),
    ...(unreadable === 0 ? [] : [`${unreadable} unreadable`]),
  ];
  return [
    `The provider's log has ${counted(rows, "row")}: ${others.join(", ")}.`,
    ...(expectedRows === null ? [] : [`It says that it has ${counted(expectedRows, "row")}.`]),
    ...(withoutPrice === 0
      ? []
      : [`${counted(withoutPrice, "row")} of Reelhook's generations without a readable price, counted as $0.`]),
  ];
}

function verdictOf(bill: Bill): string[] {
  if (bill.log.expectedRows !== null) return ["Not all of the provider's log was read. Run the command again."];
  return bill.agrees ? ["Reelhook and the provider's log agree."] : explanationOf(bill);
}

function explanationOf({ differences, isOver }: Bill): string[] {
  const named = differences.slice(0, MAX_NAMED).map(lineOf);
  const more = differences.length - named.length;
  return [
    "Reelhook and the provider's log differ.",
    ...(named.length === 0 ? [] : ["", "Generations that differ:", ...named]),
    ...(more === 0 ? [] : [`  and ${more} more; --json lists them all`]),
    "",
    "What can explain a difference:",
    ...(isOver
      ? []
      : ["- The month is not over: the log shows requests late, and prices appear at the end of a generation."]),
    "- The provider's job of a canceled generation has not ended, so its price is not known yet.",
    '- "No price in Reelhook": the provider has not stated a price in dollars to Reelhook.',
    '- "Not listed by Reelhook": the generation was deleted, REELHOOK_API_KEYS lacks the key of its account, or',
    "  another deployment of Reelhook uses the same AIMLAPI_KEY.",
    "- The generation was accepted by a release that did not count costs.",
    "",
    "See docs/costs.md#reconcile-a-month.",
  ];
}

function lineOf({ id, day, model, status, reelhook, provider, reason }: Difference): string {
  const sides = `Reelhook ${dollarsOrNone(reelhook)}, provider ${dollarsOrNone(provider)}`;
  return `  ${day}  ${model}  ${id}${status === null ? "" : ` (${status})`}: ${reason}; ${sides}`;
}

/** At least two decimals, at most six: `$0.75`, `$0.000125`. */
function dollars(amount: MicroUsd): string {
  return `$${usdOf(amount)
    .toFixed(6)
    .replace(/0{1,4}$/, "")}`;
}

function dollarsOrNone(amount: MicroUsd | null): string {
  return amount === null ? "none" : dollars(amount);
}

function signed(difference: number): string {
  return `${difference < 0 ? "-" : "+"}${dollars(Math.abs(difference))}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
