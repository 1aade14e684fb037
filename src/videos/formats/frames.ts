// Finds the frame rate of a track: counts its frames, and adds up their durations in units of the track's timescale.

/** A track with this many different durations has no steady rate. */
const MAX_DURATIONS = 64;

/** Maximum ratio of two durations that count as equal. Rounding to a coarse timescale causes differences. */
const LIKE = 1.5;

/** Share of the frames that may have other durations in a steady track. Usually the first and the last frame differ. */
const MAX_OTHERS = 0.02;

export class Frames {
  count = 0;
  /** Sum of all durations. */
  duration = 0;
  #last = 0;
  /** Number of frames by their duration. */
  readonly #counts = new Map<number, number>();

  /** Adds frames of one duration. @throws if time would run backwards. */
  add(count: number, duration: number): void {
    if (duration < 0) throw new RangeError("a frame of negative duration");
    if (count === 0) return;
    this.count += count;
    this.duration += count * duration;
    this.#last = duration;
    if (this.#counts.size < MAX_DURATIONS) this.#counts.set(duration, (this.#counts.get(duration) ?? 0) + count);
  }

  /** Frames divided by their duration. A last frame shorter than all others is left out: it often has no duration. */
  averageRate(): number {
    const isLeast = ([duration, frames]: [number, number]) => duration === this.#last && frames === 1;
    const isCut =
      this.count > 1 &&
      this.#last === 0 &&
      Array.from(this.#counts).every((each) => each[0] > this.#last || isLeast(each));
    return isCut ? (this.count - 1) / (this.duration - this.#last) : this.count / this.duration;
  }

  /** The frame rate, if it is the same throughout. Null if it varies. */
  steadyRate(): number | null {
    if (this.#counts.size === MAX_DURATIONS) return null;
    const [usual = 0] = Array.from(this.#counts).reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0]);
    let [count, duration] = [0, 0];
    for (const [length, frames] of this.#counts) {
      if (length > usual * LIKE || length * LIKE < usual) continue;
      count += frames;
      duration += frames * length;
    }
    return this.count - count <= Math.max(1, MAX_OTHERS * this.count) ? count / duration : null;
  }
}
