// Small components that the pages share.

import type { ComponentChildren } from "preact";
import { useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "./api.ts";
import { SessionContext } from "./hooks.ts";
import { ageOf } from "./units.ts";

interface HeadingProps {
  /** Also the title of the tab. */
  readonly title: string;
  readonly isCode?: boolean;
  /** Whether it takes the focus after navigation. Not if the page itself returns it to where it was. */
  readonly takesFocus?: boolean;
}

/** Characters of an id that are always shown: they tell ids apart. */
const ENDING = 5;

/** Heading of a page. Takes the focus after navigation, because screen readers announce no page load here. */
export function Heading({ title, isCode = false, takesFocus = true }: HeadingProps) {
  const session = useContext(SessionContext);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Reelhook`;
  }, [title]);
  // Only once: a title that changes later must not take the focus from what the user is doing.
  useEffect(() => {
    if (takesFocus && (session?.hasNavigated() ?? true)) heading.current?.focus({ preventScroll: true });
  }, []);
  if (!isCode) {
    return (
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
    );
  }
  // Where it does not fit, its middle is left out.
  return (
    <h1 ref={heading} tabIndex={-1} class="id" aria-label={title} title={title}>
      <span>{title.slice(0, -ENDING)}</span>
      <span>{title.slice(-ENDING)}</span>
    </h1>
  );
}

/** A state as a colored word. */
export function Badge({ state }: { state: string }) {
  return <span class={`badge ${state}`}>{state}</span>;
}

interface CopyProps {
  readonly text: string;
  /** What is copied. */
  readonly label: string;
  /** Whether the button shows the label, too. */
  readonly isNamed?: boolean;
}

export function Copy({ text, label, isNamed = false }: CopyProps) {
  const [state, setState] = useState<"Copy" | "Copied" | "Failed">("Copy");
  useEffect(() => {
    if (state === "Copy") return;
    const timer = setTimeout(() => setState("Copy"), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <button
      type="button"
      class={isNamed ? "copy named" : "copy"}
      // Has the text that is shown, so that it can be named by voice.
      aria-label={`${state} ${label}`}
      onClick={(event) => copy(text, event.currentTarget).then(setState)}
    >
      {state === "Copy" && isNamed ? `Copy ${label}` : state}
    </button>
  );
}

async function copy(text: string, button: HTMLElement): Promise<"Copied" | "Failed"> {
  try {
    // Despite its type, `navigator.clipboard` is undefined in insecure contexts, such as http on a local network.
    if (isSecureContext) await navigator.clipboard.writeText(text);
    else copySelected(text, button);
    return "Copied";
  } catch {
    return "Failed";
  }
}

/** Copies through a selected text area. @throws if the browser refuses. */
function copySelected(text: string, button: HTMLElement): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  // Next to the button, because everything outside an open dialog is inert.
  button.after(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  button.focus();
  if (!isCopied) throw new Error("the browser refused to copy");
}

/** As `toLocaleString`, which would make it anew for each of many rows. */
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

/** How long ago a time was, in one unit. */
export function Age({ since, now }: { since: string; now: number }) {
  return (
    <time dateTime={since} title={WHOLE.format(new Date(since))}>
      {ageOf(now - Date.parse(since))} ago
    </time>
  );
}

/** The time of day, with the date unless it is today. */
export function Moment({ at, now }: { at: string; now: number }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return <time dateTime={at}>{isToday ? date.toLocaleTimeString() : date.toLocaleString()}</time>;
}

/** A text cut to one line, with a button that copies all of it. */
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

/** A secret that was revealed, with a button that copies it. */
export function Secret({ text, label }: { text: string; label: string }) {
  return (
    <p class="secret">
      <code data-testid="secret">{text}</code> <Copy text={text} label={label} />
    </p>
  );
}

/** Preformatted text in a scrolling box. */
export function Pre({ children }: { children: ComponentChildren }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard.
  return <pre tabIndex={0}>{children}</pre>;
}

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog, open while mounted. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const isMounted = useRef(true);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      isMounted.current = false;
      // Closing returns the focus.
      element?.close();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={() => isMounted.current && onClose()}>
      <h2 id={id}>{title}</h2>
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
          Go back
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={onConfirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
