// A video model for the AI SDK. `doStart` creates a generation, and `doStatus` reads it.

import type { Generation, GenerationInput } from "../types.ts";
import { Call } from "./call.ts";
import { mapFields } from "./fields.ts";
import { idIn, operationOf } from "./operation.ts";
import type { Schemas } from "./schemas.ts";
import { downloadVideo, metadataOf, statusOf } from "./status.ts";
import type {
  JsonObject,
  ReelhookProviderOptions,
  ReelhookVideoModel,
  ResponseInfo,
  StartOptions,
  StartResult,
  StatusOptions,
  StatusResult,
  Warning,
} from "./video-model.ts";

export function videoModel(modelId: string, options: ReelhookProviderOptions, schemas: Schemas): ReelhookVideoModel {
  return {
    specificationVersion: "v4",
    provider: "reelhook.video",
    modelId,
    maxVideosPerCall: 1,
    async handleWebhookOption({ webhook }) {
      const { url, received } = await webhook();
      return { webhookUrl: url, received };
    },
    doStart: (start) => startGeneration(modelId, new Call(options, start.headers), schemas, start),
    doStatus: (status) => readGeneration(new Call(options, status.headers), status),
  };
}

async function startGeneration(
  modelId: string,
  call: Call,
  schemas: Schemas,
  { abortSignal: signal, webhookUrl, providerOptions, ...request }: StartOptions,
): Promise<StartResult> {
  const { idempotencyKey } = call;
  const schema = await call.run((client) => schemas.readForStart(client, modelId, { idempotencyKey, signal }));
  const { input, warnings } = mapFields(request, schema);
  const given = providerOptions["reelhook"] ?? {};
  const body: GenerationInput = { ...input, ...withWebhook(given, webhookUrl), model: modelId };
  const generation = await call.run((client) => client.generations.create(body, { idempotencyKey, signal }), body);
  return {
    operation: operationOf(generation.id),
    warnings: [...warnings, ...retirementOf(generation)],
    providerMetadata: { reelhook: metadataOf(generation) },
    response: responseOf(generation, call),
  };
}

async function readGeneration(call: Call, { operation, abortSignal: signal }: StatusOptions): Promise<StatusResult> {
  const id = idIn(operation);
  return call.run(async (client) => {
    const generation = await client.generations.get(id, { signal });
    const response = responseOf(generation, call);
    return statusOf(generation, response, (video) => downloadVideo(client, id, video, signal));
  });
}

/** The app's fields, with the SDK's webhook next to the app's own. */
function withWebhook(given: JsonObject, url: string | undefined): JsonObject {
  if (url === undefined) return given;
  const { webhooks, webhook_url, ...others } = given;
  if (webhooks === undefined && webhook_url === undefined) return { ...others, webhook_url: url };
  // What is not a list of webhooks is passed on, so that the API refuses it.
  const own = webhooks === undefined ? [] : [webhooks].flat();
  return { ...others, webhooks: [...own, ...(webhook_url === undefined ? [] : [{ url: webhook_url }]), { url }] };
}

function retirementOf({ model, deprecated }: Generation): Warning[] {
  if (deprecated === null) return [];
  const { on, replacement } = deprecated;
  const instead = replacement === null ? "" : ` Use ${replacement} instead.`;
  const message = `${model} is retired${on === null ? "" : ` on ${on}`}.${instead}`;
  return [{ type: "deprecated", setting: "model", message }];
}

function responseOf({ model }: Generation, { responseHeaders }: Call): ResponseInfo {
  return { timestamp: new Date(), modelId: model, headers: responseHeaders };
}
