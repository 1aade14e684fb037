// What becomes of the generations of the screenshots, named in their inputs as `scenario=NAME`.

import { type Answer, GENERATING, type Scenario } from "../support/scenario.ts";

/** The video of test mode, as seen from the folder of the world's files. */
const VIDEO = "../../../../src/providers/sandbox.mp4";

const failed = (message: string): Answer => ({
  body: { id: "{{id}}", status: "error", error: { name: "Error", message } },
});

const completed = (usd: string): Answer => ({
  body: {
    id: "{{id}}",
    status: "completed",
    video: { url: "{{file}}" },
    meta: { usage: { credits_used: Number(usd) * 2_000_000, usd_spent: usd } },
  },
});

export const ENDINGS: Readonly<Record<string, Scenario>> = {
  "": { poll: [GENERATING, GENERATING, completed("0.35")], file: [{ name: VIDEO }] },
  shown: {
    poll: [...Array.from({ length: 8 }, () => GENERATING), completed("0.35")],
    file: [{ name: VIDEO, dripMs: 150 }],
  },
  costly: { poll: [GENERATING, completed("1")], file: [{ name: VIDEO }] },
  moderated: { poll: [GENERATING, failed("The prompt was blocked by our content moderation.")] },
  broken: { poll: [GENERATING, failed("The input video could not be decoded.")] },
  overloaded: { poll: [GENERATING, GENERATING, failed("The job was lost on our side. Please try again.")] },
  refused: { submit: [{ status: 400, body: { message: "image_url: the image must be at least 300 pixels wide." } }] },
  endless: { poll: [GENERATING] },
  storing: { poll: [GENERATING, completed("0.35")], file: [{ bytes: 24_000_000, stallAfter: 16_800_000 }] },
};
