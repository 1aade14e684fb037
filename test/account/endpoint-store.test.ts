import { expect, it } from "vitest";
import { EndpointStore } from "../../src/account/endpoint-store.ts";
import { type Endpoint, newEndpoint } from "../../src/core/webhooks/endpoint.ts";
import { unrotated } from "../../src/core/webhooks/rotation.ts";

function endpoint(id: string, url: string, createdAt: number): Endpoint {
  const fields = { url, events: [], description: "", headers: {}, clientCertificate: false };
  return newEndpoint(fields as never, { id, createdAt, secrets: unrotated("c2VjcmV0") });
}

it("finds endpoints by their present URL in any spelling, oldest first", () => {
  const rows = new Map<string, unknown>();
  const store = new EndpointStore({
    put: (key: string, value: unknown) => void rows.set(key, value),
    delete: (key: string) => rows.delete(key),
    get: (key: string) => rows.get(key),
    list: ({ prefix = "" }: { prefix?: string }) => [...rows].filter(([key]) => key.startsWith(prefix)),
  } as never);
  const idsAt = (url: string) => store.at(url).map(({ id }) => id);
  store.put(endpoint("younger", "https://example.com/hook", 2));
  expect(idsAt("https://EXAMPLE.com:443/hook")).toEqual(["younger"]);
  store.put(endpoint("older", "https://EXAMPLE.com/hook", 1));
  expect(idsAt("https://example.com/hook")).toEqual(["older", "younger"]);
  store.put(endpoint("older", "https://example.com/moved", 1));
  expect(idsAt("https://example.com/hook")).toEqual(["younger"]);
  expect(idsAt("https://example.com/moved")).toEqual(["older"]);
  store.delete("younger");
  expect(idsAt("https://example.com/hook")).toEqual([]);
});
