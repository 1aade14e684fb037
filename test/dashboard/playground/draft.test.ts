import { describe, expect, it } from "vitest";
import { type Draft, draftText, NO_ATTEMPT, readDraft } from "../../../src/dashboard/playground/draft.ts";
import { Upload } from "../../../src/dashboard/playground/upload.ts";

const SMALL = new Upload({ name: "small.png", size: 3 }, "data:image/png;base64,AAAA");
const LARGE = new Upload({ name: "large.mp4", size: 3000 }, `data:video/mp4;base64,${"A".repeat(4000)}`);

const DRAFT: Draft = {
  model: "one",
  entry: {
    typed: {
      prompt: { value: "a fox", model: "one" },
      seed: { value: undefined, model: "one" },
      references: { value: [{ url: SMALL }, { url: LARGE }], model: "one" },
    },
    free: { two: { any: [1, null] } },
    script: "fail",
  },
  attempt: NO_ATTEMPT,
};

describe("a stored draft", () => {
  it("is as it was typed, with small files, and only the names of large ones", () => {
    const read = readDraft(draftText(DRAFT, 100));
    expect(read).toMatchObject({ model: "one", entry: { free: { two: { any: [1, null] } }, script: "fail" } });
    expect(read?.entry.typed["prompt"]).toEqual({ value: "a fox", model: "one" });
    // A field that was cleared stays so.
    expect(read?.entry.typed["seed"]).toEqual({ model: "one" });
    expect(read?.entry.typed["references"]?.value).toMatchObject([
      { url: { name: "small.png", size: 3, dataUri: SMALL.dataUri } },
      { url: { name: "large.mp4", size: 3000, dataUri: "", isLost: true } },
    ]);
  });

  it.each([
    null,
    "",
    "{",
    "1",
    "{}",
    '{"model": "m", "entry": {"typed": [], "free": {}}, "attempt": {}}',
    '{"model": "m", "entry": {"typed": {}, "free": {}}}',
  ])("is ignored if it has another shape: %j", (text) => {
    expect(readDraft(text)).toBeNull();
  });
});
