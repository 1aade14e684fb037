// The pages. Only the start page is loaded with the dashboard.

import { later } from "./shared/later.tsx";

export const ApiKeysPage = later(() => import("./api-keys/page.tsx").then((page) => page.ApiKeysPage));
export const EndpointPage = later(() => import("./endpoints/endpoint.tsx").then((page) => page.EndpointPage));
export const WebhooksPage = later(() => import("./endpoints/page.tsx").then((page) => page.WebhooksPage));
export const GenerationPage = later(() => import("./generation/page.tsx").then((page) => page.GenerationPage));
export const GenerationsPage = later(() => import("./generations/page.tsx").then((page) => page.GenerationsPage));
export const InboxPage = later(() => import("./inbox/page.tsx").then((page) => page.InboxPage));
export const PlaygroundPage = later(() => import("./playground/page.tsx").then((page) => page.PlaygroundPage));
export const UsagePage = later(() => import("./usage/page.tsx").then((page) => page.UsagePage));
