import { mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mediaUrl, readInput } from "../../../packages/reelhook/src/command/generate/local-files.ts";
import { checkOutput, fileFor, targetOf } from "../../../packages/reelhook/src/command/generate/output.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelhook-generate-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the output", () => {
  it("may be a new or an existing file, and is not touched before the video is there", async () => {
    await writeFile(join(folder, "old.mp4"), "old");
    await symlink("old.mp4", join(folder, "link.mp4"));
    for (const name of ["new.mp4", "old.mp4", "link.mp4"]) await checkOutput(join(folder, name));
    expect((await readdir(folder)).sort()).toEqual(["link.mp4", "old.mp4"]);
  });

  it("is written to the file that a symbolic link leads to", async () => {
    await writeFile(join(folder, "old.mp4"), "old");
    await symlink("old.mp4", join(folder, "link.mp4"));
    expect(await targetOf(join(folder, "link.mp4"))).toMatch(/old\.mp4$/);
    expect(await readlink(join(folder, "link.mp4"))).toBe("old.mp4");
  });

  it("is made where a dangling symbolic link leads to", async () => {
    await mkdir(join(folder, "videos"));
    await symlink("videos", join(folder, "folder"));
    await symlink("../new.mp4", join(folder, "videos/up.mp4"));
    await symlink("folder/up.mp4", join(folder, "link.mp4"));
    await checkOutput(join(folder, "link.mp4"));
    expect(await targetOf(join(folder, "link.mp4"))).toBe(join(await realpath(folder), "new.mp4"));
    await symlink("absent/new.mp4", join(folder, "lost.mp4"));
    await symlink("loop.mp4", join(folder, "loop.mp4"));
    await expect(checkOutput(join(folder, "lost.mp4"))).rejects.toThrow("absent does not exist");
    await expect(checkOutput(join(folder, "loop.mp4"))).rejects.toThrow("cannot be written (ELOOP)");
  });

  it.each([
    ["", "must be the name of a file"],
    ["-", "must be the name of a file"],
    [".", "is a folder"],
    ["absent/", "is a folder"],
    ["absent/video.mp4", "does not exist"],
    ["file/video.mp4", "does not exist"],
    ["/dev/null", "is not a regular file"],
    [`${"x".repeat(250)}.mp4`, "cannot be written (ENAMETOOLONG)"],
  ])("is refused if it is %j", async (out, message) => {
    await writeFile(join(folder, "file"), "");
    const path = out === "" || out === "-" || out.startsWith("/") ? out : `${folder}/${out}`;
    await expect(checkOutput(path)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
  });

  it("is named after the generation by default, with the extension of its type", () => {
    const name = (content_type: string) =>
      fileFor({ id: "gen_a", video: content_type === "" ? null : { ...VIDEO, content_type } }, undefined);
    expect(["video/mp4", "video/quicktime", "video/webm", ""].map(name)).toEqual([
      "gen_a.mp4",
      "gen_a.mov",
      "gen_a.webm",
      "gen_a.mp4",
    ]);
    expect(fileFor({ id: "gen_a", video: null }, "fairy.mp4")).toBe("fairy.mp4");
  });
});

const VIDEO = {
  ...{ url: "", url_expires_at: null, key: "", bytes: 0, sha256: "", content_type: "" },
  ...{ width: null, height: null, duration_seconds: null, frame_rate: null },
};

describe("a local file", () => {
  it("becomes a data URI, while URLs stay as they are", async () => {
    await writeFile(join(folder, "clip.MP4"), "video");
    expect(await mediaUrl("--video-url", join(folder, "clip.MP4"))).toBe("data:video/mp4;base64,dmlkZW8=");
    for (const url of ["https://example.com/a.mp4", "data:video/mp4;base64,AAAA", "http://localhost/a"])
      expect(await mediaUrl("--video-url", url)).toBe(url);
  });

  it("is refused if it is absent, too large or of an unknown type", async () => {
    await mkdir(join(folder, "dir.mp4"));
    await writeFile(join(folder, "clip.avi"), "video");
    await writeFile(join(folder, "big.mp4"), Buffer.alloc(25 * 1024 * 1024));
    const refused = (name: string) => mediaUrl("--video-url", join(folder, name)).catch((error) => error.message);
    expect(await refused("absent.mp4")).toContain("neither a URL, such as https://…, nor a file");
    expect(await refused("dir.mp4")).toContain("nor a file");
    expect(await refused("clip.avi")).toContain("does not show its type");
    expect(await refused("big.mp4")).toContain("is too large (26.2 MB; files up to 25.2 MB can be sent)");
  });

  it("can have the fields of the request", async () => {
    await writeFile(join(folder, "request.json"), '{"prompt":"A fairy."}');
    const { signal } = new AbortController();
    expect(await readInput(join(folder, "request.json"), signal)).toEqual({ prompt: "A fairy." });
    await expect(readInput(join(folder, "absent.json"), signal)).rejects.toThrow("cannot be read (ENOENT)");
  });
});
