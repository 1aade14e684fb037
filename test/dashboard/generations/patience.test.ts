import { expect, it, vi } from "vitest";
import { forEachOf, patiently } from "../../../src/dashboard/generations/patience.ts";
import { ApiError } from "../../../src/dashboard/shared/api.ts";

it("waits as long as the API asks, and calls again", async () => {
  vi.useFakeTimers();
  try {
    const call = vi.fn(async () => "done");
    call.mockRejectedValueOnce(new ApiError(429, "too many", {}, "7"));
    const result = patiently(call, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(call).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toBe("done");
  } finally {
    vi.useRealTimers();
  }
});

it("can be stopped while it waits, and passes on every other error", async () => {
  const stop = new AbortController();
  const refused = patiently(() => Promise.reject(new ApiError(429, "too many", {}, "3600")), stop.signal);
  stop.abort();
  await expect(refused).rejects.toBe(stop.signal.reason);
  const error = new ApiError(409, "already finished");
  await expect(patiently(() => Promise.reject(error), new AbortController().signal)).rejects.toBe(error);
});

it("acts on each item once, on three at the same time, and begins no more when it is stopped", async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const act = (item: number) => {
    begun.push(item);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const all = forEachOf([1, 2, 3, 4, 5, 6], act, stop.signal);
  expect(begun).toEqual([1, 2, 3]);
  ends[1]?.();
  await vi.waitUntil(() => begun.length === 4);
  stop.abort();
  for (const end of ends) end();
  await all;
  expect(begun).toEqual([1, 2, 3, 4]);
});
