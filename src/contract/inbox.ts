// Callbacks that the inbox of `npm run dev` has received, as the dashboard reads them. Not part of the public API.

/** A callback that the inbox has received. Everything but `received_at` and the verdict is as it was sent. */
export interface InboxCallback {
  /** Unique in this inbox. */
  readonly id: string;
  readonly webhook_id: string | null;
  readonly received_at: string;
  readonly path: string;
  /** Null if the body has none. */
  readonly type: string | null;
  /** Id of the generation; null for `webhook.test`. */
  readonly generation: string | null;
  /** How often this `webhook_id` has arrived, this time included. */
  readonly attempt: number;
  readonly verified: boolean;
  /** Why it is not verified. */
  readonly reason: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface InboxView {
  readonly object: "list";
  /** A webhook URL that leads to the inbox. */
  readonly url: string;
  /** Newest first. */
  readonly data: readonly InboxCallback[];
}
