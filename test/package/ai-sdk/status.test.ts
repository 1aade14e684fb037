import { describe, expect, it } from "vitest";
import { COMPLETED, GENERATION, ID, json, play, problem, VIDEO, video } from "./played-api.ts";

const OPERATION = { id: ID };

describe("the status of a generation", () => {
  it.each(["queued", "generating", "storing"])("is pending while it is %s", async (status) => {
    const { model, calls } = play({ [ID]: json({ ...GENERATION, status, queue: { position: 3, waiting: 9 } }) });
    expect(await model.doStatus({ operation: OPERATION, headers: { "x-mine": "1" } })).toMatchObject({
      status: "pending",
      providerMetadata: { reelhook: { id: ID, status, queue: { position: 3, waiting: 9 } } },
      response: { modelId: "vendor/model" },
    });
    expect(calls.map(({ call }) => call)).toEqual([`GET /v1/generations/${ID}`]);
    expect(calls[0]?.headers.get("x-mine")).toBe("1");
  });

  it("is completed with the video", async () => {
    const { model } = play();
    const { video } = COMPLETED;
    expect(await model.doStatus({ operation: OPERATION })).toMatchObject({
      status: "completed",
      videos: [{ type: "binary", data: VIDEO, mediaType: "video/mp4" }],
      warnings: [],
      providerMetadata: {
        reelhook: { id: ID, videos: [{ id: ID, ...video }], usage: { usd: 0.5 }, estimate: { usd: 0.5 } },
      },
    });
  });

  it("is an error if the generation has failed", async () => {
    const error = {
      code: "storage_failed",
      message: "Not stored.",
      retryable: false,
      source_url: "https://cdn.example",
    };
    const { model } = play({ [ID]: json({ ...GENERATION, status: "failed", error }) });
    expect(await model.doStatus({ operation: OPERATION })).toMatchObject({
      status: "error",
      error: `The generation ${ID} failed (storage_failed): Not stored.`,
      providerMetadata: { reelhook: { error } },
    });
  });

  it("is an error if the generation was canceled", async () => {
    const error = { code: "canceled", message: "Canceled.", retryable: false };
    const { model } = play({ [ID]: json({ ...GENERATION, status: "canceled", error }) });
    const result = await model.doStatus({ operation: OPERATION });
    expect(result).toMatchObject({ status: "error", error: `The generation ${ID} was canceled.` });
  });

  it.each([
    ["is shorter", video("a vid"), /has 5 of 7 bytes/],
    ["has other bytes", video("a VIDEO"), /SHA-256/],
    ["breaks off", video(new ReadableStream({ start: (stream) => stream.error(new Error("reset")) })), /broke off/],
  ])("lets the SDK repeat the call if the video %s", async (_, video, message) => {
    const { model } = play({ video });
    const failure: unknown = await model.doStatus({ operation: OPERATION }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ message: expect.stringMatching(message), isRetryable: true });
  });

  it("is refused for a generation that does not exist", async () => {
    const { model } = play({ [ID]: problem(404, "not_found") });
    await expect(model.doStatus({ operation: OPERATION })).rejects.toMatchObject({
      statusCode: 404,
      isRetryable: false,
    });
  });

  it.each([null, "gen_1", 1, [], {}, { id: 1 }, { id: "../models" }, { id: "task_1" }, { jobId: ID }])(
    "is refused for an operation of another provider: %j",
    async (operation) => {
      const { model, calls } = play();
      await expect(model.doStatus({ operation })).rejects.toThrow(/The operation is not one of Reelhook's/);
      expect(calls).toEqual([]);
    },
  );

  it("is not read after an abort", async () => {
    const { model } = play();
    const abortSignal = AbortSignal.abort(new Error("enough"));
    await expect(model.doStatus({ operation: OPERATION, abortSignal })).rejects.toThrow("enough");
  });
});
