/** What the command exits with. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** The generation has failed or was canceled. */
  failed: 1,
  /** Bad options, or input that was refused. */
  usage: 2,
  /** The deployment does not answer, refuses the API key, or fails. */
  unavailable: 3,
  /** Stopped with Ctrl-C. */
  interrupted: 130,
} as const;
