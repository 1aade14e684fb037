// Accepts a generation and does nothing else, in as many steps as the variable STEP says. See README.md.

import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

interface Env {
  readonly GENERATIONS: DurableObjectNamespace<FloorGeneration>;
  readonly ACCOUNTS: DurableObjectNamespace<FloorAccount>;
  readonly PROVIDER: string;
  /** From 1 to 6. */
  readonly STEP: string;
}

const SUBMIT_TIMEOUT_MS = 20_000;
const POLL_INTERVAL_MS = 600_000;

export class FloorGeneration extends DurableObject<Env> {
  async create(id: string, body: string): Promise<void> {
    const { storage } = this.ctx;
    const step = Number(this.env.STEP);
    storage.kv.put("record", { body, phase: "submitting" });
    if (step >= 2) void storage.setAlarm(Date.now() + SUBMIT_TIMEOUT_MS);
    if (step >= 5) this.ctx.waitUntil(this.env.ACCOUNTS.getByName("bench/live").report(id, Date.now()));
    if (step < 3) return;
    const submitted = await fetch(`${this.env.PROVIDER}/v2/video/generations`, { method: "POST", body });
    const { id: job } = await submitted.json<{ id: string }>();
    if (step < 4) return;
    storage.kv.put("record", { body, phase: "waiting", job });
    void storage.setAlarm(Date.now() + POLL_INTERVAL_MS);
  }

  override alarm(): void {}
}

export class FloorAccount extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS generations (
        created_at INTEGER NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, check_at INTEGER NOT NULL,
        PRIMARY KEY (created_at, id)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS checks ON generations (check_at)`);
  }

  report(id: string, createdAt: number): void {
    const checkAt = createdAt + POLL_INTERVAL_MS;
    this.ctx.storage.sql.exec("INSERT INTO generations VALUES (?, ?, 'queued', ?)", createdAt, id, checkAt);
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
