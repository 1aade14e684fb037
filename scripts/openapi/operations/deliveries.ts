// What webhooks were sent, with every attempt.

import { deliveryDetailSchema, deliveryPageSchema, deliverySchema } from "../../../src/contract/deliveries.ts";
import { deliveryListQuerySchema } from "../../../src/contract/requests.ts";
import type { Descriptions } from "../operation.ts";

export const deliveryOperations: Descriptions = {
  "get /v1/generations/{id}/deliveries": {
    id: "listDeliveries",
    summary: "List the deliveries of a generation, oldest first, with their attempts",
    tag: "Webhooks",
    query: deliveryListQuerySchema,
    answers: {
      200: { description: "A page, which ends before `limit` if it would exceed 2 MB.", body: deliveryPageSchema },
    },
    problems: ["invalid_request", "not_found"],
  },
  "get /v1/generations/{id}/deliveries/{delivery}": {
    id: "getDelivery",
    summary: "Read a delivery, with its attempts and the body that is sent",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: deliveryDetailSchema } },
    problems: ["not_found"],
  },
  "post /v1/generations/{id}/deliveries/{delivery}/redeliver": {
    id: "redeliver",
    summary: "Send a delivery again, with the same id and body",
    tag: "Webhooks",
    answers: { 202: { description: "The delivery will be sent.", body: deliverySchema } },
    problems: ["not_found"],
  },
};
