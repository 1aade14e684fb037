// The frame around every page: navigation, and whose account and mode it is.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../contract/account.ts";
import { inboxUrl } from "./inbox/inbox-url.ts";
import { useSession } from "./shared/hooks.ts";

const PLACES = [
  ["overview", "Overview"],
  ["generations", "Generations"],
  ["playground", "Playground"],
  ["webhooks", "Webhooks"],
  ["usage", "Usage"],
  ["keys", "API keys"],
] as const;

/** In development only. */
const INBOX = ["inbox", "Inbox"] as const;

interface ShellProps {
  readonly account: AccountView;
  readonly place: string;
  readonly isConnected: boolean;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
}

export function Shell({ account: { name, mode, read_only }, place, isConnected, onSignOut, children }: ShellProps) {
  const { client } = useSession();
  const [hasInbox, setHasInbox] = useState(false);
  useEffect(() => void inboxUrl(client).then((url) => setHasInbox(url !== null)), [client]);
  const places = hasInbox ? [...PLACES, INBOX] : PLACES;
  const nav = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const show = () => nav.current !== null && showCurrent(nav.current);
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [place]);
  const here = place === "sign-in" || places.some(([name]) => name === place) ? place : "overview";
  return (
    <>
      <header class={`top ${mode}`}>
        <a class="brand" href="#/overview">
          Reelhook
        </a>
        <nav ref={nav} aria-label="Main">
          {places.map(([name, label]) => (
            <a key={name} href={`#/${name}`} aria-current={name === here ? "page" : undefined}>
              {label}
            </a>
          ))}
          <a href="/docs">API</a>
        </nav>
        <span class="account">
          <span class="unseen">Signed in as </span>
          {name}
          {read_only && <span class="read-only"> read-only</span>}
        </span>
        <span
          class={`mode ${mode}`}
          title={mode === "test" ? "Free, with a simulated provider" : "Billed by the provider"}
        >
          {mode === "test" ? "Test mode" : "Live mode"}
        </span>
        <a class="switch" href="#/sign-in" aria-current={here === "sign-in" ? "page" : undefined}>
          Switch key
        </a>
        <button type="button" class="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      {!isConnected && (
        <p class="offline" role="status">
          Not connected. This page may be out of date. Reconnecting …
        </p>
      )}
      <main>{children}</main>
    </>
  );
}

/** Where the navigation does not fit, it scrolls to the side. */
function showCurrent(nav: HTMLElement): void {
  const current = nav.querySelector("[aria-current]");
  if (current === null) return;
  const [own, whole] = [current.getBoundingClientRect(), nav.getBoundingClientRect()];
  nav.scrollLeft += own.left + own.width / 2 - (whole.left + whole.width / 2);
}
