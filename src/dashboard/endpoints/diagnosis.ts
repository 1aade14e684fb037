// What a failed attempt means, and what to do about it, in words for the owner of the receiver.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";

/** An attempt with the beginning of its answer. */
export type AnsweredAttempt = NonNullable<EndpointView["health"]["last_attempt"]>;

type Failed = Pick<AnsweredAttempt, "status_code" | "error" | "response">;

export interface Diagnosis {
  /** Completes "The last attempt failed:". */
  readonly title: string;
  readonly advice: string;
}

const TOO_SLOW: Diagnosis = {
  title: "There was no answer in time",
  advice:
    "The receiver has 15 seconds. Let it answer 2xx as soon as it has saved the event, and do slow work afterwards. If " +
    "it is fast, check that no firewall silently drops the connection.",
};

const REFUSED: Diagnosis = {
  title: "The connection was refused or broke off",
  advice:
    "Check that the receiver runs, that the port in the URL is right, and that no firewall blocks it. If it runs, look " +
    "for a crash in its log: it may have closed the connection without an answer.",
};

const NO_SUCH_NAME: Diagnosis = {
  title: "The host name does not resolve (DNS)",
  advice:
    "Check the host in the URL for typos. If it is right, add its DNS record, or correct it. A new record can take some " +
    "minutes to be seen everywhere.",
};

const BAD_CERTIFICATE: Diagnosis = {
  title: "The receiver has no valid TLS certificate",
  advice:
    "Its certificate must be issued by a public authority, for exactly this host name, and not be expired. Renew or " +
    "replace it, and install it with its intermediate certificates.",
};

const NO_TUNNEL: Diagnosis = {
  title: "The tunnel to the receiver is not connected",
  advice:
    "Start the tunnel again on the machine of the receiver. If it then has another address, edit the URL of this endpoint.",
};

/**
 * By the error of an attempt without an answer. Locally, the runtime says "internal error" when the name does not resolve
 * or TLS fails, and "Network connection lost" when the connection is refused, reset, or is not HTTP.
 */
const WITHOUT_ANSWER: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /^not sent: the endpoint is disabled/,
    {
      title: "Nothing was sent, because the endpoint was disabled",
      advice: "Enable it. You can then recover the deliveries that failed.",
    },
  ],
  [
    /^not sent: the URL/,
    {
      title: "Nothing was sent, because the URL is not allowed",
      advice: "Edit the URL of this endpoint. The reason is shown with the attempt.",
    },
  ],
  [
    /^not sent: .*certificate/i,
    {
      title: "Nothing was sent, because there is no client certificate for this host",
      advice:
        "Edit this endpoint and turn off its client certificate, or ask the operator of this deployment to set " +
        "WEBHOOK_CERTIFICATE and to list the host in WEBHOOK_CERTIFICATE_HOSTS.",
    },
  ],
  [
    /^not sent: SIGNING_SECRET/,
    {
      title: "Nothing was sent, because this deployment cannot sign",
      advice: "Ask its operator to set SIGNING_SECRET. The page /healthz says what is wrong with the setting.",
    },
  ],
  [
    /^not sent: the endpoint's secret/,
    {
      title: "Nothing was sent, because Reelhook could not read the signing secret",
      advice: "Nothing to do: this does not count as an attempt, and it is tried again within about a minute.",
    },
  ],
  [/^not sent/, { title: "Nothing was sent", advice: "The reason is shown with the attempt." }],
  [
    /^replaced by a redelivery/,
    {
      title: "A redelivery replaced this attempt",
      advice: "Nothing to do: the delivery was sent again, and the log has the result.",
    },
  ],
  [/no answer within|timed? ?out/i, TOO_SLOW],
  [/\bdns\b|resolve|lookup|ENOTFOUND|name or service/i, NO_SUCH_NAME],
  [/\b(tls|ssl)\b|certificate|handshake/i, BAD_CERTIFICATE],
  [/refused|connection lost|reset|disconnected|closed/i, REFUSED],
  [
    /internal error/i,
    {
      title: "No connection could be made",
      advice:
        "Most often, the host name does not resolve (DNS), or the receiver has no valid TLS certificate. " +
        "Run curl -v with the URL on another machine: it says which.",
    },
  ],
];

const UNKNOWN: Diagnosis = {
  title: "There was no answer",
  advice:
    "Run curl -v with the URL on another machine to see whether the receiver can be reached, then send a test event.",
};

const REJECTED: Diagnosis = {
  title: "The receiver rejected the event",
  advice:
    "Often the signature does not verify: the receiver needs the signing secret of this endpoint, the raw body as it " +
    "arrived, and a clock that is right. Its answer may say more.",
};

const NO_ACCESS: Diagnosis = {
  title: "The receiver refused access",
  advice:
    "If it, or a gateway in front of it, wants a token, edit this endpoint and add the token as a custom header. If it " +
    "answers this when a signature does not verify, give it the signing secret of this endpoint.",
};

const DOWN: Diagnosis = {
  title: "The receiver is down or overloaded",
  advice:
    "A server in front of it answered instead. Check that the receiver runs, and that this server reaches it. " +
    "Deliveries are retried by themselves.",
};

const BROKEN: Diagnosis = {
  title: "The receiver failed",
  advice:
    "An error in its own code is the usual cause: look into its log at the time of this attempt. Deliveries are retried " +
    "by themselves.",
};

const REDIRECTS: Diagnosis = {
  title: "The URL redirects to another address",
  advice:
    "Redirects are not followed. Edit this endpoint and use the final URL: often it differs in https:, in www., or in " +
    "the slash at its end. If it is a login page, exempt the path from the login.",
};

/** Cloudflare answers with a status from 520 on if it cannot reach a host. Other servers do not use these. */
const BY_STATUS: Readonly<Record<number, Diagnosis>> = {
  301: REDIRECTS,
  302: REDIRECTS,
  303: REDIRECTS,
  307: REDIRECTS,
  308: REDIRECTS,
  400: REJECTED,
  401: NO_ACCESS,
  403: NO_ACCESS,
  404: {
    title: "There is nothing at this path",
    advice:
      "Check the path of the URL for typos, and that the version of the receiver that has this path is deployed. " +
      "If it moved, edit the URL of this endpoint.",
  },
  405: {
    title: "This path does not accept POST requests",
    advice: "Edit the URL so that it leads to the path that handles POST requests, or add a handler for them there.",
  },
  408: TOO_SLOW,
  410: {
    title: "The receiver asked for no more events",
    advice:
      "The answer 410 disables an endpoint at once. Events that happen while it is disabled are not kept for it. If " +
      "the receiver wants events again, let it answer 2xx, and enable the endpoint.",
  },
  413: {
    title: "The event is too large for the receiver",
    advice:
      "Events have up to 20 kB. Raise the limit for request bodies to that at least, in the receiver and in every proxy " +
      "in front of it.",
  },
  415: {
    title: "The receiver does not accept JSON",
    advice: "Events are sent as application/json. Let the receiver accept this content type.",
  },
  422: REJECTED,
  429: {
    title: "The receiver gets too many requests",
    advice:
      "Deliveries are retried by themselves, no sooner than its Retry-After says, and those to a failing host wait in " +
      "line. If this goes on, raise the limit of the receiver, or of the proxy in front of it.",
  },
  502: DOWN,
  503: DOWN,
  504: TOO_SLOW,
  520: REFUSED,
  521: REFUSED,
  522: TOO_SLOW,
  523: REFUSED,
  524: TOO_SLOW,
  525: BAD_CERTIFICATE,
  526: BAD_CERTIFICATE,
  530: NO_SUCH_NAME,
};

const LOGIN_PAGE: Diagnosis = {
  title: "A login page answered instead of the receiver",
  advice:
    "Exempt the path from the login. Or edit this endpoint and add the header that lets machines pass, such as " +
    "x-vercel-protection-bypass, or cf-access-client-id with cf-access-client-secret.",
};

const BOT_CHECK: Diagnosis = {
  title: "A bot check answered instead of the receiver",
  advice:
    "Reelhook is a program and cannot pass it. Exempt the path from the bot protection or firewall rule in front of the " +
    "receiver. The signature of each event shows that it is genuine.",
};

/** @param attempt one that failed: without an answer, or with a status other than 2xx. */
export function diagnosis({ status_code, error, response }: Failed): Diagnosis {
  if (status_code === null) {
    const reason = (error ?? "").replace(/^POST \S+: /, "");
    return WITHOUT_ANSWER.find(([pattern]) => pattern.test(reason))?.[1] ?? UNKNOWN;
  }
  return ofPage(status_code, response ?? "") ?? BY_STATUS[status_code] ?? ofOther(status_code);
}

/** Told by the beginning of the answer: something in front of the receiver answered. */
function ofPage(status: number, text: string): Diagnosis | null {
  if (/ERR_NGROK|tunnel[^.]{0,40}(not found|offline|unavailable)|error[ _]code"?: ?1033/i.test(text)) return NO_TUNNEL;
  const isPage = /^\s*(<!doctype html|<html)/i.test(text);
  const isBlock = /error[ _]code"?: ?10(0[6-9]|10|20)\b/i.test(text);
  if (isBlock || (isPage && /captcha|challenge|just a moment|attention required|not a robot/i.test(text)))
    return BOT_CHECK;
  const isLogin = isPage && status < 500 && /type="?password|log ?in\b|sign ?in\b|authentication required/i.test(text);
  return isLogin ? LOGIN_PAGE : null;
}

function ofOther(status: number): Diagnosis {
  if (status >= 500) return BROKEN;
  return {
    title: `The receiver answered ${status}`,
    advice: "Only 2xx counts as a success. Let it answer 204 once it has saved the event.",
  };
}
