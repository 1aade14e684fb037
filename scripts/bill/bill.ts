// Reads what Reelhook has counted and what the provider's log says, and compares them.

import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import { Calls, Failure, type Outside } from "./calls.ts";
import { agree, type Difference, differencesIn, type Group, groupsOf, withKnownModels } from "./comparison.ts";
import type { Month } from "./month.ts";
import { LOG_PACE_MS, type ProviderLog, readProviderLog } from "./provider-log.ts";
import { readAccount, readGenerations, readUsage } from "./reelhook.ts";
import { nameOfKey, type Settings } from "./settings.ts";

/** What Reelhook and the provider say about a month, and the differences. */
export interface Bill {
  readonly month: Month;
  readonly isOver: boolean;
  readonly accounts: readonly string[];
  readonly groups: readonly Group[];
  readonly total: { readonly generations: number; readonly reelhook: MicroUsd; readonly provider: MicroUsd };
  readonly agrees: boolean;
  readonly differences: readonly Difference[];
  readonly log: ProviderLog;
}

interface NamedCalls {
  readonly account: string;
  readonly calls: Calls;
}

/** @throws Failure if a call fails, or an API key cannot be used. */
export async function makeBill(
  settings: Settings,
  outside: Outside,
  onProgress: (text: string) => void,
): Promise<Bill> {
  const { month } = settings;
  const accounts = await accountsOf(settings, outside);
  const usage = (await eachOf(accounts, ({ calls }) => readUsage(calls, month))).flat();
  const { providerUrl: baseUrl, providerKey: key } = settings;
  const provider = new Calls({ baseUrl, key, keyName: "AIMLAPI_KEY", paceMs: LOG_PACE_MS }, outside);
  const now = outside.now();
  const log = await readProviderLog(provider, month, {
    now,
    onPage: (rows) => onProgress(`${rows} rows of the provider's log`),
  });
  const first = groupsOf(usage, log.charges);
  if (first.every(agree)) return billOf({ groups: first, differences: [], log });
  onProgress("generations of the month");
  const listed = (await eachOf(accounts, ({ calls }) => readGenerations(calls, month))).flat();
  const charges = withKnownModels(log.charges, listed);
  const groups = groupsOf(usage, charges);
  return billOf({ groups, differences: differencesIn(groups, charges, listed), log });

  function billOf(found: Pick<Bill, "groups" | "differences" | "log">): Bill {
    const { groups } = found;
    const total = groups.reduce(
      (sum, each) => ({
        generations: sum.generations + each.generations,
        reelhook: sum.reelhook + each.reelhook,
        provider: sum.provider + each.provider,
      }),
      { generations: 0, reelhook: 0, provider: 0 },
    );
    const names = accounts.map(({ account }) => account);
    return { month, isOver: month.end <= now, accounts: names, total, agrees: groups.every(agree), ...found };
  }
}

/** @throws Failure if a key is in test mode, or two keys belong to one account, which would be counted twice. */
async function accountsOf({ reelhookUrl: baseUrl, apiKeys }: Settings, outside: Outside): Promise<NamedCalls[]> {
  const accounts: NamedCalls[] = [];
  for (const [at, key] of apiKeys.entries()) {
    const calls = new Calls({ baseUrl, key, keyName: nameOfKey(at), paceMs: 0 }, outside);
    const { name, isLive } = await readAccount(calls);
    if (!isLive) throw new Failure(`${nameOfKey(at)} is in test mode, which costs nothing.`);
    const before = accounts.findIndex(({ account }) => account === name);
    if (before >= 0)
      throw new Failure(`${nameOfKey(before)} and ${nameOfKey(at)} belong to the same account, ${name}.`);
    accounts.push({ account: name, calls });
  }
  return accounts;
}

/** One account at a time, to keep the load on the deployment low. */
async function eachOf<T>(accounts: readonly NamedCalls[], read: (account: NamedCalls) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const account of accounts) results.push(await read(account));
  return results;
}
