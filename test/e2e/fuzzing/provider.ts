// Simulates a provider with generated answers, the host of its videos, and the webhook receivers. Records all requests
// and answers for the judge.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Dice } from "./dice.ts";
import { Files } from "./files.ts";
import { FILE_HOST, type FuzzedAnswer, type MangleOptions, mangled, valid } from "./mangled-answers.ts";
import type { Plan } from "./plans.ts";
import {
  doneAnswer,
  failedAnswer,
  httpError,
  type Json,
  type LogRow,
  logAnswer,
  runningAnswer,
  submittedAnswer,
} from "./valid-answers.ts";

/** A job ends after this time at the latest, so that a busy machine does not make it time out. */
const LONGEST_JOB_MS = 1_000;

/** Maximum delay before a row appears in the log. */
const LOG_DELAY_MS = 2_000;

/** Log requests do not identify a submission, only the time of one. */
const LOG_SPREAD_MS = 3_000;

/** Matches answers that can be read as the failure of a job. */
const ERROR = /"(error|detail)":[^n]|"error"[,}\]]|message|fail|reject|expire|cancel|timeout/i;

export interface SentSubmission {
  readonly requestId: string;
  readonly at: number;
  /** What the Worker can know. A submission may be sent again only if `refused`. */
  readonly verdict: "accepted" | "unclear" | "refused";
  /** Whether a job was created, and will be paid. */
  readonly isPaid: boolean;
  /** Whether its row in the log is shown, and when. */
  readonly logged: LogRow | null;
  readonly loggedAt: number;
  /** Whether the log has reported that it failed. */
  toldFailed: boolean;
}

/** Everything that happened to one generation. */
export class Story {
  readonly plan: Plan;
  readonly submissions: SentSubmission[] = [];
  /** Bodies of the webhooks received. */
  readonly callbacks: Buffer[] = [];
  /** Requests and their answers, for messages. */
  readonly trail: string[] = [];
  polls = 0;
  /** Whether any answer to a poll can be read as the failure of the job. */
  hasSaidError = false;
  downloads = 0;
  /** Whether a resumable download has broken off. */
  hasBrokenOff = false;
  acceptedAt = 0;

  constructor(plan: Plan) {
    this.plan = plan;
  }
}

export interface ProviderOptions extends Omit<MangleOptions, "fileHost" | "ownOrigin"> {
  readonly seed: number;
}

export class FuzzedProvider {
  /** Number of answered submissions, polls and log requests. */
  answers = 0;
  mangledAnswers = 0;
  /** Forbidden calls: to another host with the provider's key, or a submission after the end. */
  readonly strayCalls: string[] = [];
  /** This service's own origin, for links that point back at it. */
  ownOrigin = "";
  /** If true, every answer is valid, so that running generations end soon. */
  isCalm = false;
  /** Called with the body of each webhook. */
  onCallback: (story: Story, body: Buffer) => void = () => {};
  readonly #options: ProviderOptions;
  readonly #dice: Dice;
  readonly #files: Files;
  readonly #stories = new Map<number, Story>();
  readonly #jobs = new Map<string, Story>();
  readonly #unclear: SentSubmission[] = [];
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((cause) => response.destroy(cause));
  });
  #url = "";

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    this.#files = new Files(this.#dice);
  }

  get url(): string {
    return this.#url;
  }

  /** SHA-256 of every video that is served. */
  get videoHashes(): ReadonlySet<string> {
    return this.#files.hashes;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  begin(plan: Plan): Story {
    const story = new Story(plan);
    this.#stories.set(plan.number, story);
    return story;
  }

  /** Removes a story after it was judged. */
  end({ plan }: Story): void {
    this.#stories.delete(plan.number);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const url = new URL(request.url ?? "/", this.#url);
    const [, first, number] = url.pathname.split("/");
    if (first === "hooks") {
      response.writeHead(204).end();
      const story = this.#stories.get(Number(number));
      story?.callbacks.push(body);
      if (story !== undefined) this.onCallback(story, body);
      return;
    }
    if (first !== "v2") {
      if (request.headers.authorization !== undefined) this.strayCalls.push(`${request.method} ${url.pathname}`);
      const story = this.#stories.get(Number(number));
      return this.#files.serve(request, response, story, this.isCalm);
    }
    const call = `${request.method} ${url.pathname}${url.search}`;
    if (request.method === "POST") return this.#submit(request, response, body);
    if (url.pathname === "/v2/logs") {
      const asked = Date.parse(url.searchParams.get("start") ?? "") + 120_000;
      return this.#send(response, null, call, this.#log(asked));
    }
    const story = this.#jobs.get(url.searchParams.get("generation_id") ?? "");
    const answer = this.#poll(story);
    if (story !== undefined && saysError(answer)) story.hasSaidError = true;
    return this.#send(response, story ?? null, call, answer);
  }

  async #submit(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { prompt = "" } = JSON.parse(body.toString()) as { readonly prompt?: string };
    const story = this.#stories.get(Number(/\d+/.exec(prompt)?.[0]));
    if (story === undefined) {
      this.strayCalls.push(`a submission of no generation, or after its end: ${prompt}`);
      response.destroy();
      return;
    }
    const { dice, jobId, mess } = story.plan;
    const isMangled = !this.isCalm && dice.odds(mess);
    const answer = isMangled
      ? mangled(dice, submittedAnswer(dice, jobId), 201, this.#mangling())
      : valid(201, submittedAnswer(dice, jobId), this.#url);
    this.mangledAnswers += isMangled ? 1 : 0;
    const verdict = verdictOn(answer);
    const isPaid = verdict === "accepted" || (verdict === "unclear" && dice.odds(0.5));
    const requestId = String(request.headers["x-client-request-id"]);
    const row = { client_request_id: requestId, inference_id: jobId, status: isPaid ? "succeeded" : "failed" } as const;
    const now = Date.now();
    const sent: SentSubmission = {
      requestId,
      at: now,
      verdict,
      isPaid,
      logged: dice.odds(0.8) ? row : null,
      loggedAt: now + dice.int(0, LOG_DELAY_MS),
      toldFailed: false,
    };
    story.submissions.push(sent);
    if (isMangled) this.#unclear.push(sent);
    if (isPaid) {
      story.acceptedAt = now;
      this.#jobs.set(String(jobId), story);
    }
    return this.#send(response, story, `POST (${verdict})`, answer);
  }

  #poll(story: Story | undefined): FuzzedAnswer {
    if (story === undefined) {
      // The id comes from a mangled answer, so the poll belongs to an unknown generation.
      const missing = httpError(this.#dice, 404, "Not found");
      const answer = mangled(this.#dice, missing, 404, this.#mangling());
      return this.#dice.odds(0.7) || saysError(answer) ? valid(404, missing, this.#url) : answer;
    }
    const { dice, mess } = story.plan;
    const answer = this.#jobAnswer(story);
    story.polls++;
    // A download has failed, so this poll is for a fresh link, which the Worker would wait for up to a day.
    const isRefresh = story.downloads > 0;
    const odds = this.isCalm || (isRefresh && !this.#options.mayBeHeavy) ? 0 : isRefresh ? Math.min(mess, 0.2) : mess;
    if (!dice.odds(odds)) return valid(200, answer, this.#url);
    this.mangledAnswers++;
    const mangling = this.#mangling();
    return mangled(dice, answer, 200, isRefresh ? { ...mangling, longestWaitSeconds: 5 } : mangling);
  }

  #jobAnswer({ plan, polls, downloads, acceptedAt }: Story): Json {
    const { dice, jobId, runningPolls, end, reason } = plan;
    const isOver = polls >= runningPolls || Date.now() - acceptedAt > LONGEST_JOB_MS;
    if (end === "never" || !isOver) return runningAnswer(dice, jobId, polls);
    if (end === "failed") return failedAnswer(dice, jobId, reason);
    return doneAnswer(dice, jobId, `${FILE_HOST}/files/${plan.number}/${downloads}.mp4`);
  }

  #log(sentAt: number): FuzzedAnswer {
    const dice = this.#dice;
    const now = Date.now();
    const here = this.#unclear.filter(({ at }) => Math.abs(at - sentAt) < LOG_SPREAD_MS);
    const visible = here.filter(({ logged, loggedAt }) => logged !== null && loggedAt <= now);
    for (const each of visible) if (each.logged?.status === "failed") each.toldFailed = true;
    const rows = visible.flatMap(({ logged }) => (logged === null ? [] : [logged]));
    const answer = logAnswer(dice, rows, dice.odds(0.05));
    if (this.isCalm || dice.odds(0.7)) return valid(200, answer, this.#url);
    this.mangledAnswers++;
    return mangled(dice, answer, 200, this.#mangling());
  }

  #mangling(): MangleOptions {
    return { ...this.#options, fileHost: this.#url, ownOrigin: this.ownOrigin };
  }

  async #send(response: ServerResponse, story: Story | null, call: string, answer: FuzzedAnswer): Promise<void> {
    this.answers++;
    const { status, headers, body, plain, sending } = answer;
    story?.trail.push(
      `${call} -> ${status} ${sending} ${JSON.stringify(headers).slice(0, 200)} ${plain.subarray(0, 300)}`,
    );
    switch (sending) {
      case "reset":
        response.destroy();
        return;
      case "hang":
        return;
      case "raw":
        response.socket?.end(body);
        return;
      case "cut":
        response.writeHead(status, { ...headers, "content-length": body.length + 10 });
        response.write(body.subarray(0, body.length >> 1), () => response.destroy());
        return;
      case "slow":
        response.writeHead(status, headers);
        response.write(body.subarray(0, 1));
        await pause(300);
        response.end(body.subarray(1));
        return;
      case "chunked":
        response.writeHead(status, headers).end(body);
        return;
      case "whole":
        response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
    }
  }
}

/** Bytes that include the status line of a raw answer, even after an interim answer. */
const HEADS_BYTES = 40;

function saysError({ status, plain }: FuzzedAnswer): boolean {
  return status < 300 && ERROR.test(String(plain));
}

/** What the Worker can know from this answer to a submission. */
function verdictOn({ status, sending, body }: FuzzedAnswer): SentSubmission["verdict"] {
  if (sending === "reset" || sending === "hang") return "unclear";
  if (sending === "raw" && !body.toString("latin1", 0, HEADS_BYTES).includes(` ${status}`)) return "unclear";
  if (status >= 200 && status < 300) return "accepted";
  if (status === 429 || status === 503) return "refused";
  return status >= 300 && status < 500 && status !== 408 ? "refused" : "unclear";
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
