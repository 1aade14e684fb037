// What a tab without an API key shows.

import type { AccountView } from "../../contract/account.ts";
import { ApiKeysPage } from "../pages.ts";
import { useRoute } from "../shared/address.ts";
import { clearAddress } from "./session.ts";
import { SignIn } from "./sign-in.tsx";

interface Props {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  /** Joins the session of another tab as soon as there is one, until the returned function is called. */
  readonly join: () => () => void;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

/** API keys can be managed without one, so that somebody who has only ADMIN_KEY can make the first. */
export function SignedOut({ reason, join, onSignIn }: Props) {
  const [place] = useRoute();
  const signIn = (key: string, account: AccountView) => {
    // These pages are for signing in.
    if (place === "keys" || place === "sign-in") clearAddress();
    onSignIn(key, account);
  };
  if (place !== "keys") return <SignIn reason={reason} join={join} onSignIn={signIn} />;
  return (
    <main>
      <p class="crumbs">
        <a href="#/">← Sign in</a>
      </p>
      {reason !== "" && (
        <p class="failure" role="alert">
          {reason}
        </p>
      )}
      <ApiKeysPage onSignIn={signIn} />
    </main>
  );
}
