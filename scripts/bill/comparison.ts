// Compares what Reelhook has counted with the provider's log, by day of acceptance (UTC) and model.

import { dateOf, dayOf } from "../../src/core/money/days.ts";
import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import type { Charge } from "./provider-log.ts";
import type { ListedGeneration, UsageRow } from "./reelhook.ts";

/** Sums of both sides over the generations of a model that were accepted on one day. */
export interface Group {
  readonly day: string;
  readonly model: string;
  /** Number of generations that Reelhook has counted. */
  readonly generations: number;
  readonly reelhook: MicroUsd;
  readonly provider: MicroUsd;
}

/** Why a generation differs. */
export type Reason =
  /** Both have a price. */
  | "prices differ"
  /** Reelhook has no price, because the provider has stated none to it yet. */
  | "no price in Reelhook"
  | "not in the provider's log"
  /** Deleted, of an account whose key is missing, or of another deployment. */
  | "not listed by Reelhook";

/** A generation whose price is not the same on both sides. */
export interface Difference {
  readonly id: string;
  readonly day: string;
  readonly model: string;
  /** Null if the generation is not listed. */
  readonly status: string | null;
  /** Null if there is no price. */
  readonly reelhook: MicroUsd | null;
  readonly provider: MicroUsd | null;
  readonly reason: Reason;
}

/** Adds up both sides. The groups are in order of day and model. */
export function groupsOf(usage: readonly UsageRow[], charges: readonly Charge[]): Group[] {
  const groups = new Map<string, Group>();
  const add = (more: Group) => {
    const key = keyOf(more.day, more.model);
    const { generations = 0, reelhook = 0, provider = 0 } = groups.get(key) ?? {};
    groups.set(key, {
      ...more,
      generations: generations + more.generations,
      reelhook: reelhook + more.reelhook,
      provider: provider + more.provider,
    });
  };
  for (const { day, model, generations, usd } of usage) add({ day, model, generations, reelhook: usd, provider: 0 });
  for (const charge of charges) {
    add({ day: dayOfCharge(charge), model: charge.model, generations: 0, reelhook: 0, provider: charge.usd });
  }
  return [...groups.values()].sort((a, b) => compare(a.day, b.day) || compare(a.model, b.model));
}

/** Whether both sides have the same sum, to the micro-dollar. */
export function agree({ reelhook, provider }: Pick<Group, "reelhook" | "provider">): boolean {
  return reelhook === provider;
}

/** Replaces the log's names of models, which may be spelled differently, by those of Reelhook's list. */
export function withKnownModels(charges: readonly Charge[], listed: readonly ListedGeneration[]): Charge[] {
  const models = new Map(listed.map((generation) => [identityOf(generation), generation.model]));
  const spellings = new Map<string, string>();
  for (const charge of charges) {
    const model = models.get(identityOf(charge));
    if (model !== undefined) spellings.set(charge.model, model);
  }
  return charges.map((charge) => {
    const model = models.get(identityOf(charge)) ?? spellings.get(charge.model) ?? charge.model;
    return { ...charge, model };
  });
}

/** The generations that make groups differ, as far as they can be named. */
export function differencesIn(
  groups: readonly Group[],
  charges: readonly Charge[],
  listed: readonly ListedGeneration[],
): Difference[] {
  return groups.filter((group) => !agree(group)).flatMap((group) => differencesOf(group, charges, listed));
}

function differencesOf(group: Group, charges: readonly Charge[], listed: readonly ListedGeneration[]): Difference[] {
  const { day, model } = group;
  const isHere = (each: Charge | ListedGeneration) => each.model === model && dayOfCharge(each) === day;
  const charged = new Map<string, { readonly id: string; readonly usd: MicroUsd }>();
  for (const charge of charges.filter(isHere)) {
    const key = identityOf(charge);
    charged.set(key, { id: charge.id, usd: (charged.get(key)?.usd ?? 0) + charge.usd });
  }
  const found: Difference[] = [];
  let unlisted = group.reelhook;
  for (const generation of listed.filter(isHere)) {
    const { id, status, usd } = generation;
    const provider = charged.get(identityOf(generation))?.usd ?? null;
    charged.delete(identityOf(generation));
    unlisted -= usd ?? 0;
    if ((usd ?? 0) === (provider ?? 0)) continue;
    found.push({ id, day, model, status, reelhook: usd, provider, reason: reasonOf(usd, provider) });
  }
  // If the remaining rows add up to what Reelhook has counted for deleted generations, they do not differ.
  const others = [...charged.values()].filter(({ usd }) => usd > 0);
  if (others.reduce((sum, { usd }) => sum + usd, 0) === unlisted) return found;
  const rest = others.map(({ id, usd }) => {
    const reason = "not listed by Reelhook" as const;
    return { id, day, model, status: null, reelhook: null, provider: usd, reason };
  });
  return [...found, ...rest];
}

function reasonOf(reelhook: MicroUsd | null, provider: MicroUsd | null): Reason {
  if (provider === null) return "not in the provider's log";
  return reelhook === null ? "no price in Reelhook" : "prices differ";
}

function dayOfCharge({ createdAt }: { readonly createdAt: number }): string {
  return dateOf(dayOf(createdAt));
}

/** Includes the time, because an id can be used again after its generation was deleted. */
function identityOf({ id, createdAt }: { readonly id: string; readonly createdAt: number }): string {
  return `${id}.${createdAt}`;
}

function keyOf(day: string, model: string): string {
  return `${day} ${model}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
