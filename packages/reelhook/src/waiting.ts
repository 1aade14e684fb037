// Waits until a generation has ended: follows its events, and reads it when one of them reports a change.

import { ReelhookError } from "./errors.ts";
import type { FollowOptions } from "./event-stream.ts";
import { type GenerationEvent, isFinal, isNews, withMomentary } from "./generation-events.ts";
import type { CallOptions } from "./options.ts";
import { orAborted } from "./or-aborted.ts";
import { pause } from "./pause.ts";
import { isTemporary, waitBeforeReopening } from "./retry.ts";
import type { Generation } from "./types.ts";

export interface WaitOptions extends CallOptions {
  /** How long to wait, in milliseconds. Default: without limit. The generation continues in any case. */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the generation first, and whenever its status, its place in line or the progress of its copy has changed.
   *
   * If it returns a promise, the wait continues once that has settled. What it throws or rejects with ends the wait.
   *
   * @param event the event that reported the change; null if the generation was read without one.
   */
  readonly onUpdate?: ((generation: Generation, event: GenerationEvent | null) => unknown) | undefined;
  /** Called when the connection is lost, before it is opened again, and whenever that fails. */
  readonly onLost?: FollowOptions["onLost"];
}

/** @internal */
interface Watched {
  read(): Promise<Generation>;
  /** Yields an error whenever the connection is lost. */
  follow(): AsyncIterable<GenerationEvent | ReelhookError>;
}

/** How long reads may fail before the wait ends with the last error. */
const MAX_AWAY_MS = 300_000;

/** @internal */
export async function waitForEnd(
  { read, follow }: Watched,
  { onUpdate, onLost, signal }: Omit<WaitOptions, "timeoutMs">,
): Promise<Generation> {
  let latest = await read();
  const update = async (generation: Generation, event: GenerationEvent | null = null) => {
    latest = generation;
    await orAborted(onUpdate?.(generation, event), signal);
  };
  const readPatiently = async () => {
    const start = Date.now();
    for (let failures = 1; ; failures++) {
      try {
        return await read();
      } catch (error) {
        if (!isTemporary(error) || Date.now() - start >= MAX_AWAY_MS) throw error;
        await orAborted(onLost?.(error), signal);
        await pause(waitBeforeReopening(error, failures, Math.random()), signal);
      }
    }
  };
  await update(latest);
  if (isFinal(latest)) return latest;
  for await (const item of follow()) {
    if (item instanceof ReelhookError) {
      await orAborted(onLost?.(item), signal);
      // The stream may never work, for example behind a proxy that holds it back.
      const generation = await readPatiently();
      if (differs(generation, latest)) await update(generation);
    } else {
      const momentary = withMomentary(latest, item);
      if (momentary !== null) await update(momentary, item);
      else if (isNews(item, latest)) await update(await readPatiently(), item);
    }
    if (isFinal(latest)) return latest;
  }
  // The stream ends only after the last event, but something else may have ended it.
  for (let reads = 1; ; reads++) {
    const generation = await readPatiently();
    if (isFinal(generation) || differs(generation, latest)) await update(generation);
    if (isFinal(generation)) return generation;
    await pause(waitBeforeReopening({ retryAfterMs: null }, reads, Math.random()), signal);
  }
}

function differs(one: Generation, other: Generation): boolean {
  const shown = ({ status, queue, progress }: Generation) => JSON.stringify([status, queue, progress]);
  return shown(one) !== shown(other);
}
