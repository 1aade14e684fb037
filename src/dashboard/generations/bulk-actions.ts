// What can be done with many generations at once.

import type { GenerationSummary } from "../../contract/generation.ts";
import { isTerminalStatus } from "../../contract/words.ts";
import type { Client } from "../shared/api.ts";
import { counted } from "../shared/units.ts";

export interface BulkAction {
  readonly label: string;
  /** The title of its dialog. */
  ask(count: number): string;
  /** The result, without what failed. */
  done(count: number): string;
  readonly explanation: string;
  appliesTo(row: GenerationSummary): boolean;
  /** @throws ApiError */
  run(client: Client, id: string): Promise<unknown>;
}

const CANCEL: BulkAction = {
  label: "Cancel",
  ask: (count) => `Cancel ${counted(count, "generation")}?`,
  done: (count) => `Canceled ${counted(count, "generation")}.`,
  explanation:
    "They end immediately. The provider cannot stop jobs that it has accepted, so it may still finish and bill them. " +
    "What still waits in line is not billed.",
  appliesTo: ({ status }) => !isTerminalStatus(status),
  run: (client, id) => client.cancelGeneration(id),
};

export const DELETE: BulkAction = {
  label: "Delete",
  ask: (count) => `Delete ${counted(count, "generation")}?`,
  done: (count) => `Deleted ${counted(count, "generation")}.`,
  explanation: "This permanently deletes their records, their webhook deliveries and their videos in R2.",
  appliesTo: ({ status }) => isTerminalStatus(status),
  run: (client, id) => client.deleteGeneration(id),
};

const REDELIVER: BulkAction = {
  label: "Redeliver failed",
  ask: (count) => `Send the failed callbacks of ${counted(count, "generation")} again?`,
  done: (count) => `The failed callbacks of ${counted(count, "generation")} are being sent again.`,
  explanation:
    "Each failed delivery is sent again now, with the same ID and body, and retried like a new one. Deliveries that " +
    "succeeded are not repeated.",
  appliesTo: ({ deliveries }) => deliveries !== null && deliveries.failed > 0,
  run: async (client, id) => {
    for (const delivery of await client.listDeliveries(id)) {
      if (delivery.state === "failed" || delivery.state === "gone") await client.redeliver(id, delivery.id);
    }
  },
};

export const ACTIONS = [CANCEL, DELETE, REDELIVER];
