// The same pipeline as a Cloudflare Workflow: submit, poll every interval, copy, call back. See README.md.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { Hono } from "hono";

interface Env {
  readonly GENERATIONS: Workflow<Params>;
  readonly VIDEOS: R2Bucket;
  readonly PROVIDER: string;
  readonly POLL_INTERVAL_SECONDS: string;
}

interface Params {
  readonly input: object;
  readonly webhooks: readonly { readonly url: string }[];
}

const app = new Hono<{ Bindings: Env }>();

// The Workflow is created first and then submits, so that a crash in between does not lose an accepted request.
app.post("/v1/generations", async (c) => {
  const { webhooks, ...input } = await c.req.json<Pick<Params, "webhooks">>();
  const { id } = await c.env.GENERATIONS.create({ params: { input, webhooks } });
  return c.json({ id, status: "queued" }, 202);
});

export default app;

export class Generation extends WorkflowEntrypoint<Env, Params> {
  override async run({ payload: { input, webhooks } }: WorkflowEvent<Params>, step: WorkflowStep): Promise<void> {
    const { PROVIDER, POLL_INTERVAL_SECONDS, VIDEOS } = this.env;
    const job = await step.do("submit", async () => {
      const submitted = await fetch(`${PROVIDER}/v2/video/generations`, {
        method: "POST",
        body: JSON.stringify(input),
      });
      const { id } = await submitted.json<{ id: string }>();
      return id;
    });
    let url: string | null = null;
    for (let poll = 1; url === null; poll++) {
      await step.sleep(`wait ${poll}`, Number(POLL_INTERVAL_SECONDS) * 1000);
      url = await step.do(`poll ${poll}`, async () => {
        const answer = await fetch(`${PROVIDER}/v2/video/generations?generation_id=${job}`);
        const { video } = await answer.json<{ video?: { url: string } }>();
        return video?.url ?? null;
      });
    }
    const source = url;
    await step.do("store", async () => {
      const { body } = await fetch(source);
      await VIDEOS.put(`${job}.mp4`, body);
    });
    const callBack = (target: string, at: number) =>
      step.do(`call back ${at}`, async () => {
        const { ok } = await fetch(target, { method: "POST", body: JSON.stringify({ job, status: "completed" }) });
        if (!ok) throw new Error("the webhook did not answer 2xx");
      });
    await Promise.all(webhooks.map((webhook, at) => callBack(webhook.url, at)));
  }
}
