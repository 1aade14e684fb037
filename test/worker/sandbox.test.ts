// The sandbox, the provider of test mode: what each script does, and when.

import { describe, expect, it } from "vitest";
import type { SandboxScript } from "../../src/contract/words.ts";
import type { Submission } from "../../src/generation/ports.ts";
import { sandbox, sandboxVideos } from "../../src/providers/sandbox.ts";
import { sniffVideo } from "../../src/videos/formats/sniff.ts";

const T0 = 1_800_000_000_000;

function at(time: number) {
  return sandbox({ now: () => time, random: () => 0 });
}

function submissionOf(prompt: string, change: Partial<Submission> = {}): Submission {
  return { model: "m", path: "/v2/m", input: { prompt }, simulate: null, staged: null, requestId: "r.1", ...change };
}

async function accepted(prompt: string, simulate: SandboxScript | null = null) {
  const result = await at(T0).submit(submissionOf(prompt, { simulate }));
  if (result.kind !== "accepted") throw new Error(`result is ${result.kind}`);
  return { id: result.jobId, path: "/v2/m", input: { prompt } };
}

const kindsOver = async (prompt: string, seconds: readonly number[]) => {
  const job = await accepted(prompt);
  return Promise.all(seconds.map(async (second) => (await at(T0 + second * 1000).poll(job)).kind));
};

describe("the sandbox", () => {
  it("queues, generates and completes after 25 seconds, however often it is polled", async () => {
    const job = await accepted("a fairy");
    const words = await Promise.all(
      [0, 2.9, 3, 24.9, 25, 1000].map(async (second) => {
        const result = await at(T0 + second * 1000).poll(job);
        return "status" in result ? result.status : result.kind;
      }),
    );
    expect(words).toEqual(["queued", "queued", "generating", "generating", "completed", "completed"]);
  });

  it("serves a complete, valid MP4", async () => {
    const job = await accepted("a fairy");
    const done = await at(T0 + 30_000).poll(job);
    const opened = await sandboxVideos.open(done.kind === "done" ? (done.url ?? "") : "", new AbortController().signal);
    if (opened.kind !== "open") throw new Error(opened.message);
    const bytes = new Uint8Array(await new Response(opened.body).arrayBuffer());
    expect(sniffVideo(bytes)).toBe("video/mp4");
    expect(bytes.byteLength).toBe(opened.length);
  });

  it.each([
    ["[fail]", "failed"],
    ["[moderated]", "failed"],
    ["[never]", "running"],
    ["[slow]", "running"],
    ["[no-url]", "done"],
  ])("with %s is %s after 30 seconds", async (marker, kind) => {
    expect(await kindsOver(`a fairy ${marker}`, [30])).toEqual([kind]);
  });

  it("with [slow] completes after three minutes", async () => {
    expect(await kindsOver("[slow]", [179, 180])).toEqual(["running", "done"]);
  });

  it("with [instant] is done at the first poll", async () => {
    expect(await kindsOver("[instant]", [0])).toEqual(["done"]);
  });

  it("runs the script that the request names, whatever the prompt says", async () => {
    const job = await accepted("a fairy [slow]", "fail");
    const failed = { kind: "failed", message: "Failed by the sandbox, as requested with [fail]." };
    expect(await at(T0 + 25_000).poll(job)).toMatchObject(failed);
    expect(await at(T0).submit(submissionOf("[fail]", { simulate: "refused" }))).toMatchObject({
      kind: "refused",
      message: "Refused by the sandbox, as requested with [refused].",
    });
    const withoutPrompt = submissionOf("", { input: { image_url: "https://example.com/i.png" }, simulate: "lost" });
    expect(await at(T0).submit(withoutPrompt)).toMatchObject({ kind: "unknown" });
  });

  it("with [flaky] fails some polls and still completes", async () => {
    const kinds = await kindsOver("[flaky]", [5, 10, 20, 30]);
    expect(new Set(kinds)).toEqual(new Set(["running", "unavailable", "done"]));
  });

  it("with [expired-url] returns a dead URL first and a working one later", async () => {
    const job = await accepted("[expired-url]");
    const opened = await Promise.all(
      [30, 60].map(async (second) => {
        const result = await at(T0 + second * 1000).poll(job);
        const url = result.kind === "done" ? (result.url ?? "") : "";
        return (await sandboxVideos.open(url, new AbortController().signal)).kind;
      }),
    );
    expect(opened).toEqual(["gone", "open"]);
  });

  it.each([
    ["[refused]", { kind: "refused", code: "invalid_input" }],
    ["[no-credits]", { kind: "refused", code: "insufficient_credits" }],
    ["[busy]", { kind: "busy", retryAfterMs: 5_000 }],
    ["[lost]", { kind: "unknown" }],
  ])("gives a submission with %s the matching answer", async (prompt, expected) => {
    expect(await at(T0).submit(submissionOf(prompt))).toMatchObject(expected);
  });

  it("accepts a [busy] submission on its second try, and finds a lost one by its request id", async () => {
    const again = submissionOf("[busy]", { requestId: "r.2" });
    expect(await at(T0).submit(again)).toMatchObject({ kind: "accepted" });
    const found = await at(T0 + 10_000).reconcile({ requestId: "r.1", sentAt: T0, model: "m" });
    if (found.kind !== "found") throw new Error(`result is ${found.kind}`);
    expect(await at(T0 + 25_000).poll({ id: found.jobId, path: "/v2/m", input: {} })).toMatchObject({ kind: "done" });
  });

  it("reports a job or video that it did not create as missing or gone", async () => {
    expect(await at(T0).poll({ id: "job-1", path: "/v2/m", input: {} })).toEqual({ kind: "missing" });
    expect(await sandboxVideos.open("sandbox://video/nonsense?at=1", new AbortController().signal)).toMatchObject({
      kind: "gone",
    });
  });
});
