// Accepts a generation, in as many steps as the variable STEP says; the last one follows it to its end. See README.md.

import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

interface Env {
  readonly GENERATIONS: DurableObjectNamespace<FloorGeneration>;
  readonly ACCOUNTS: DurableObjectNamespace<FloorAccount>;
  readonly VIDEOS: R2Bucket;
  readonly PROVIDER: string;
  readonly POLL_INTERVAL_SECONDS: string;
  /** From 1 to 7. */
  readonly STEP: string;
}

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly phase: "submitting" | "waiting" | "stored" | "delivered";
  /** The provider's id. */
  readonly job?: string;
}

const SUBMIT_TIMEOUT_MS = 20_000;
const CHECK_MS = 600_000;

export class FloorGeneration extends DurableObject<Env> {
  async create(id: string, body: string): Promise<void> {
    const { storage } = this.ctx;
    const step = Number(this.env.STEP);
    this.#keep({ id, body, phase: "submitting" });
    if (step >= 2) void storage.setAlarm(Date.now() + SUBMIT_TIMEOUT_MS);
    if (step >= 5) this.#report(id, "queued");
    if (step < 3) return;
    const submitted = await fetch(`${this.env.PROVIDER}/v2/video/generations`, { method: "POST", body });
    const { id: job } = await submitted.json<{ id: string }>();
    if (step < 4) return;
    this.#keep({ id, body, phase: "waiting", job });
    this.#pollLater();
  }

  override async alarm(): Promise<void> {
    const kept = this.ctx.storage.kv.get<Kept>("record");
    if (Number(this.env.STEP) < 7 || kept?.phase !== "waiting") return;
    this.#pollLater();
    const polled = await fetch(`${this.env.PROVIDER}/v2/video/generations?generation_id=${kept.job}`);
    const { video } = await polled.json<{ video?: { url: string } }>();
    if (video !== undefined) await this.#end(kept, video.url);
  }

  async #end(kept: Kept, url: string): Promise<void> {
    const video = await fetch(url);
    await this.env.VIDEOS.put(`${kept.id}.mp4`, await video.arrayBuffer());
    this.#keep({ ...kept, phase: "stored" });
    this.#report(kept.id, "completed");
    const { webhooks } = JSON.parse(kept.body) as { readonly webhooks: readonly { readonly url: string }[] };
    const body = JSON.stringify({ job: kept.job, status: "completed" });
    await Promise.all(webhooks.map((webhook) => fetch(webhook.url, { method: "POST", body })));
    this.#keep({ ...kept, phase: "delivered" });
  }

  #keep(kept: Kept): void {
    this.ctx.storage.kv.put("record", kept);
  }

  #pollLater(): void {
    void this.ctx.storage.setAlarm(Date.now() + Number(this.env.POLL_INTERVAL_SECONDS) * 1000);
  }

  #report(id: string, status: string): void {
    this.ctx.waitUntil(this.env.ACCOUNTS.getByName("bench/live").report(id, status, Date.now()));
  }
}

export class FloorAccount extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS generations (
        id TEXT NOT NULL PRIMARY KEY, status TEXT NOT NULL, check_at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS checks ON generations (check_at)`);
  }

  report(id: string, status: string, at: number): void {
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO generations VALUES (?, ?, ?)", id, status, at + CHECK_MS);
  }
}

async function accept({ GENERATIONS, STEP }: Env, body: string): Promise<Response> {
  const id = `gen_${crypto.randomUUID()}`;
  const at = Date.now();
  await GENERATIONS.getByName(id).create(id, body);
  if (Number(STEP) >= 5) {
    for (const event of ["generation.accepted", "request"]) {
      console.log(JSON.stringify({ event, id, ms: Date.now() - at }));
    }
  }
  return Response.json({ id, status: "queued" }, { status: 202 });
}

const app = new Hono<{ Bindings: Env }>();
app.post("/v1/generations", async (c) => accept(c.env, JSON.stringify(await c.req.json())));

export default {
  async fetch(request, env, context) {
    return Number(env.STEP) >= 6 ? app.fetch(request, env, context) : accept(env, await request.text());
  },
} satisfies ExportedHandler<Env>;
