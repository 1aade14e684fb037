// What a tab without an API key shows.

import type { AccountView } from "../../contract/account.ts";
import { ApiKeysPage } from "../api-keys/page.tsx";
import { useRoute } from "../shared/address.ts";
import { clearAddress } from "./session.ts";
import { SignIn } from "./sign-in.tsx";

interface Props {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

/** API keys can be managed without one, so that somebody who has only ADMIN_KEY can make the first. */
export function SignedOut({ reason, onSignIn }: Props) {
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
