// The API as the dashboard calls it: one function per operation, typed by src/contract.

import type { AccountView } from "../../contract/account.ts";
import type { ApiKeyList, ApiKeyView, NewApiKeyView } from "../../contract/api-keys.ts";
import type { DeliveryDetail, DeliveryPage, DeliveryView, EndpointDeliveryPage } from "../../contract/deliveries.ts";
import type { TimelineView } from "../../contract/events.ts";
import type { GenerationPage, GenerationView } from "../../contract/generation.ts";
import type { InboxView } from "../../contract/inbox.ts";
import type { ModelDetail, ModelList } from "../../contract/models.ts";
import type { OverviewView } from "../../contract/overview.ts";
import type { ProblemView } from "../../contract/problem.ts";
import type { UsageView } from "../../contract/usage.ts";
import type {
  EndpointList,
  EndpointView,
  NewEndpointView,
  RecoveryView,
  WebhookSecret,
} from "../../contract/webhook-endpoints.ts";

/** A failed call: the API's own explanation, or that it could not be reached. */
export class ApiError extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
  /** The failed generation, if the provider refused it. */
  readonly generationId: string | null;
  /** Whether the account's budget does not allow the generation now. */
  readonly isOverBudget: boolean;
  /** When the budget resets; null if only other generations must end first. */
  readonly budgetResetsAt: string | null;
  /** How long to wait before the next try; null if the answer does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, message: string, problem: Partial<ProblemView> = {}, retryAfter: string | null = null) {
    super(message);
    this.status = status;
    this.errors = problem.errors ?? [];
    this.generationId = problem.generation_id ?? null;
    this.isOverBudget = problem.code === "budget_exceeded";
    this.budgetResetsAt = problem.budget_resets_at ?? null;
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }

  /** Whether the request may have succeeded despite the error. */
  get isUncertain(): boolean {
    return (this.status === 0 || this.status >= 500) && this.generationId === null;
  }
}

export type Client = ReturnType<typeof clientFor>;

type Fields = Readonly<Record<string, unknown>>;

/** Sends requests with this key. They throw ApiError. */
function senderFor(key: string) {
  return async <T>(method: string, path: string, body?: object, headers: HeadersInit = {}): Promise<T> =>
    answerOf<T>(
      fetch(path, {
        method,
        headers: {
          ...authorization(key),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
}

export type AdminClient = ReturnType<typeof adminClientFor>;

/** Manages API keys. Every function throws ApiError. */
export function adminClientFor(adminKey: string) {
  const send = senderFor(adminKey);
  return {
    /** All pages, newest first. */
    listApiKeys: async (): Promise<readonly ApiKeyView[]> => {
      const pages: ApiKeyList[] = [];
      for (let cursor: string | null = ""; cursor !== null; cursor = pages.at(-1)?.next_cursor ?? null) {
        const query = new URLSearchParams({ limit: "100", ...(cursor === "" ? {} : { cursor }) });
        pages.push(await send<ApiKeyList>("GET", `/v1/api-keys?${query}`));
      }
      return pages.flatMap(({ data }) => data);
    },
    createApiKey: (fields: Fields) => send<NewApiKeyView>("POST", "/v1/api-keys", fields),
    revokeApiKey: (id: string) => send<void>("DELETE", `/v1/api-keys/${encodeURIComponent(id)}`),
  };
}

/** Every function throws ApiError. */
export function clientFor(key: string) {
  const send = senderFor(key);
  const generation = (id: string) => `/v1/generations/${encodeURIComponent(id)}`;
  const delivery = (id: string, deliveryId: string) => `${generation(id)}/deliveries/${encodeURIComponent(deliveryId)}`;
  const endpoint = (id: string) => `/v1/webhook-endpoints/${encodeURIComponent(id)}`;
  return {
    getAccount: () => send<AccountView>("GET", "/v1/account"),
    /** By day and model. */
    getUsage: (from: string, to: string) => send<UsageView>("GET", `/v1/usage?${new URLSearchParams({ from, to })}`),
    /** @param headers headers besides those of every request. */
    createGeneration: (request: Fields, idempotencyKey: string, headers: Readonly<Record<string, string>>) =>
      send<GenerationView>("POST", "/v1/generations", request, { ...headers, "idempotency-key": idempotencyKey }),
    listGenerations: (query: Readonly<Record<string, string>>) =>
      send<GenerationPage>("GET", `/v1/generations?${new URLSearchParams(query)}`),
    getGeneration: (id: string) => send<GenerationView>("GET", generation(id)),
    cancelGeneration: (id: string) => send<GenerationView>("POST", `${generation(id)}/cancel`),
    deleteGeneration: (id: string) => send<void>("DELETE", generation(id)),
    getTimeline: (id: string) => send<TimelineView>("GET", `${generation(id)}/events`),
    /** All pages. */
    listDeliveries: async (id: string): Promise<readonly DeliveryView[]> => {
      const pages: DeliveryPage[] = [];
      for (let cursor: string | null = ""; cursor !== null; cursor = pages.at(-1)?.next_cursor ?? null) {
        const query = cursor === "" ? "" : `?${new URLSearchParams({ cursor })}`;
        pages.push(await send<DeliveryPage>("GET", `${generation(id)}/deliveries${query}`));
      }
      return pages.flatMap(({ data }) => data);
    },
    getDelivery: (id: string, deliveryId: string) => send<DeliveryDetail>("GET", delivery(id, deliveryId)),
    redeliver: (id: string, deliveryId: string) => send<DeliveryView>("POST", `${delivery(id, deliveryId)}/redeliver`),
    getOverview: () => send<OverviewView>("GET", "/v1/overview"),
    listModels: () => send<ModelList>("GET", "/v1/models"),
    getModel: (id: string) => send<ModelDetail>("GET", `/v1/models/${encodeURIComponent(id)}`),
    createEndpoint: (fields: Fields) => send<NewEndpointView>("POST", "/v1/webhook-endpoints", fields),
    listEndpoints: () => send<EndpointList>("GET", "/v1/webhook-endpoints"),
    getEndpoint: (id: string) => send<EndpointView>("GET", endpoint(id)),
    /** @param query `state`, `limit` and `cursor`. */
    listEndpointDeliveries: (id: string, query: Readonly<Record<string, string>>) =>
      send<EndpointDeliveryPage>("GET", `${endpoint(id)}/deliveries?${new URLSearchParams(query)}`),
    /** @param fields `since`, and `dry_run` to only count. */
    recoverEndpoint: (id: string, fields: Fields) => send<RecoveryView>("POST", `${endpoint(id)}/recover`, fields),
    changeEndpoint: (id: string, fields: Fields) => send<EndpointView>("PATCH", endpoint(id), fields),
    deleteEndpoint: (id: string) => send<void>("DELETE", endpoint(id)),
    testEndpoint: (id: string) => send<DeliveryView>("POST", `${endpoint(id)}/test`),
    getEndpointSecret: (id: string) => send<{ readonly secret: string }>("GET", `${endpoint(id)}/secret`),
    rotateEndpointSecret: (id: string) => send<{ readonly secret: string }>("POST", `${endpoint(id)}/rotate-secret`),
    getWebhookSecret: () => send<WebhookSecret>("GET", "/v1/webhook-secret"),
    /** In development only. */
    getInbox: () => send<InboxView>("GET", "/dev/inbox"),
    rotateWebhookSecret: () => send<WebhookSecret>("POST", "/v1/webhook-secret/rotate"),
  };
}

export function authorization(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

/**
 * The body of a successful answer.
 *
 * @throws ApiError for any other answer, or for none.
 */
export async function answerOf<T>(asked: Promise<Response>): Promise<T> {
  const response = await asked.catch(() => {
    throw new ApiError(0, "Reelhook cannot be reached. Is it running, and are you online?");
  });
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const problem = (body ?? {}) as Partial<ProblemView>;
  const message = problem.detail ?? `${response.status} ${response.statusText}`;
  throw new ApiError(response.status, message, problem, response.headers.get("retry-after"));
}
