// The session and the routes.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AccountView } from "../contract/account.ts";
import { ENDPOINT_ID, GENERATION_ID } from "../contract/ids.ts";
import { ApiKeysPage } from "./api-keys/page.tsx";
import { EndpointPage } from "./endpoints/endpoint.tsx";
import { WebhooksPage } from "./endpoints/page.tsx";
import { GenerationPage } from "./generation/page.tsx";
import { GenerationsPage } from "./generations/page.tsx";
import { InboxPage } from "./inbox/page.tsx";
import { OverviewPage } from "./overview/page.tsx";
import { PlaygroundPage } from "./playground/page.tsx";
import { LinkedKey } from "./session/linked-key.tsx";
import {
  forgetKey,
  keepKey,
  keyAtStart,
  signOutEverywhere,
  takeKeyFromAddress,
  watchAddress,
  watchSignOut,
} from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { clientFor } from "./shared/api.ts";
import { NOT_ACCEPTED, type Session, SessionContext, useAction } from "./shared/hooks.ts";
import { type LiveEvent, listen } from "./shared/live.ts";
import { Failure } from "./shared/ui.tsx";
import { Shell } from "./shell.tsx";
import { UsagePage } from "./usage/page.tsx";

interface Signed {
  readonly key: string;
  /** Null after a reload, until the API has answered. */
  readonly account: AccountView | null;
}

export function App() {
  const [linked, setLinked] = useState(takeKeyFromAddress);
  const [signed, setSigned] = useState<Signed | null>(() => {
    const key = keyAtStart();
    return key === null ? null : { key, account: null };
  });
  const [reason, setReason] = useState("");
  const present = useRef(signed);
  present.current = signed;
  const leave = (why: string) => {
    setReason(why);
    setSigned(null);
  };
  /** Does nothing if the session has changed since the user decided to replace it. */
  const signIn = (replaced: Signed | null, key: string, account: AccountView) => {
    if (present.current?.key !== replaced?.key) return;
    keepKey(key);
    setReason("");
    setSigned({ key, account });
  };
  // Before the first paint, so that no key is missed.
  useLayoutEffect(() => watchAddress(setLinked), []);
  useEffect(
    () =>
      watchSignOut(() => {
        clearAddress();
        leave("You signed out in another tab.");
      }),
    [],
  );
  const signOut = (why?: string) => {
    if (why === undefined) {
      signOutEverywhere();
      clearAddress();
    } else forgetKey();
    leave(why ?? "");
  };
  const resume = (key: string, account: AccountView) => setSigned((now) => (now?.key === key ? { key, account } : now));
  const isNew = linked !== null && linked !== signed?.key;
  useEffect(() => {
    // Otherwise the question would follow after the user signs out.
    setLinked((now) => (now === signed?.key ? null : now));
  }, [linked, signed]);
  return (
    <>
      {signed === null ? (
        <SignedOut reason={reason} onSignIn={(key, account) => signIn(null, key, account)} />
      ) : signed.account === null ? (
        <Resuming key={signed.key} apiKey={signed.key} onAccount={resume} signOut={signOut} />
      ) : (
        <SignedIn key={signed.key} apiKey={signed.key} account={signed.account} signOut={signOut} />
      )}
      {isNew && signed?.account !== null && (
        <LinkedKey
          key={linked}
          given={linked}
          current={signed?.account ?? null}
          onKeep={() => setLinked(null)}
          onSignIn={(account) => {
            clearAddress();
            signIn(signed, linked, account);
            setLinked(null);
          }}
        />
      )}
    </>
  );
}

/** The page in the address belongs to the account that was left. */
function clearAddress(): void {
  history.replaceState(null, "", location.pathname);
}

interface SignedOutProps {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

/** API keys can be managed without one, so that somebody who has only ADMIN_KEY can make the first. */
function SignedOut({ reason, onSignIn }: SignedOutProps) {
  const [place] = useRoute();
  if (place !== "keys") return <SignIn reason={reason} onSignIn={onSignIn} />;
  return (
    <main>
      <p class="crumbs">
        <a href="#/">Sign in</a> /
      </p>
      {reason !== "" && (
        <p class="failure" role="alert">
          {reason}
        </p>
      )}
      <ApiKeysPage
        onSignIn={(key, account) => {
          clearAddress();
          onSignIn(key, account);
        }}
      />
    </main>
  );
}

interface ResumingProps {
  readonly apiKey: string;
  readonly onAccount: (key: string, account: AccountView) => void;
  readonly signOut: (reason?: string) => void;
}

/** After a reload: asks the API whose key the tab has, so that every page shows it. */
function Resuming({ apiKey, onAccount, signOut }: ResumingProps) {
  const { error, run } = useAction();
  const load = () => run(async () => onAccount(apiKey, await clientFor(apiKey).getAccount()));
  useEffect(() => void load(), []);
  useEffect(() => {
    if (error?.status === 401) signOut(NOT_ACCEPTED);
  }, [error]);
  return (
    <main>
      {error === null ? (
        <p class="loading">Loading …</p>
      ) : (
        <>
          <Failure error={error} retry={load} />
          <button type="button" onClick={() => signOut()}>
            Sign out
          </button>
        </>
      )}
    </main>
  );
}

interface SignedInProps {
  readonly apiKey: string;
  readonly account: AccountView;
  readonly signOut: (reason?: string) => void;
}

function SignedIn({ apiKey, account, signOut }: SignedInProps) {
  const [isConnected, setConnected] = useState(true);
  const navigated = useRef(false);
  const route = useRoute();
  const [place = "", id = ""] = route;
  const page = `${place}/${GENERATION_ID.test(id) || ENDPOINT_ID.test(id) ? id : ""}`;
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
    const signed: Session = { key: apiKey, account, client, subscribe, hasNavigated, signOut };
    return { signed, publish };
  }, [apiKey]);
  useEffect(() => {
    const onRefused = () => signOut(NOT_ACCEPTED);
    return listen("/v1/events", { key: apiKey, onEvent: publish, onConnected: setConnected, onRefused });
  }, [apiKey]);
  return (
    <SessionContext.Provider value={signed}>
      <Shell account={account} place={place} isConnected={isConnected} onSignOut={() => signOut()}>
        <Page route={route} />
      </Shell>
    </SessionContext.Provider>
  );
}

/** The address after `#/`, split at `/` and `?`. The last part may be a query. */
function useRoute(): readonly string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split(/[/?]/);
  const [route, setRoute] = useState(read);
  // Before the first paint, so that no change is missed.
  useLayoutEffect(() => {
    const follow = () => setRoute(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
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
