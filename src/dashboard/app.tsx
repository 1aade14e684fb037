// The session, the routes and the frame around every page.

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { clientFor } from "./api.ts";
import { GenerationPage } from "./generation.tsx";
import { GenerationsPage } from "./generations.tsx";
import { NOT_ACCEPTED, type Session, SessionContext } from "./hooks.ts";
import { type LiveEvent, listen } from "./live.ts";
import { PlaygroundPage } from "./playground.tsx";
import { forgetKey, keepKey, keyAtStart, modeOf, takeKeyFromAddress } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { WebhooksPage } from "./webhooks.tsx";

export function App() {
  const [key, setKey] = useState(keyAtStart);
  const [reason, setReason] = useState("");
  useEffect(() => {
    const follow = () => {
      const given = takeKeyFromAddress();
      if (given !== null) setKey(given);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  if (key === null) {
    const signIn = (given: string) => {
      keepKey(given);
      setKey(given);
    };
    return <SignIn reason={reason} onKey={signIn} />;
  }
  const signOut = (why = "") => {
    forgetKey();
    setReason(why);
    setKey(null);
  };
  return <SignedIn key={key} apiKey={key} signOut={signOut} />;
}

function SignedIn({ apiKey, signOut }: { apiKey: string; signOut: (reason?: string) => void }) {
  const [isConnected, setConnected] = useState(true);
  const navigated = useRef(false);
  const route = useRoute();
  const [place = "", id = ""] = route;
  const page = `${place}/${id.startsWith("gen_") ? id : ""}`;
  useEffect(() => {
    scrollTo(0, 0);
    return () => {
      navigated.current = true;
    };
  }, [page]);
  const { signed, publish } = useMemo(() => {
    const subscribers = new Set<(event: LiveEvent) => void>();
    const subscribe = (onEvent: (event: LiveEvent) => void) => {
      subscribers.add(onEvent);
      return () => void subscribers.delete(onEvent);
    };
    const publish = (event: LiveEvent) => {
      for (const tell of subscribers) tell(event);
    };
    const hasNavigated = () => navigated.current;
    const client = clientFor(apiKey);
    const signed: Session = { key: apiKey, mode: modeOf(apiKey), client, subscribe, hasNavigated, signOut };
    return { signed, publish };
  }, [apiKey]);
  useEffect(() => {
    const onRefused = () => signOut(NOT_ACCEPTED);
    return listen("/v1/events", { key: apiKey, onEvent: publish, onConnected: setConnected, onRefused });
  }, [apiKey]);
  return (
    <SessionContext.Provider value={signed}>
      <Shell mode={signed.mode} place={place} isConnected={isConnected} onSignOut={() => signOut()}>
        <Page route={route} />
      </Shell>
    </SessionContext.Provider>
  );
}

/** The address after `#/`, split at `/` and `?`. The last part may be a query. */
function useRoute(): readonly string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split(/[/?]/);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => setRoute(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

function Page({ route: [place = "", id = ""] }: { route: readonly string[] }) {
  if (place === "playground") return <PlaygroundPage key={id} from={id} />;
  if (place === "webhooks") return <WebhooksPage />;
  if (place === "generations" && id.startsWith("gen_")) return <GenerationPage key={id} id={id} />;
  return <GenerationsPage query={id} />;
}

const PLACES = [
  ["generations", "Generations"],
  ["playground", "Playground"],
  ["webhooks", "Webhooks"],
] as const;

interface ShellProps {
  readonly mode: "live" | "test";
  readonly place: string;
  readonly isConnected: boolean;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
}

function Shell({ mode, place, isConnected, onSignOut, children }: ShellProps) {
  const here = PLACES.some(([name]) => name === place) ? place : "generations";
  return (
    <>
      <header class={`top ${mode}`}>
        <a class="brand" href="#/generations">
          Reelhook
        </a>
        <nav aria-label="Main">
          {PLACES.map(([name, label]) => (
            <a key={name} href={`#/${name}`} aria-current={name === here ? "page" : undefined}>
              {label}
            </a>
          ))}
          <a href="/docs">API</a>
        </nav>
        <span
          class={`mode ${mode}`}
          title={mode === "test" ? "Free, with a simulated provider" : "Billed by the provider"}
        >
          {mode === "test" ? "Test mode" : "Live mode"}
        </span>
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
