// One Durable Object per generation. Wiring only: requests and alarms in, the loop (pump.ts) behind, views out.

import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import { accept, type Facts, isTerminal, type Scope, sameScope } from "../core/generation.ts";
import type { Life } from "../core/lifecycle.ts";
import type { SignedLink } from "../core/outcome.ts";
import { generationView } from "../core/view.ts";
import type { Env } from "../env.ts";
import { newDeliveryId } from "../ids.ts";
import { consoleLog } from "../log.ts";
import type { Clock, CreateResult, FoundVideo } from "../ports.ts";
import { linkSigner } from "../videos/links.ts";
import { adaptersFor } from "./adapters.ts";
import { AdapterExecutor } from "./executor.ts";
import { Pump } from "./pump.ts";
import { GenerationStore } from "./store.ts";
import { Waiters } from "./waiters.ts";

/** How long a caller waits for the provider's word on its submission. */
const SUBMIT_WAIT_MS = 10_000;

/** How soon the loop is tried again after it has thrown. */
const AFTER_CRASH_MS = 30_000;

const clock: Clock = { now: () => Date.now(), random: () => Math.random() };
const log = consoleLog;

export class GenerationObject extends DurableObject<Env> {
  readonly #store: GenerationStore;
  readonly #executor: AdapterExecutor;
  readonly #pump: Pump;
  readonly #waiters = new Waiters();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new GenerationStore(ctx.storage.kv);
    this.#executor = new AdapterExecutor(() => {
      const origin = this.#store.load()?.generation.publicUrl ?? "";
      return adaptersFor(env, { clock, log, origin });
    });
    this.#pump = new Pump({
      store: this.#store,
      executor: this.#executor,
      alarm: {
        set: (time) => void ctx.storage.setAlarm(time),
        clear: () => void ctx.storage.deleteAlarm(),
      },
      clock,
      log,
      newDeliveryId,
      detach: (work) => ctx.waitUntil(work),
      onChange: () => this.#waiters.notify(),
    });
  }

  /** Accepts the generation, unless it is here already, and waits a little for the provider's word. */
  async create(facts: Facts, stagedKey: string | null): Promise<CreateResult> {
    const existing = this.#store.load()?.generation;
    if (
      existing !== undefined &&
      (!sameScope(existing.scope, facts.scope) || existing.fingerprint !== facts.fingerprint)
    ) {
      return { kind: "mismatch" };
    }
    if (existing === undefined) this.#store.save({ generation: accept(facts, stagedKey) });
    else if (stagedKey !== null && existing.stagedInput === null) {
      // The repeated request has put its input aside once more, after the first was sent.
      this.#store.save({ generation: { ...existing, stagedInput: { key: stagedKey, deleteAt: clock.now() } } });
    }
    this.#pump.run();
    await this.#waiters.until(() => this.#hasProvidersWord(), SUBMIT_WAIT_MS);
    const kind = existing === undefined || existing.createdBy === facts.createdBy ? "created" : "replayed";
    return { kind, view: await this.#view() };
  }

  #hasProvidersWord(): boolean {
    const state = this.#store.load()?.generation.state;
    return state !== undefined && state.phase !== "submitting" && !(state.phase === "ready" && state.tries === 0);
  }

  /** The generation as JSON of a `GenerationView`; null when the scope has none here. */
  async read(scope: Scope): Promise<string | null> {
    const life = this.#store.load();
    return life === null || !sameScope(life.generation.scope, scope) ? null : this.#view();
  }

  findVideo(): FoundVideo | null {
    const generation = this.#store.load()?.generation;
    if (generation === undefined) return null;
    const { scope, state } = generation;
    return { scope, video: state.phase === "completed" ? state.video : null, finished: isTerminal(generation) };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    try {
      this.#pump.wake(info?.scheduledTime ?? clock.now());
    } catch (cause) {
      // A handler that throws is retried a few times and then forgotten, with the alarm; this one never is.
      log.error("alarm.crashed", { object: this.ctx.id.toString() }, cause);
      await this.ctx.storage.setAlarm(clock.now() + AFTER_CRASH_MS);
    }
  }

  async #view(): Promise<string> {
    const link = await this.#link();
    const { generation, deliveries } = this.#mustLoad();
    const progress = this.#executor.progress;
    return JSON.stringify(generationView(generation, deliveries, { now: clock.now(), link, progress }));
  }

  async #link(): Promise<SignedLink | null> {
    const { id, scope, state, policy, publicUrl } = this.#mustLoad().generation;
    if (state.phase !== "completed") return null;
    const config = configOf(this.env);
    const signer = linkSigner({ signingSecrets: config.signingSecrets, clock });
    return signer.sign({ id, scope, base: config.publicUrl ?? publicUrl, ttlMs: policy.linkTtlMs });
  }

  #mustLoad(): Life {
    const life = this.#store.load();
    if (life === null) throw new Error("this object holds no generation");
    return life;
  }
}
