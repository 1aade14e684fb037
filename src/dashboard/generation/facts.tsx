// Facts about a generation. Facts known only at its end have a place from the start, to avoid layout shift.

import type { ComponentChildren } from "preact";
import type { GenerationView } from "../../contract/generation.ts";
import type { DeprecatedView } from "../../contract/models.ts";
import { isComplete } from "../playground/request.ts";
import { useNow } from "../shared/hooks.ts";
import { hasEnded } from "../shared/models.ts";
import { moneyFacts } from "../shared/money.ts";
import { Age, Copy, WithCopy } from "../shared/ui.tsx";
import { bytesOf, lengthOf } from "../shared/units.ts";
import { curlOf } from "./curl.ts";

type Fact = readonly [name: string, value: ComponentChildren];

/** @param polls the current estimate, which may be ahead of the last loaded number. */
export function Details({ generation, polls }: { generation: GenerationView; polls: number }) {
  // Ages keep changing after the generation has ended.
  const now = useNow();
  const { model, created_at, finished_at, provider, video, expires_at } = generation;
  const money = moneyFacts(generation);
  const rate = video?.frame_rate == null ? "" : `, ${Math.round(video.frame_rate * 100) / 100} fps`;
  const facts: Fact[] = [
    ["Model", model],
    ["Created", <Age key="age" since={created_at} now={now} />],
    ["Duration", finished_at && lengthOf(Date.parse(finished_at) - Date.parse(created_at))],
    ["Provider", `${provider.name}${provider.status ? ` (${provider.status})` : ""}`],
    ["Polls", String(polls)],
    ["Resolution", video?.width && `${video.width} × ${video.height}${rate}`],
    ["Video length", video?.duration_seconds && lengthOf(video.duration_seconds * 1_000)],
    ["Size", video && bytesOf(video.bytes)],
    ["Estimate", money.estimate],
    ["Charged", money.charged],
    ...(expires_at === null ? [] : [["Expires", new Date(expires_at).toLocaleString()] as const]),
  ];
  return (
    <section class="details" aria-labelledby="details-title">
      <h2 id="details-title">Details</h2>
      <Facts facts={facts} />
    </section>
  );
}

interface ModelEndProps {
  readonly deprecated: DeprecatedView | null;
  readonly now: number;
  /** Called when the replacement is clicked. Without it, the replacement is plain text. */
  readonly onUse?: (replacement: string) => void;
}

/** Says when the model will be or was retired, and which one to use instead. */
export function ModelEnd({ deprecated, now, onUse }: ModelEndProps) {
  if (deprecated === null) return null;
  const { on, replacement } = deprecated;
  const date = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return (
    <p class="notice" role="note">
      This model {hasEnded(deprecated, now) ? "was" : "will be"} retired on{" "}
      <time dateTime={on}>{new Date(on).toLocaleDateString("en-GB", date)}</time>.
      {replacement !== null && (
        <>
          {" "}
          Use{" "}
          {onUse === undefined ? (
            <code>{replacement}</code>
          ) : (
            <button type="button" class="quiet" onClick={() => onUse(replacement)}>
              {replacement}
            </button>
          )}{" "}
          instead.
        </>
      )}
    </p>
  );
}

export function Request({ generation }: { generation: GenerationView }) {
  const { input, metadata } = generation;
  const { prompt, ...others } = input;
  const given = Object.entries(prompt === undefined ? others : { prompt, ...others });
  const labels = Object.entries(metadata);
  return (
    <section aria-labelledby="request-title">
      <div class="title heading">
        <h2 id="request-title">Request</h2>
        <Copy text={curlOf(generation, location.origin)} label="as curl" isNamed={true} />
      </div>
      {!isComplete(input) && (
        <p class="hint">
          Files that were sent as data URIs are shortened here and in the curl command. Put the whole data URIs in their
          place before you run it.
        </p>
      )}
      <Facts facts={given.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])} />
      {labels.length > 0 && (
        <>
          <h3>Metadata</h3>
          <Facts facts={labels} />
        </>
      )}
    </section>
  );
}

export function Identifiers({ generation: { provider, video } }: { generation: GenerationView }) {
  const all = [
    ["Provider job ID", provider.id, "provider job ID"],
    ["R2 key", video?.key, "R2 key"],
    ["SHA-256", video?.sha256, "SHA-256"],
    ["Signed link", video?.url, "signed link"],
  ] as const;
  const known = all.filter(([, text]) => text != null);
  if (known.length === 0) return null;
  return (
    <details class="identifiers">
      <summary>Identifiers</summary>
      <Facts
        facts={known.map(([name, text, label]) => [name, <WithCopy key={name} text={text ?? ""} label={label} />])}
      />
    </details>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value || <span class="unknown">–</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
