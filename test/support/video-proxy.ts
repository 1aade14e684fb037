// A proxy before the Worker that disturbs the transfer of videos.

import { request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { Transform } from "node:stream";

/** Gets the Worker's answer to a request for a video, whose head has been passed on. @param range the requested range. */
export type OnVideo = (answer: IncomingMessage, response: ServerResponse, range: string | undefined) => void;

/** Passes on everything but the bodies of videos. */
export function throughProxy(target: string, onVideo: OnVideo): RequestListener {
  return (request, response) => {
    const { url = "/", method, headers } = request;
    const onAnswer = (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (url.endsWith("/video")) onVideo(answer, response, headers.range);
      else answer.pipe(response);
    };
    const upstream = httpRequest(target + url, { method, headers }, onAnswer).on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  };
}

/** Passes on this many bytes only. */
export function passOn(bytes: number, answer: IncomingMessage, response: ServerResponse, then: () => void): void {
  let left = bytes;
  answer.on("data", (chunk: Buffer) => {
    if (left > 0) response.write(chunk.subarray(0, left), () => left <= 0 && then());
    left -= chunk.length;
  });
}

/** Holds the bytes back for half a second after the first. */
export function pausedOnce(): Transform {
  let chunks = 0;
  return new Transform({
    transform(chunk, _encoding, done) {
      setTimeout(() => done(null, chunk), ++chunks === 2 ? 500 : 0);
    },
  });
}
