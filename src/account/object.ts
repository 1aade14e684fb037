// One Durable Object per scope: the index of its generations, which objects cannot be asked for, and the watchdog that
// wakes a generation whose alarm was lost. Off the path of requests: a generation goes on without it.

import { DurableObject } from "cloudflare:workers";
import type { Summary } from "../core/outcome.ts";
import type { Env } from "../env.ts";
import { consoleLog as log } from "../log.ts";
import { IndexStore } from "./index-store.ts";

/** Generations looked at in one alarm; more take another. */
const CHECKS_AT_ONCE = 20;

/** After a generation did not answer; also how soon a broken watchdog is tried again. */
const RETRY_MS = 60_000;

/** One generation that does not answer must not hold back the others. */
const CHECK_TIMEOUT_MS = 20_000;

export class AccountObject extends DurableObject<Env> {
  readonly #index: IndexStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#index = new IndexStore(ctx.storage.sql);
  }

  async report(summary: Summary): Promise<void> {
    this.#index.put(summary);
    const alarmAt = await this.ctx.storage.getAlarm();
    if (alarmAt === null || alarmAt > summary.checkAt) this.#setAlarm();
  }

  /** The watchdog: looks after each generation whose time has come. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    // First of all, so that nothing that goes wrong below can be the end of it.
    await this.ctx.storage.setAlarm(now + RETRY_MS);
    await Promise.all(this.#index.overdue(now, CHECKS_AT_ONCE).map((generation) => this.#check(generation)));
    this.#setAlarm();
  }

  async #check(generation: { readonly id: string; readonly createdAt: number }): Promise<void> {
    const { GENERATIONS } = this.env;
    try {
      const stub = GENERATIONS.get(GENERATIONS.idFromName(generation.id));
      const { createdAt, checkAt } = await withinTime(stub.ensure(), CHECK_TIMEOUT_MS);
      // Nothing there, or another that was made under the same id since: this one is over and forgotten.
      if (createdAt === generation.createdAt) this.#index.setCheck(generation, checkAt);
      else this.#index.delete(generation);
    } catch (cause) {
      log.error("check.failed", { id: generation.id }, cause);
      this.#index.setCheck(generation, Date.now() + RETRY_MS);
    }
  }

  #setAlarm(): void {
    const first = this.#index.firstCheck();
    if (first === null) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.max(first, Date.now() + 1));
  }
}

async function withinTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
