// What a receiver carries: `reelhook/webhooks`, bundled as it is published, in the runtime of Workers.

import { dirname, join } from "node:path";
import { build, transform } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BODY, EVENT, newKeys, signed } from "./signed.ts";

const PACKAGE = join(import.meta.dirname, "../../../packages/reelhook");

const { outputFiles, metafile } = await build({
  entryPoints: [join(PACKAGE, "src/webhooks/index.ts")],
  tsconfig: join(PACKAGE, "tsconfig.json"),
  absWorkingDir: PACKAGE,
  bundle: true,
  metafile: true,
  write: false,
  platform: "neutral",
  format: "esm",
  target: "es2022",
});
const code = outputFiles[0]?.text ?? "";

describe("the bundle of the verifier", () => {
  it("is at most 7 kB once it is minified, as bundlers of apps do", async () => {
    const { code: minified } = await transform(code, { minify: true, format: "esm" });
    expect(minified.length).toBeGreaterThan(1_000);
    expect(minified.length).toBeLessThanOrEqual(7_000);
  });

  it("has nothing but the verifier's own files and imports nothing", () => {
    expect(new Set(Object.keys(metafile.inputs).map(dirname))).toEqual(new Set(["src/webhooks"]));
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  });
});

const RECEIVER = `
import { verifyWebhook } from "./webhooks.js";
export default {
  async fetch(request, env) {
    try {
      return Response.json(await verifyWebhook(request, JSON.parse(env.KEYS)));
    } catch (error) {
      return new Response(error.code, { status: 400 });
    }
  },
};
`;

describe("the verifier in workerd", () => {
  let worker: Miniflare;
  const post = async (body: string, headers: Record<string, string>) => {
    const response = await worker.dispatchFetch("https://app.example.com/hook", { method: "POST", headers, body });
    return response.ok ? response.json() : response.text();
  };

  const keys = newKeys();

  beforeAll(async () => {
    const { secret, publicKey } = await keys;
    worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: [
          { type: "ESModule", path: "receiver.js", contents: RECEIVER },
          { type: "ESModule", path: "webhooks.js", contents: code },
        ],
        bindings: { KEYS: JSON.stringify([{ secret }, { publicKey }]) },
        compatibilityDate: "2026-01-01",
        cf: false,
        telemetry: { enabled: false },
      }),
    );
    await worker.ready;
  });
  afterAll(() => worker.dispose());

  it.each(["v1", "v1a"] as const)("verifies %s and refuses what is forged", async (version) => {
    const { headers } = await signed([(await keys)[version]]);
    expect(await post(BODY, headers)).toEqual(EVENT);
    expect(await post(JSON.stringify(EVENT, null, 2), headers)).toBe("body_changed");
    expect(await post(BODY.replace("gen_1", "gen_2"), headers)).toBe("no_matching_signature");
    expect(await post("x".repeat(100_000), headers)).toBe("body_too_large");
    expect(await post("[".repeat(30_000), headers)).toBe("no_matching_signature");
    expect(await post(BODY, {})).toBe("missing_header");
  });
});
