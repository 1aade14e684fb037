// The session and the routes.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AccountView } from "../contract/account.ts";
import { ENDPOINT_ID, GENERATION_ID } from "../contract/ids.ts";
import { recall } from "./generations/memory.ts";
import { OverviewPage } from "./overview/page.tsx";
import {
  ApiKeysPage,
  EndpointPage,
  GenerationPage,
  GenerationsPage,
  InboxPage,
  PlaygroundPage,
  UsagePage,
  WebhooksPage,
} from "./pages.ts";
import { LinkedKey } from "./session/linked-key.tsx";
import { Resuming } from "./session/resuming.tsx";
import { clearAddress, takeKeyFromAddress, watchAddress } from "./session/session.ts";
import { SignedOut } from "./session/signed-out.tsx";
import { SwitchKey } from "./session/switch-key.tsx";
import { type Signed, useTabSession } from "./session/tab-session.ts";
import { useRoute } from "./shared/address.ts";
import { clientFor } from "./shared/api.ts";
import { NOT_ACCEPTED, type Session, SessionContext } from "./shared/hooks.ts";
import { type LiveEvent, listen } from "./shared/live.ts";
import { Shell } from "./shell.tsx";

export function App() {
  const [linked, setLinked] = useState(takeKeyFromAddress);
  const { signed, isAsking, reason, join, signIn, resume, signOut } = useTabSession();
  // Before the first paint, so that no key is missed.
  useLayoutEffect(() => watchAddress(setLinked), []);
  const switchTo = (replaced: Signed | null, key: string, account: AccountView) => {
    clearAddress();
    signIn(replaced, key, account);
  };
  const isNew = linked !== null && linked !== signed?.key;
  useEffect(() => {
    // Otherwise the question would follow after the user signs out.
    setLinked((now) => (now === signed?.key ? null : now));
  }, [linked, signed]);
  return (
    <>
      {isAsking ? (
        <main>
          <p class="loading">Loading …</p>
        </main>
      ) : signed === null ? (
        <SignedOut reason={reason} join={join} onSignIn={(key, account) => signIn(null, key, account)} />
      ) : signed.account === null ? (
        <Resuming key={signed.key} apiKey={signed.key} onAccount={resume} signOut={signOut} />
      ) : (
        <SignedIn
          key={signed.key}
          apiKey={signed.key}
          account={signed.account}
          isFresh={signed.isFresh}
          onSwitch={(key, account) => switchTo(signed, key, account)}
          signOut={signOut}
        />
      )}
      {isNew && !isAsking && signed?.account !== null && (
        <LinkedKey
          key={linked}
          given={linked}
          current={signed?.account ?? null}
          onKeep={() => setLinked(null)}
          onSignIn={(account) => {
            switchTo(signed, linked, account);
            setLinked(null);
          }}
        />
      )}
    </>
  );
}

interface SignedInProps {
  readonly apiKey: string;
  readonly account: AccountView;
  readonly isFresh: boolean;
  readonly onSwitch: (key: string, account: AccountView) => void;
  readonly signOut: (reason?: string) => void;
}

function SignedIn({ apiKey, account, isFresh, onSwitch, signOut }: SignedInProps) {
  const [isConnected, setConnected] = useState(true);
  // The form that had the focus is gone.
  const navigated = useRef(isFresh);
  const route = useRoute();
  const [place = "", id = ""] = route;
  const page = `${place}/${GENERATION_ID.test(id) || ENDPOINT_ID.test(id) ? id : ""}`;
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
    const signed: Session = { key: apiKey, account, client, subscribe, hasNavigated, signOut };
    return { signed, publish };
  }, [apiKey]);
  useEffect(() => {
    // Back to a list shows the place where it was left.
    if (recall(signed.client) === null) scrollTo(0, 0);
    return () => {
      navigated.current = true;
    };
  }, [page]);
  useEffect(() => {
    const onRefused = () => signOut(NOT_ACCEPTED);
    return listen("/v1/events", { key: apiKey, onEvent: publish, onConnected: setConnected, onRefused });
  }, [apiKey]);
  return (
    <SessionContext.Provider value={signed}>
      <Shell account={account} place={place} isConnected={isConnected} onSignOut={() => signOut()}>
        {route[0] === "sign-in" ? <SwitchKey onSignIn={onSwitch} /> : <Page route={route} />}
      </Shell>
    </SessionContext.Provider>
  );
}

function Page({ route: [place = "", id = "", query = ""] }: { route: readonly string[] }) {
  if (place === "playground") return <PlaygroundPage key={id} from={GENERATION_ID.test(id) ? id : ""} />;
  if (place === "webhooks")
    return ENDPOINT_ID.test(id) ? <EndpointPage key={id} id={id} query={query} /> : <WebhooksPage />;
  if (place === "keys") return <ApiKeysPage onSignIn={null} />;
  if (place === "inbox") return <InboxPage />;
  if (place === "usage") return <UsagePage query={id} />;
  if (place === "generations") {
    return GENERATION_ID.test(id) ? <GenerationPage key={id} id={id} /> : <GenerationsPage query={id} />;
  }
  return <OverviewPage />;
}
