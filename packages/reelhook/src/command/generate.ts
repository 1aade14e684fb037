// `reelhook generate`: one generation, from the options to the saved video.

import { resolve } from "node:path";
import { COMMAND } from "./command-name.ts";
import { EXIT } from "./exit-codes.ts";
import {
  type Course,
  type Failure,
  failureJson,
  failureLines,
  failureOf,
  failureOfGeneration,
} from "./generate/failures.ts";
import { reporterFor } from "./generate/reporter.ts";
import { type RunOptions, run } from "./generate/run.ts";
import { savedLines } from "./generate/saved.ts";
import { watchSignals } from "./signals.ts";

export interface GenerateOptions extends RunOptions {
  readonly json?: true;
}

/** Printed after the options. */
export const GENERATE_HELP = `
The video appears under its name only when it is complete and its SHA-256 is
right. An existing file is replaced then. Ctrl-C stops the command, but not the
generation: --resume waits for it again and saves its video.

Exit codes:
  0    the video is saved
  1    the generation has failed or was canceled
  2    bad options, or input that was refused
  3    the deployment does not answer, refuses the API key, fails, or accepts
       no generation now: no credits, or a budget or limit is reached
  4    the generation has completed, but its video could not be saved
  130  stopped with Ctrl-C

Examples:
  $ ${COMMAND} generate --prompt "A fairy in the forest." \\
      --video-url https://example.com/forest.mp4 --out fairy.mp4
  $ ${COMMAND} generate --model runway/gen4_turbo --image-url ./fairy.png \\
      --field duration=10 --field aspect_ratio=9:16
  $ ${COMMAND} generate --input request.json --json | jq -r .file
  $ ${COMMAND} generate --resume gen_v8tx5ny4r7b8fngyvrxa8prp4x`;

/** @returns the exit code. */
export async function generate(options: GenerateOptions): Promise<number> {
  const { stdout, stderr } = process;
  // The video is saved even if nobody reads the output anymore.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  const { interrupted, close } = watchSignals();
  const reporter = reporterFor(stderr, options.json === true);
  const { url, out, idempotencyKey = crypto.randomUUID() } = options;
  const course: Course = { url, out, idempotencyKey, isSent: false, generation: null };
  const print = (stream: NodeJS.WriteStream, lines: readonly string[]) => {
    reporter.end();
    stream.write(lines.map((line) => `${line}\n`).join(""));
  };
  const fail = (failure: Failure, result: object = failureJson(failure)): number => {
    if (options.json) print(stdout, [JSON.stringify(result)]);
    else print(stderr, failureLines(failure));
    return failure.exitCode;
  };
  try {
    const { generation, file } = await run({ options, course, reporter, signal: interrupted });
    if (file === null) return fail(failureOfGeneration(generation), { ...generation, file });
    const result = { ...generation, file: resolve(file) };
    print(stdout, options.json ? [JSON.stringify(result)] : savedLines(generation, file));
    return EXIT.ok;
  } catch (error) {
    // A stream that was aborted throws an error of its own.
    return fail(failureOf(interrupted.aborted ? interrupted.reason : error, course));
  } finally {
    reporter.end();
    close();
  }
}
