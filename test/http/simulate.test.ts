import { describe, expect, it } from "vitest";
import { describeApi } from "../../scripts/openapi/document.ts";
import { SANDBOX_SCRIPTS } from "../../src/contract/words.ts";

describe("the description of the API", () => {
  it.each(["/v1/generations", "/v2/generate/video/runway/generation", "/v2/video/generations"])(
    "names the words of Reelhook-Simulate for POST %s",
    (path) => {
      expect(describeApi().paths?.[path]?.post?.parameters).toContainEqual(
        expect.objectContaining({
          in: "header",
          name: "Reelhook-Simulate",
          schema: expect.objectContaining({ enum: SANDBOX_SCRIPTS }),
        }),
      );
    },
  );
});
