import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveVideo } from "../../../packages/reelhook/src/command/generate/download.ts";

const VIDEO = Buffer.from("a video of thirty-one bytes ...");

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelhook-download-"));
  file = join(folder, "fairy.mp4");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Answer {
  /** Where the connection is lost. */
  readonly cutAt?: number;
  readonly ignoresRange?: true;
  readonly isWrong?: true;
}

/** Answers as told; the last answer is repeated. */
function source(...answers: Answer[]) {
  const ranges: (string | undefined)[] = [];
  const read = async (range: string | undefined): Promise<Response> => {
    const { cutAt, ignoresRange, isWrong } = answers[Math.min(ranges.push(range), answers.length) - 1] ?? {};
    const from = ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const bytes = isWrong ? Buffer.from(VIDEO).fill("x") : VIDEO;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(from, cutAt)));
        if (cutAt === undefined) controller.close();
      },
      pull(controller) {
        controller.error(new TypeError("terminated"));
      },
    });
    const isPart = range !== undefined && !ignoresRange;
    const headers = isPart ? { "content-range": `bytes ${from}-${VIDEO.length - 1}/${VIDEO.length}` } : {};
    return new Response(body, { status: isPart ? 206 : 200, headers });
  };
  return { ranges, read };
}

function save(read: (range: string | undefined) => Promise<Response>, signal = new AbortController().signal) {
  const video = { bytes: VIDEO.length, sha256: createHash("sha256").update(VIDEO).digest("hex") };
  const progress: number[] = [];
  const done = saveVideo({ video, file, read, signal, onProgress: (bytes) => progress.push(bytes), waitMs: () => 0 });
  return { done, progress };
}

describe("saving a video", () => {
  it("replaces an existing file by the whole video", async () => {
    await writeFile(file, "old");
    const { done, progress } = save(source({}).read);
    await done;
    expect(await readFile(file)).toEqual(VIDEO);
    expect(await readdir(folder)).toEqual(["fairy.mp4"]);
    expect(progress).toEqual([VIDEO.length]);
  });

  it("continues where the connection was lost", async () => {
    const { ranges, read } = source({ cutAt: 10 }, { cutAt: 20 }, {});
    await save(read).done;
    expect(ranges).toEqual([undefined, "bytes=10-", "bytes=20-"]);
    expect(await readFile(file)).toEqual(VIDEO);
  });

  it("starts over if the range is ignored", async () => {
    await save(source({ cutAt: 10 }, { ignoresRange: true }).read).done;
    expect(await readFile(file)).toEqual(VIDEO);
  });

  it("starts over once if the bytes are not those of the stored video", async () => {
    const { ranges, read } = source({ isWrong: true }, {});
    await save(read).done;
    expect(ranges).toEqual([undefined, undefined]);
    expect(await readFile(file)).toEqual(VIDEO);
  });

  it.each([
    ["the bytes stay wrong", { isWrong: true as const }, "not those of the stored video", 2],
    ["the connection is lost at the same place each time", { cutAt: 0 }, "terminated", 4],
  ])("leaves an old file and nothing else if %s", async (_, answer, message, tries) => {
    await writeFile(file, "old");
    const { ranges, read } = source(answer);
    await expect(save(read).done).rejects.toThrow(message);
    expect(ranges.length).toBe(tries);
    expect(await readdir(folder)).toEqual(["fairy.mp4"]);
    expect(await readFile(file, "utf8")).toBe("old");
  });

  it("leaves nothing behind when it is stopped", async () => {
    const stop = new AbortController();
    const { done } = save(async (range) => {
      const response = await source({ cutAt: 10 }).read(range);
      stop.abort(new Error("stopped"));
      return response;
    }, stop.signal);
    await expect(done).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });

  it("gives up if the video has been deleted", async () => {
    const { done } = save(async () => {
      throw new Error("not_found");
    });
    await expect(done).rejects.toThrow("not_found");
    expect(await readdir(folder)).toEqual([]);
  });
});
