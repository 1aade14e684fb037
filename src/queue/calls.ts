// How many calls to generations an invocation of a line's object may make. The platform limits the calls of an
// invocation, to 50 on its free plan: https://developers.cloudflare.com/workers/platform/limits/#subrequests

const MOST_CALLS = 20;

/** The calls of one invocation, also of the work that it detaches. The next invocation makes the calls that are left. */
export class Calls {
  #left = MOST_CALLS;

  /** @returns false if no further call may be made. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
