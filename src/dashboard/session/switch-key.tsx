// Signs in with another API key in this tab, for those who work in two accounts or modes at once.

import type { AccountView } from "../../contract/account.ts";
import { useSession } from "../shared/hooks.ts";
import { Heading } from "../shared/ui.tsx";
import { KeyForm } from "./key-form.tsx";

export function SwitchKey({ onSignIn }: { onSignIn: (key: string, account: AccountView) => void }) {
  const { name, mode } = useSession().account;
  return (
    <>
      <Heading title="Switch API key" />
      <p>
        This tab uses a key of account <strong>{name}</strong> ({mode} mode). With another key, it shows that key’s
        account. Your other tabs stay as they are.
      </p>
      <KeyForm onSignIn={onSignIn} />
    </>
  );
}
