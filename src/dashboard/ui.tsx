// Small parts that every page uses.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "./api.ts";
import { useSigned } from "./hooks.ts";
import { ageOf } from "./units.ts";

interface HeadingProps {
  /** In the title of the tab as well. */
  readonly title: string;
  readonly isCode?: boolean;
}

/** Of a page. Whoever has come here by a link goes on from it: nothing was loaded that would tell them. */
export function Heading({ title, isCode = false }: HeadingProps) {
  const { hasNavigated } = useSigned();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Reelhook`;
    if (hasNavigated()) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1} class={isCode ? "id" : undefined}>
      {title}
    </h1>
  );
}

/** A state as colour and word. */
export function Badge({ state }: { state: string }) {
  return <span class={`badge ${state}`}>{state}</span>;
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"Copy" | "Copied" | "Refused">("Copy");
  useEffect(() => {
    if (state === "Copy") return;
    const timer = setTimeout(() => setState("Copy"), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <button
      type="button"
      class="copy"
      aria-label={`Copy ${label}`}
      onClick={(event) => copy(text, event.currentTarget).then(setState)}
    >
      {state}
    </button>
  );
}

async function copy(text: string, button: HTMLElement): Promise<"Copied" | "Refused"> {
  try {
    // Not there on a plain http address of one's own network, whatever its type says.
    if (isSecureContext) await navigator.clipboard.writeText(text);
    else copySelected(text, button);
    return "Copied";
  } catch {
    return "Refused";
  }
}

/** The old way. @throws when the browser refuses. */
function copySelected(text: string, button: HTMLElement): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  // Beside the button: all but an open dialog is inert.
  button.after(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  button.focus();
  if (!isCopied) throw new Error("the browser refused to copy");
}

/** Ages are told in one unit: nobody counts along. */
export function Age({ since, now }: { since: string; now: number }) {
  return (
    <time dateTime={since} title={new Date(since).toLocaleString()}>
      {ageOf(now - Date.parse(since))} ago
    </time>
  );
}

/** The time of day; with its date, unless it is today's. */
export function Moment({ at, now }: { at: string; now: number }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return <time dateTime={at}>{isToday ? date.toLocaleTimeString() : date.toLocaleString()}</time>;
}

/** On one line, however long; all of it goes to the clipboard. */
export function WithCopy({ text, label }: { text: string; label: string }) {
  return (
    <span class="with-copy">
      <code title={text}>{text}</code>
      <Copy text={text} label={label} />
    </span>
  );
}

export function Failure({ error, retry }: { error: ApiError | null; retry?: () => void }) {
  if (error === null) return null;
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Text as it is, in a box that scrolls. */
export function Pre({ children }: { children: ComponentChildren }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
  return <pre tabIndex={0}>{children}</pre>;
}

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Shown while it is there. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Gives the focus back.
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({ title, action, isBusy, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Failure error={error} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={onConfirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
