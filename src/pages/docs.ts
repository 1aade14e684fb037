// The API reference: Swagger UI with this deployment's OpenAPI description, and with the API key of the session.

import type { AccountView } from "../contract/account.ts";
import { forgetKey, type Kept, keep, keptSession, watchSignOut } from "../dashboard/session/session.ts";
import { openTabs } from "../dashboard/session/tabs.ts";
import { ApiError, clientFor } from "../dashboard/shared/api.ts";

/** The part of Swagger UI that is used here. */
interface SwaggerUi {
  preauthorizeApiKey(scheme: string, key: string): void;
  readonly authActions: { logout(schemes: readonly string[]): void };
  /** Immutable maps; undefined before anybody has authorized. */
  readonly authSelectors: { authorized(): { toJS(): Authorized } | undefined };
  getStore(): { subscribe(onChange: () => void): () => void };
}

type Authorized = Readonly<Record<string, { readonly value?: unknown }>>;

declare const SwaggerUIBundle: (options: object) => SwaggerUi;

/** The security scheme of API keys in /openapi.json. */
const SCHEME = "apiKey";

interface Session {
  readonly key: string;
  readonly account: AccountView;
}

let session: Session | null = null;

/** Why there is no session although the tab has a key; empty if it has none. */
let failure = "";

/** Null until the description is loaded. */
let ready: SwaggerUi | null = null;

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const tabs = openTabs();

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  // Do not send this deployment's URL to an online validator.
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  // Otherwise keys would be kept in localStorage.
  persistAuthorization: false,
  onComplete() {
    ready = ui;
    ui.getStore().subscribe(show);
    authorize();
  },
});

/** Sends the session's key with requests, unless the user has entered another one. */
function authorize(): void {
  if (ready !== null && session !== null && enteredKey() === undefined) ready.preauthorizeApiKey(SCHEME, session.key);
  show();
}

/** The key that requests are sent with. */
function enteredKey(): unknown {
  return ready?.authSelectors.authorized()?.toJS()[SCHEME]?.value;
}

function show(): void {
  const place = document.getElementById("session");
  if (place === null || ready === null) return;
  const said = words(enteredKey());
  // Swagger UI calls this at each change of its state, most of which do not matter here.
  if (place.textContent === said.map((part) => (typeof part === "string" ? part : part.textContent)).join("")) return;
  place.replaceChildren(...said);
}

function words(key: unknown): (string | HTMLElement)[] {
  if (key !== undefined && key !== session?.key) return ["Requests are sent with the API key under Authorize."];
  const [signIn, name] = [document.createElement("a"), document.createElement("strong")];
  signIn.href = "/#/sign-in";
  signIn.textContent = "sign in to the dashboard";
  if (failure !== "") return [`${failure} To send requests from here, `, signIn, "."];
  if (session === null) return ["To send requests from here, ", signIn, ", or enter an API key under Authorize."];
  const { mode, read_only } = session.account;
  name.textContent = session.account.name;
  const facts = `, ${mode} mode${read_only ? ", read-only" : ""}.`;
  if (key === undefined) return ["Signed in as ", name, facts, " Requests are sent without the key until you reload."];
  return ["Signed in as ", name, facts, ` Requests are real${mode === "test" ? ", and free" : ""}.`];
}

async function resume(kept: Kept): Promise<void> {
  keep(kept);
  const { key } = kept;
  try {
    session = { key, account: await clientFor(key).getAccount() };
    failure = "";
  } catch (cause) {
    failure = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof ApiError && cause.status === 401) forgetKey();
  }
  authorize();
}

/** Waits for a session of another tab. */
function join(): void {
  show();
  const end = tabs.watch((kept) => {
    end();
    void resume(kept);
  });
}

watchSignOut(() => {
  if (session !== null && enteredKey() === session.key) ready?.authActions.logout([SCHEME]);
  session = null;
  failure = "";
  join();
});

const kept = keptSession() ?? (await tabs.ask());
if (kept === null) join();
else void resume(kept);
