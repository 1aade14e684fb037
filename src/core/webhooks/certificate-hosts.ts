// Decides which hosts the deployment's client certificate is presented to. It is the operator's credential, and any
// account can create an endpoint for any host, so the operator lists the hosts (WEBHOOK_CERTIFICATE_HOSTS).

import type { Endpoint, EndpointChange } from "./endpoint.ts";
import { sameUrl } from "./url-identity.ts";
import { checkUrl, withoutRoot } from "./url-rules.ts";

/**
 * Reads an entry of the list: a host name, or `*.` and a domain for all names below it.
 *
 * @returns the entry in lower case, without a final dot and in Punycode, or null if it is invalid.
 */
export function certificateHost(entry: string): string | null {
  const [, star = "", name = ""] = /^(\*\.)?([^\s/:@?#\\%*[\]]+)$/.exec(entry) ?? [];
  // A loopback address is useful in development only, where URLs may name it.
  const verdict = checkUrl(`https://${name}/`, { allowLocal: star === "", ownOrigins: [] });
  return verdict.safe ? star + withoutRoot(verdict.url.hostname) : null;
}

/** @param hosts entries as {@link certificateHost} returns them. */
export function isCertificateHost(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const host = withoutRoot(new URL(url).hostname);
  return hosts.some((entry) => (entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry));
}

/** The field of a request that would present the certificate to a host that is not listed. */
export type CertificateField = "url" | "client_certificate";

/**
 * Checks a new endpoint, or a change of one. A change of other fields is accepted even if the host is no longer listed.
 *
 * @returns the field that must be different, or null.
 */
export function certificateRefusal(
  { url, clientCertificate }: EndpointChange,
  current: Pick<Endpoint, "url" | "clientCertificate"> | null,
  hosts: readonly string[],
): CertificateField | null {
  const after = { url: url ?? current?.url ?? "", presents: clientCertificate ?? current?.clientCertificate ?? false };
  if (!after.presents || isCertificateHost(after.url, hosts)) return null;
  if (clientCertificate === true) return "client_certificate";
  const isMoved = url !== undefined && current !== null && !sameUrl(url, current.url);
  return isMoved ? "url" : null;
}
