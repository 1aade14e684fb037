// Headers that a webhook endpoint may set. It is an allowlist, because no list of forbidden headers can be complete:
// proxies and frameworks trust many as the caller's address, identity, host, path or method.

/** Names that receivers, gateways and tunnels use to authenticate or route requests. docs/webhooks.md explains them. */
export const CUSTOM_HEADERS: readonly string[] = [
  // Keys and tokens.
  ...["authorization", "api-key", "api-token", "apikey", "private-token", "x-access-key", "x-access-token"],
  ...["x-api-key", "x-api-secret", "x-api-token", "x-apikey", "x-auth-key", "x-auth-token", "x-key", "x-secret"],
  ...["x-secret-key", "x-secret-token", "x-shared-secret", "x-token"],
  // Routing.
  ...["x-account", "x-account-id", "x-environment", "x-project", "x-project-id", "x-source", "x-team", "x-team-id"],
  ...["x-tenant", "x-tenant-id", "x-workspace", "x-workspace-id"],
  // Gateways and hosting.
  ...["cf-access-client-id", "cf-access-client-secret", "ocp-apim-subscription-key", "x-functions-key"],
  ...["x-goog-api-key", "x-gravitee-api-key", "x-ibm-client-id", "x-ibm-client-secret", "x-serverless-authorization"],
  ...["x-vercel-protection-bypass"],
  // Products that receive webhooks.
  ...["aeg-sas-key", "aeg-sas-token", "dd-api-key", "x-appwrite-key", "x-appwrite-project", "x-gitlab-token"],
  ...["x-hasura-admin-secret", "x-honeycomb-team", "x-make-apikey", "x-parse-application-id", "x-parse-rest-api-key"],
  ...["x-telegram-bot-api-secret-token", "x-workflow-api-key"],
  // Tunnels to a developer's machine.
  ...["bypass-tunnel-reminder", "ngrok-skip-browser-warning", "skip_zrok_interstitial", "x-pinggy-no-screen"],
  ...["x-tunnel-authorization", "x-tunnel-skip-antiphishing-page"],
];

const NAMES: ReadonlySet<string> = new Set(CUSTOM_HEADERS);

/**
 * Names that callers choose themselves. Some gateways trust `x-custom-ip-authorization` as the caller's address, so a
 * name must not contain the word `ip`. Only letters, digits and dashes: CGI and its successors read `_` and `-` as the
 * same character.
 */
const OWN_NAME = /^x-(?:webhook|hook|custom)(?:-(?!ip(?:-|$))[a-z0-9]+)+$/;

/** Whether an endpoint may set this header. Ignores case. */
export function isCustomHeader(name: string): boolean {
  // ASCII only: the lower case of some other characters is ASCII, such as that of the Kelvin sign, U+212A.
  if (!/^[\w-]{1,100}$/.test(name)) return false;
  const lower = name.toLowerCase();
  return NAMES.has(lower) || OWN_NAME.test(lower);
}
