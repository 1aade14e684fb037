// The course of the command: check, create, wait, save.

import { ReelhookError } from "../../errors.ts";
import { arrivesUnchanged } from "../../idempotency-key.ts";
import { Reelhook } from "../../reelhook.ts";
import type { Generation, GenerationInput } from "../../types.ts";
import { readAccount } from "../deployment-account.ts";
import { apiKeyIn, badOption, deploymentUrl } from "../deployment-options.ts";
import { saveVideo } from "./download.ts";
import type { Course } from "./failures.ts";
import { givenOptions, type InputOptions, inputOf, modelIn } from "./input.ts";
import { mediaUrl, readInput } from "./local-files.ts";
import { checkOutput, fileFor } from "./output.ts";
import { CONNECTING, downloading, progressOf, SENDING } from "./progress.ts";
import type { Reporter } from "./reporter.ts";
import { startLines } from "./saved.ts";

export interface RunOptions extends InputOptions {
  readonly url: string;
  /** Default: the one in the environment. */
  readonly apiKey?: string;
  /** Id of a generation to wait for, instead of a new one. */
  readonly resume?: string;
  readonly out?: string;
  readonly idempotencyKey?: string;
}

export interface Run {
  readonly options: RunOptions;
  /** Kept up to date, so that the caller knows how far the command has come when this throws. */
  readonly course: Course;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** @returns the generation, which has ended, and the file with its video; null without one. */
export async function run(parts: Run): Promise<{ readonly generation: Generation; readonly file: string | null }> {
  const { options, course, reporter, signal } = parts;
  const baseUrl = deploymentUrl(options.url);
  course.url = baseUrl;
  const apiKey = apiKeyIn(options.apiKey, process.env);
  checkCombination(options);
  checkIds(options);
  await checkOutput(options.out);
  const reelhook = new Reelhook({ baseUrl, apiKey });
  const read = options.resume === undefined ? await readOptions(options, signal) : null;
  reporter.show(CONNECTING);
  await readAccount(new Reelhook({ baseUrl, apiKey, maxRetries: 1 }), baseUrl, signal);
  if (options.resume !== undefined) course.generation = await reelhook.generations.get(options.resume, { signal });
  else if (read !== null) course.generation = await create(reelhook, await read(reelhook), parts);
  return finish(reelhook, parts);
}

/** @throws CommandError if options contradict each other. */
function checkCombination(options: RunOptions): void {
  const given = givenOptions(options);
  if (options.resume === undefined && given.length === 0)
    throw badOption("Nothing to generate: give a --prompt or other input, or --resume with the id of a generation.");
  const unwanted = [...given, ...(options.idempotencyKey === undefined ? [] : ["--idempotency-key"])];
  if (options.resume !== undefined && unwanted.length > 0)
    throw badOption(`--resume takes a generation that exists, so it cannot be used with ${unwanted.join(", ")}.`);
}

/** @throws CommandError for what the client would refuse. It may be empty because a variable of a script is not set. */
function checkIds({ resume, idempotencyKey }: RunOptions): void {
  if (resume !== undefined && !/^\w+$/.test(resume))
    throw badOption(`--resume takes the id of a generation, such as gen_v8tx5ny4r7b8fngyvrxa8prp4x, not "${resume}".`);
  if (idempotencyKey !== undefined && !(arrivesUnchanged(idempotencyKey) && /^.{1,255}$/.test(idempotencyKey)))
    throw badOption("--idempotency-key takes 1 to 255 characters of printable ASCII, without spaces at its ends.");
}

/** Reads the files that options name. @returns a function that makes the request, for which it may ask for the schema. */
async function readOptions(options: RunOptions, signal: AbortSignal) {
  const base = options.input === undefined ? {} : await readInput(options.input, signal);
  const { videoUrl, imageUrl } = options;
  const media = {
    ...(videoUrl === undefined ? {} : { videoUrl: await mediaUrl("--video-url", videoUrl) }),
    ...(imageUrl === undefined ? {} : { imageUrl: await mediaUrl("--image-url", imageUrl) }),
  };
  const given = { ...options, ...media };
  // Refuses what is wrong whatever the schema is, before anything is sent.
  const input = inputOf(given, base, null);
  return async (reelhook: Reelhook): Promise<GenerationInput> => {
    if (given.field === undefined) return input;
    return inputOf(given, base, await schemaOfModel(reelhook, modelIn(given, base), signal));
  };
}

/** Null if the model is not known: the API then says which ones are. */
async function schemaOfModel(reelhook: Reelhook, model: string, signal: AbortSignal): Promise<unknown> {
  try {
    return (await reelhook.models.get(model, { signal })).input_schema;
  } catch (error) {
    if (error instanceof ReelhookError && error.code === "not_found") return null;
    throw error;
  }
}

function create(reelhook: Reelhook, input: GenerationInput, { course, reporter, signal }: Run): Promise<Generation> {
  reporter.show(SENDING);
  course.isSent = true;
  return reelhook.generations.create(input, { idempotencyKey: course.idempotencyKey, signal });
}

async function finish(reelhook: Reelhook, { options, course, reporter, signal }: Run) {
  const { generation: first } = course;
  if (first === null) throw new Error("no generation was created");
  const { id } = first;
  for (const line of startLines(first)) reporter.note(line);
  let isLost = false;
  const generation = await reelhook.generations.wait(id, {
    signal,
    onUpdate(latest, event) {
      course.generation = latest;
      isLost = false;
      const remaining = event?.type === "generation.queue" ? event.data["remaining_seconds"] : null;
      const progress = progressOf(latest, typeof remaining === "number" ? remaining : null);
      if (progress !== null) reporter.show(progress);
    },
    onLost() {
      if (!isLost) reporter.note("The connection was lost. The generation continues; connecting again …");
      isLost = true;
    },
  });
  course.generation = generation;
  const { video } = generation;
  if (generation.status !== "completed") return { generation, file: null };
  if (video === null) throw new Error("the deployment does not have it");
  const file = fileFor(generation, options.out);
  const onProgress = (bytes: number) => reporter.show(downloading(bytes, video.bytes));
  onProgress(0);
  await saveVideo({
    video,
    file,
    onProgress,
    signal,
    read: (range, either) => reelhook.generations.video(id, { range, signal: either }),
  });
  return { generation, file };
}
