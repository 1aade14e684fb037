// The minimum cost of accepting a request durably: a new object, one row, no provider.

import { DurableObject } from "cloudflare:workers";

export class BareObject extends DurableObject {
  create(body: string): string {
    this.ctx.storage.kv.put("body", body);
    return this.ctx.id.toString();
  }
}

interface Env {
  readonly OBJECTS: DurableObjectNamespace<BareObject>;
}

export default {
  async fetch(request, { OBJECTS }) {
    const id = await OBJECTS.get(OBJECTS.newUniqueId()).create(await request.text());
    return Response.json({ id }, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
