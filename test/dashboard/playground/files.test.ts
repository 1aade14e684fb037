import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../../src/contract/limits.ts";
import {
  fileRefusal,
  filesBytes,
  MAX_FILES_BYTES,
  type MediaKind,
  mediaKindOf,
  takesFile,
  withoutContent,
} from "../../../src/dashboard/playground/files.ts";
import type { Schema } from "../../../src/dashboard/playground/schema.ts";
import { lostUpload, pastedUpload, Upload } from "../../../src/dashboard/playground/upload.ts";

const URI: Schema = { type: "string", format: "uri" };

describe("a field takes a file", () => {
  it.each<[MediaKind | null, string, Schema]>([
    ["video", "url", { ...URI, contentMediaType: "video/*" }],
    ["image", "video_thing", { ...URI, contentMediaType: "Image/png" }],
    [null, "image_url", { ...URI, contentMediaType: "application/pdf" }],
    ["image", "last_image_url", URI],
    ["image", "static_mask", URI],
    ["video", "mask_video_url", URI],
    ["audio", "audio_urls[0]", URI],
    [null, "callback", URI],
    [null, "video_url", { type: "string" }],
  ])("of kind %s if it is %s with %j", (kind, name, schema) => {
    expect(mediaKindOf(name, schema)).toBe(kind);
  });

  it("if a part of it does", () => {
    expect(takesFile("references", { items: { properties: { image_url: URI } } })).toBe(true);
    expect(
      takesFile("frame", { anyOf: [{ properties: { id: { type: "string" } } }, { properties: { url: URI } }] }),
    ).toBe(false);
    expect(takesFile("image_url", { oneOf: [{ type: "null" }, URI] })).toBe(true);
  });
});

describe("a chosen file", () => {
  const file = (size: number, type = "video/mp4") => ({ name: "fox.mp4", size, type });

  it("is refused before it is read if it is of another kind, empty or too large", () => {
    expect(fileRefusal(file(10), "video", 0)).toBeNull();
    expect(fileRefusal(file(10, "image/png"), "video", 0)).toBe("fox.mp4 is not a video.");
    expect(fileRefusal(file(10, ""), "image", 0)).toBe("fox.mp4 is not an image.");
    expect(fileRefusal(file(0), "video", 0)).toBe("fox.mp4 is empty.");
    expect(fileRefusal(file(MAX_FILES_BYTES), "video", 0)).toBeNull();
    expect(fileRefusal(file(40_000_000), "video", 0)).toBe(
      "fox.mp4 is 40.0 MB. A request can carry 25.1 MB of files. Enter an HTTPS URL instead.",
    );
    expect(fileRefusal(file(20_000_000), "video", 10_000_000)).toContain("and its other files take 10.0 MB of that");
  });

  it("that is not refused fits into the body with everything else", () => {
    expect(Math.ceil(MAX_FILES_BYTES / 3) * 4).toBeLessThan(MAX_BODY_BYTES - 60_000);
    expect(MAX_FILES_BYTES).toBeGreaterThan(25_000_000);
  });

  it("is sent as its data URI, and shown without its content", () => {
    const upload = new Upload(file(3), "data:video/mp4;base64,AAAA");
    const body = { list: [{ url: upload }], seed: 1 };
    expect(JSON.stringify(body)).toBe('{"list":[{"url":"data:video/mp4;base64,AAAA"}],"seed":1}');
    expect(withoutContent(body)).toEqual({ list: [{ url: "data:video/mp4;base64,… (3 B)" }], seed: 1 });
    expect(filesBytes(body)).toBe(3);
  });

  it("can be pasted as a data URI", async () => {
    const pasted = pastedUpload(`data:image/png;base64,${Buffer.from("four").toString("base64")}`);
    expect(pasted).toMatchObject({ name: "image/png", size: 4 });
    expect(await pasted?.blob().text()).toBe("four");
    expect(pasted?.blob().type).toBe("image/png");
    expect(pastedUpload("data:image/png;base64,*")?.blob().size).toBe(0);
    for (const text of ["https://example.com/", "data:image/png,abc", "data:"]) expect(pastedUpload(text)).toBeNull();
  });

  it("is lost if the API has shortened it, counts nothing, and is sent as an empty text", () => {
    const lost = lostUpload("data:video/mp4;… (1234567 bytes)");
    expect(lost).toMatchObject({ name: "video/mp4", size: 1_234_567, isLost: true });
    expect(filesBytes([lost])).toBe(0);
    expect(JSON.stringify([lost, withoutContent(lost)])).toBe('["",""]');
    expect(lostUpload("data:video/mp4;base64,AAAA")).toBeNull();
  });
});
