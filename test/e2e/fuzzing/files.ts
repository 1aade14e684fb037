// The file host of the fuzzed provider. It sends wrong answers first, then a video.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { madeUpVideo } from "../../support/scenario.ts";
import type { Dice } from "./dice.ts";
import type { FileWay, WrongFile } from "./plans.ts";
import type { Story } from "./provider.ts";

const REAL = readFileSync(join(import.meta.dirname, "../../../src/providers/sandbox.mp4"));

/** Size of the beginning of a file that states its type. */
const HEAD_BYTES = 64;

const MOVED = "?moved";
const ETAG = '"fuzzed"';

/** Size of a video that needs several parts. */
const MANY_PARTS_BYTES = 9 * 1024 ** 2;

export class Files {
  readonly hashes = new Set<string>();
  readonly #videos: Buffer[];

  constructor(dice: Dice) {
    this.#videos = [
      REAL,
      ...Array.from({ length: 12 }, () => damagedVideo(dice)),
      ...[12, 100, 40_000].map((bytes) => Buffer.from(madeUpVideo(bytes))),
      Buffer.from(madeUpVideo(MANY_PARTS_BYTES)),
    ];
    for (const video of this.#videos) this.hashes.add(createHash("sha256").update(video).digest("hex"));
  }

  /** @param story undefined for a link that only a damaged answer contained. */
  serve(request: IncomingMessage, response: ServerResponse, story: Story | undefined, isCalm: boolean): void {
    if (story === undefined) sendVideo(request, response, REAL, "plain");
    else if (request.headers.range !== undefined) sendRest(request, response, this.#videoOf(story));
    else if (request.url?.endsWith(MOVED)) sendVideo(request, response, this.#videoOf(story), "plain");
    else {
      const { isDead, wrongFiles, fileWay } = story.plan;
      const count = story.downloads++;
      const wrong = isDead ? "404" : isCalm ? undefined : wrongFiles[count];
      // Breaks off only once: a copy restarts small files, and resumes large ones.
      const way = fileWay === "resumable" && story.hasBrokenOff ? "plain" : fileWay;
      story.trail.push(`GET ${request.url} -> ${wrong ?? way}`);
      if (wrong !== undefined) sendWrong(response, wrong);
      else {
        story.hasBrokenOff ||= way === "resumable";
        sendVideo(request, response, this.#videoOf(story), way);
      }
    }
  }

  /** The long one is rare. */
  #videoOf({ plan: { number } }: Story): Buffer {
    const { length } = this.#videos;
    return this.#videos[number % 200 === 199 ? length - 1 : number % (length - 1)] ?? REAL;
  }
}

/** A real video with some wrong bytes. Its type can still be detected. */
function damagedVideo(dice: Dice): Buffer {
  const copy = Buffer.from(REAL.subarray(0, dice.odds(0.3) ? dice.int(1_000, REAL.length) : REAL.length));
  for (let times = dice.int(1, 200); times > 0; times--) copy[dice.int(HEAD_BYTES, copy.length - 1)] = dice.int(0, 255);
  return copy;
}

/** Sends a whole file in one of the ways that hosts use. */
function sendVideo(request: IncomingMessage, response: ServerResponse, video: Buffer, way: FileWay): void {
  const { length } = video;
  switch (way) {
    case "plain":
      response.writeHead(200, { "content-type": "video/mp4", "content-length": length }).end(video);
      return;
    case "chunked":
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.write(video.subarray(0, 10));
      response.end(video.subarray(10));
      return;
    case "moved":
      response.writeHead(302, { location: `${request.url}${MOVED}` }).end();
      return;
    case "partial":
      response
        .writeHead(206, { "content-range": `bytes 0-${length - 1}/${length}`, "content-length": length })
        .end(video);
      return;
    case "resumable":
      response.writeHead(200, { etag: ETAG, "accept-ranges": "bytes", "content-length": length });
      response.write(video.subarray(0, length - (length >> 5)), () => response.destroy());
  }
}

function sendRest(request: IncomingMessage, response: ServerResponse, video: Buffer): void {
  const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
  const range = `bytes ${from}-${video.length - 1}/${video.length}`;
  const rest = video.subarray(from);
  response.writeHead(206, { etag: ETAG, "content-range": range, "content-length": rest.length }).end(rest);
}

function sendWrong(response: ServerResponse, wrong: WrongFile): void {
  switch (wrong) {
    case "html":
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Preparing your video\u2026</html>");
      return;
    case "empty":
      response.writeHead(200, { "content-type": "video/mp4", "content-length": 0 }).end();
      return;
    case "cut":
      response.writeHead(200, { "content-type": "video/mp4", "content-length": REAL.length });
      response.write(REAL.subarray(0, REAL.length >> 1), () => response.destroy());
      return;
    case "reset":
      response.destroy();
      return;
    case "refused-redirect":
      response.writeHead(302, { location: "http://10.0.0.1/v.mp4" }).end();
      return;
    default:
      response.writeHead(Number(wrong), { "content-type": "text/plain" }).end("no");
  }
}
