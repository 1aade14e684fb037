/** Exit codes of the command. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** The generation has failed or was canceled. */
  failed: 1,
  /** Bad options, or input that the deployment or the provider has refused. */
  usage: 2,
  /**
   * The deployment does not answer, refuses the API key, fails, or accepts no generation now: no credits, or a budget or
   * limit is reached.
   */
  unavailable: 3,
  /** The generation has completed, but its video could not be saved. `generate --resume` saves it. */
  notSaved: 4,
  /** Stopped with Ctrl-C. Other signals also exit with 128 and their number, such as 143 for SIGTERM. */
  interrupted: 130,
} as const;
