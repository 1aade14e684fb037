// The playground: builds and sends a request for a generation.

import type { Mode } from "../../contract/words.ts";
import { inboxUrl } from "../inbox/inbox-url.ts";
import { answerOf } from "../shared/api.ts";
import { useLoad, useSession } from "../shared/hooks.ts";
import { Failure, Heading } from "../shared/ui.tsx";
import { type Description, Playground } from "./form.tsx";
import { isLiveReady, LiveNotice } from "./live-notice.tsx";
import { type Fields, OURS, requestOf } from "./request.ts";
import type { Schema } from "./schema.ts";

interface OpenApi {
  readonly paths: {
    readonly "/v1/generations": {
      readonly post: {
        readonly requestBody: { readonly content: { readonly "application/json": { readonly example: Fields } } };
      };
    };
  };
  readonly components: { readonly schemas: { readonly CreateRequest: Schema } };
}

async function loadDescription(mode: Mode): Promise<Description> {
  const { paths, components } = await answerOf<OpenApi>(fetch("/openapi.json"));
  const { webhook_url: _, ...example } = paths["/v1/generations"].post.requestBody.content["application/json"].example;
  const { properties = {} } = components.schemas.CreateRequest;
  const ours = OURS.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]] as const]));
  // Live mode bills what it makes, so nothing of an example is sent by mistake.
  const start = mode === "test" ? example : { model: example["model"] };
  return { ours: { properties: Object.fromEntries(ours) }, example: start, source: null };
}

/** @param from id of the generation to start from; empty to start from the example in the OpenAPI description. */
export function PlaygroundPage({ from }: { from: string }) {
  const {
    client,
    account: { mode },
  } = useSession();
  const live = useLoad(`live ${mode}`, async () => mode === "test" || (await isLiveReady()));
  const { value, error, reload } = useLoad(`description ${from}`, async (): Promise<Description> => {
    const [description, inbox] = await Promise.all([loadDescription(mode), mode === "test" ? inboxUrl(client) : null]);
    const { example } = description;
    if (from !== "") return { ...description, example: requestOf(await client.getGeneration(from)), source: from };
    return inbox === null ? description : { ...description, example: { ...example, webhooks: [{ url: inbox }] } };
  });
  const isLoaded = value !== null && live.value !== null;
  return (
    <>
      <Heading title="Playground" />
      {live.value === false && <LiveNotice onCheck={live.reload} />}
      {isLoaded ? (
        <Playground description={value} place={from} />
      ) : (
        error === null && <p class="loading">Loading the form …</p>
      )}
      <Failure error={error} retry={reload} />
    </>
  );
}
