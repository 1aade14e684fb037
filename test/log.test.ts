import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { logFor } from "../src/log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the log", () => {
  it("writes one JSON object per line", () => {
    const line = vi.spyOn(console, "log").mockReturnValue();
    logFor({}).info("request", { status: 200, ms: 3 });
    expect(line.mock.calls).toEqual([['{"event":"request","status":200,"ms":3}']]);
  });

  it("writes only counted events to the Analytics Engine, if it is bound", () => {
    vi.spyOn(console, "log").mockReturnValue();
    const points: unknown[] = [];
    const ANALYTICS = { writeDataPoint: (point?: unknown) => void points.push(point) };
    const log = logFor({ ANALYTICS });
    log.info("generation.ended", { account: "acme", status: "completed", model: "m", ms: 42_000 });
    log.info("action.ended", { action: "poll" });
    expect(points).toEqual([
      { indexes: ["acme"], blobs: ["generation.ended", "completed", "acme", "m"], doubles: [42_000] },
    ]);
  });
});

describe("the platform's own logs", () => {
  it("audit 7: keep no URL with the signature of a video link", async () => {
    const warn = vi.spyOn(console, "warn");
    const { unstable_readConfig: readConfig } = await import("wrangler");
    const { observability, logpush, tail_consumers, env } = readConfig({
      config: join(import.meta.dirname, "../wrangler.toml"),
    });
    expect(observability).toEqual({
      enabled: true,
      redact_query_string: true,
      logs: { enabled: true, invocation_logs: false },
      traces: { enabled: false },
    });
    expect({ logpush, tail_consumers, env }).toEqual({ logpush: undefined, tail_consumers: undefined, env: undefined });
    // Wrangler warns about keys that it does not know.
    expect(warn).not.toHaveBeenCalled();
  });
});
