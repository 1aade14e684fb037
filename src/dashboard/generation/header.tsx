// The head of a generation's page: its id, its status, and what can be done with it.

import { useState } from "preact/hooks";
import type { GenerationView } from "../../contract/generation.ts";
import { isTerminalStatus } from "../../contract/words.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Badge, Confirm, Copy, Heading } from "../shared/ui.tsx";

interface Props {
  readonly generation: GenerationView;
  readonly reload: () => void;
}

export function Header({ generation, reload }: Props) {
  const isReadOnly = useReadOnly();
  return (
    <>
      <p class="crumbs">
        <a href="#/generations">Generations</a> /
      </p>
      <div class="title">
        <div class="name">
          <Heading title={generation.id} isCode={true} />
          <Copy text={generation.id} label="ID" />
          <Badge state={generation.status} />
        </div>
        {!isReadOnly && <Actions generation={generation} reload={reload} />}
      </div>
    </>
  );
}

function Actions({ generation: { id, status }, reload }: Props) {
  const { client } = useSession();
  const [asked, setAsked] = useState<"cancel" | "delete" | null>(null);
  const { isBusy, error, run, clear } = useAction();
  const cancel = async () => {
    if (!(await run(() => client.cancelGeneration(id)))) return;
    setAsked(null);
    reload();
  };
  const remove = async () => {
    if (!(await run(() => client.deleteGeneration(id)))) return;
    location.hash = "#/generations";
  };
  const ask = (what: "cancel" | "delete") => {
    clear();
    setAsked(what);
  };
  const dialog = { isBusy, error, onClose: () => setAsked(null) };
  const action = isTerminalStatus(status) ? "delete" : "cancel";
  return (
    <div class="actions">
      <a class="button small" href={`#/playground/${id}`}>
        Run again with changes
      </a>
      {/* The same button, so that it keeps the focus when the generation ends. */}
      <button type="button" class="small risky" onClick={() => ask(action)}>
        {action === "delete" ? "Delete" : "Cancel"}
      </button>
      {asked === "cancel" && (
        <Confirm {...dialog} title="Cancel this generation?" action="Cancel generation" onConfirm={cancel}>
          <p>It ends immediately. While it waits in line, nothing is billed.</p>
          <p>The provider cannot stop a job that it has accepted, so it may still finish the video and bill it.</p>
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm {...dialog} title="Delete this generation?" action="Delete permanently" onConfirm={remove}>
          <p>This permanently deletes its record, its webhook deliveries and its video in R2.</p>
        </Confirm>
      )}
    </div>
  );
}
