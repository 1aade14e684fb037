/** When something happens, and the chance that decides its jitter: arguments, so that rules stay pure. */
export interface Moment {
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
}
