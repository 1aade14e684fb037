import { describe, expect, it } from "vitest";
import { BUILT_IN_MODELS } from "../../src/catalogue/built-in.ts";
import { parseCreateRequest } from "../../src/http/create-request.ts";
import { prepareInput } from "../../src/http/prepared-input.ts";
import { modelWith, parseRequest, URLS } from "../support/models.ts";

const parse = (body: unknown) => parseRequest(body);
const parseLeniently = (body: unknown) => parseRequest(body, "lenient");
const good = { prompt: "p", video_url: "https://example.com/v.mp4" };
const hook = "https://hooks.example.com/";

function pointersOf(body: unknown): string[] {
  const parsed = parse(body);
  return parsed.valid ? [] : parsed.errors.map(({ pointer }) => pointer);
}

const ALEPH = "runway/gen4_aleph";
const image = "https://example.com/i.png";
const dataImage = "data:image/png;base64,AAAA";
/** zod compares its length with a number, which throws. */
const POSER = { length: { toString: 1 } };
const dataVideo = "data:video/mp4;base64,AAAA";
const character = { type: "image", url: image };
const reference = { type: "video", url: "https://example.com/v.mp4" };

describe("a request", () => {
  it("is the model's own fields, and ours apart from them", () => {
    expect(parse({ ...good, seed: 0, webhooks: [{ url: hook }], metadata: { a: "b" } })).toEqual({
      valid: true,
      value: {
        model: BUILT_IN_MODELS[0],
        input: { ...good, seed: 0 },
        prepared: prepareInput({ ...good, seed: 0 }),
        metadata: { a: "b" },
        retentionDays: null,
        webhooks: [{ url: hook, events: ["generation.completed", "generation.failed", "generation.canceled"] }],
      },
    });
  });

  it("may name one webhook in short", () => {
    const parsed = parse({ ...good, webhook_url: hook });
    expect(parsed.valid && parsed.value.webhooks.map(({ url }) => url)).toEqual([hook]);
  });

  it.each<[string, object]>([
    ["the least", good],
    [
      "everything",
      { ...good, model: ALEPH, references: [character], frame_size: "960:960", duration: 5, seed: 4294967295 },
    ],
    ["a data URI", { ...good, video_url: dataVideo }],
    ["a prompt of 1000 characters", { ...good, prompt: "p".repeat(1000) }],
    ["20 webhooks", { ...good, webhooks: Array.from({ length: 20 }, (_, at) => ({ url: `${hook}${at}` })) }],
    [
      "16 pairs of metadata",
      { ...good, metadata: Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${at}`, "v"])) },
    ],
    ["gen4_turbo", { model: "runway/gen4_turbo", image_url: image, aspect_ratio: "21:9", duration: 10 }],
    ["gen3a_turbo and an empty prompt", { model: "gen3a_turbo", image_url: image, prompt: "" }],
    ["gen3a_turbo", { model: "gen3a_turbo", image_url: dataImage, tail_image_url: image, aspect_ratio: "9:16" }],
    ["act_two", { model: "runway/act_two", character, reference, body_control: true, expression_intensity: 5 }],
    ["act_two with a video", { model: "runway/act_two", character: { type: "video", url: dataVideo }, reference }],
    ["an extra model", { model: "vendor/new", whatever: [1, { two: 3 }] }],
  ])("with %s is accepted", (_, body) => {
    expect(parse(body)).toMatchObject({ valid: true });
  });

  it.each<[string, unknown, string[]]>([
    ["nothing", {}, ["/prompt", "/video_url"]],
    ["no object", [good], [""]],
    ["null", null, [""]],
    ["an unknown field", { ...good, webook_url: hook, x: 1 }, ["/webook_url", "/x"]],
    ["a webhook nested in the input", { ...good, input: { webhook_url: hook } }, ["/input"]],
    [
      "wrong types",
      { prompt: 1, video_url: [], seed: "1", references: {} },
      ["/prompt", "/video_url", "/references", "/seed"],
    ],
    ["an object that poses as text", { ...good, prompt: POSER }, ["/prompt"]],
    ["an object that poses as a list", { ...good, webhooks: POSER }, ["/webhooks"]],
    ["events that pose as a list", { ...good, webhooks: [{ url: hook, events: POSER }] }, ["/webhooks/0/events"]],
    ["a metadata value that poses as text", { ...good, metadata: { a: POSER } }, ["/metadata/a"]],
    ["an empty prompt", { ...good, prompt: "" }, ["/prompt"]],
    ["a prompt of 1001 characters", { ...good, prompt: "p".repeat(1001) }, ["/prompt"]],
    ["a duration that the model lacks", { ...good, duration: 10 }, ["/duration"]],
    ["a frame size that the model lacks", { ...good, frame_size: "1:1" }, ["/frame_size"]],
    ["a field of another model", { ...good, aspect_ratio: "16:9" }, ["/aspect_ratio"]],
    ["a negative seed", { ...good, seed: -1 }, ["/seed"]],
    ["a seed beyond its range", { ...good, seed: 4294967296 }, ["/seed"]],
    ["a seed with a fraction", { ...good, seed: 0.5 }, ["/seed"]],
    ["a video over HTTP", { ...good, video_url: "http://example.com/v.mp4" }, ["/video_url"]],
    ["a video on this machine", { ...good, video_url: "http://127.0.0.1:22/v.mp4" }, ["/video_url"]],
    ["a video URL with a line break", { ...good, video_url: "https://example.com/\nv" }, ["/video_url"]],
    ["a data URI that is none", { ...good, video_url: `data:video/${"A".repeat(200)},x` }, ["/video_url"]],
    [
      "too much of it",
      { ...good, references: Array(400).fill({ type: "image", url: `${image}?${"q".repeat(8000)}` }) },
      [""],
    ],
    ["an image for a video", { ...good, video_url: dataImage }, ["/video_url"]],
    [
      "a bad reference",
      { ...good, references: [character, { type: "video", url: image, z: 1 }] },
      ["/references/1/type", "/references/1/z"],
    ],
    ["an unknown model", { ...good, model: "runway/gen9", metadata: 1 }, ["/model", "/metadata"]],
    ["a model that is no text", { ...good, model: 4 }, ["/model"]],
    ["no image", { model: "runway/gen4_turbo", prompt: "p" }, ["/image_url"]],
    ["act_two with a prompt", { model: "runway/act_two", character, reference, prompt: "p" }, ["/prompt"]],
    [
      "act_two with mixed media",
      { model: "runway/act_two", character: { type: "image", url: dataVideo }, reference },
      ["/character/url"],
    ],
    ["a webhook over HTTP", { ...good, webhook_url: "http://example.com/" }, ["/webhook_url"]],
    ["a private webhook", { ...good, webhooks: [{ url: hook }, { url: "https://10.0.0.1/" }] }, ["/webhooks/1/url"]],
    ["this Worker as its webhook", { ...good, webhook_url: "https://reelhook.example.org/x" }, ["/webhook_url"]],
    ["an unknown event", { ...good, webhooks: [{ url: hook, events: ["generation.done"] }] }, ["/webhooks/0/events/0"]],
    ["no events", { ...good, webhooks: [{ url: hook, events: [] }] }, ["/webhooks/0/events"]],
    ["an unknown webhook field", { ...good, webhooks: [{ url: hook, secret: "x" }] }, ["/webhooks/0/secret"]],
    ["a webhook twice", { ...good, webhooks: [{ url: hook }, { url: hook }] }, ["/webhooks/1/url"]],
    [
      "a webhook in two spellings",
      { ...good, webhooks: [{ url: hook }, { url: "https://HOOKS.example.com:443" }] },
      ["/webhooks/1/url"],
    ],
    [
      "webhooks that differ in their fragment",
      { ...good, webhooks: [{ url: `${hook}x#one` }, { url: `${hook}x#two` }] },
      ["/webhooks/1/url"],
    ],
    [
      "21 webhooks",
      { ...good, webhooks: Array.from({ length: 21 }, (_, at) => ({ url: `${hook}${at}` })) },
      ["/webhooks"],
    ],
    ["both forms of webhook", { ...good, webhook_url: hook, webhooks: [{ url: `${hook}2` }] }, ["/webhook_url"]],
    [
      "both forms of webhook, and more",
      { ...good, webhook_url: hook, webhooks: [], seed: -1 },
      ["/webhook_url", "/seed"],
    ],
    [
      "too much of it, and a wrong field",
      { ...good, seed: -1, references: Array(40).fill({ type: "image", url: `${image}?${"q".repeat(8000)}` }) },
      ["", "/seed"],
    ],
    [
      "an unknown model, and both forms of webhook",
      { model: "x", webhook_url: hook, webhooks: [] },
      ["/model", "/webhook_url"],
    ],
    ["a name that JavaScript has taken", JSON.parse('{"__proto__": "x"}'), ["/__proto__", "/prompt", "/video_url"]],
    [
      "metadata of such a name",
      { ...good, metadata: JSON.parse('{"__proto__": "x", "a": "b"}') },
      ["/metadata/__proto__"],
    ],
    [
      "such a name in an extra model",
      { model: "vendor/new", x: [JSON.parse('{"__proto__": {"__proto__": 1}}')] },
      ["/x/0/__proto__"],
    ],
    ["metadata that is no text", { ...good, metadata: { a: 1 } }, ["/metadata/a"]],
    ["a metadata value of 501 characters", { ...good, metadata: { a: "v".repeat(501) } }, ["/metadata/a"]],
    [
      "a metadata key of 41 characters",
      { ...good, metadata: { [`${"k".repeat(39)}/~`]: "v" } },
      [`/metadata/${"k".repeat(39)}~1~0`],
    ],
    [
      "17 pairs of metadata",
      { ...good, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, "v"])) },
      ["/metadata"],
    ],
  ])("with %s is refused, naming each field", (_, body, pointers) => {
    expect(pointersOf(body).sort()).toEqual([...pointers].sort());
  });
});

describe("fault 63: on the drop-in paths, a request", () => {
  const unknown = {
    ratio: "16:9",
    last_image_url: image,
    n: 1,
    response_format: "url",
    extra: { deep: [null, 1.5, ""] },
  };

  it.each<[string, Record<string, unknown>]>([
    [ALEPH, good],
    ["runway/gen4_turbo", { model: "runway/gen4_turbo", image_url: image }],
    ["gen3a_turbo and an empty prompt", { model: "gen3a_turbo", image_url: image, prompt: "" }],
    ["gen3a_turbo", { model: "gen3a_turbo", image_url: image, aspect_ratio: "9:16" }],
    ["runway/act_two", { model: "runway/act_two", character, reference }],
  ])("for %s may have fields that are not in the model's schema, which are passed on", (_, known) => {
    const parsed = parseLeniently({ ...known, ...unknown });
    const input: Record<string, unknown> = { ...known, ...unknown };
    delete input["model"];
    expect(parsed.valid && [parsed.value.input, parsed.value.prepared.shortened]).toEqual([input, input]);
  });

  it("may have unknown fields inside known ones", () => {
    const files = { character: { ...character, weight: 1 }, reference: { ...reference, trim: [0, 5] } };
    const performed = parseLeniently({ model: "runway/act_two", ...files });
    expect(performed.valid && performed.value.input).toEqual(files);
    const references = [{ ...character, tag: "x", constructor: 1, "": {} }];
    const edited = parseLeniently({ ...good, references });
    expect(edited.valid && edited.value.input).toEqual({ ...good, references });
  });

  it("has another fingerprint if an unknown field differs", () => {
    const canonical = (body: object) => {
      const parsed = parseLeniently(body);
      return parsed.valid && parsed.value.prepared.canonical.join("");
    };
    expect(canonical({ ratio: "16:9", ...good })).toBe(canonical({ ...good, ratio: "16:9" }));
    expect(canonical({ ...good, ratio: "9:16" })).not.toBe(canonical({ ...good, ratio: "16:9" }));
    expect(parseLeniently(good)).toEqual(parse(good));
  });

  it.each<[string, unknown, string[]]>([
    ["nothing that is required", { n: 1 }, ["/prompt", "/video_url"]],
    ["no image", { model: "gen3a_turbo", prompt: "p", ratio: "16:9" }, ["/image_url"]],
    ["half a reference", { model: "runway/act_two", character, reference: { url: image } }, ["/reference/type"]],
    ["a wrong known field", { ...good, duration: 7, n: 1 }, ["/duration"]],
    ["a known field of the wrong type", { ...good, seed: "1", frame_size: 1 }, ["/frame_size", "/seed"]],
    [
      "a wrong field inside a known one",
      { ...good, references: [{ type: "video", url: image, z: 1 }] },
      ["/references/0/type"],
    ],
    ["an unknown field in a webhook", { ...good, webhooks: [{ url: hook, secret: "x" }] }, ["/webhooks/0/secret"]],
    ["wrong fields of ours", { ...good, metadata: { a: 1 }, retention_days: -1 }, ["/metadata/a", "/retention_days"]],
    ["too much of it", { ...good, unknown: "x".repeat(300_000) }, [""]],
    [
      "a name that JavaScript has taken",
      JSON.parse('{"prompt":"p","video_url":"https://a.example.com/v","x":{"__proto__":1}}'),
      ["/x/__proto__"],
    ],
    ["a lone surrogate in an unknown field", { ...good, x: [{ y: "\ud83d" }] }, ["/x/0/y"]],
    ["an infinite number", JSON.parse('{"prompt":"p","video_url":"https://a.example.com/v","x":1e999}'), ["/x"]],
  ])("with %s is refused", (_, body, pointers) => {
    const parsed = parseLeniently(body);
    expect(parsed.valid ? [] : parsed.errors.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  });
});

describe("fault 69: a lone surrogate in any field of a request is refused", () => {
  const half = "\ud83d";

  it.each<[string, object, string]>([
    ["the prompt", { prompt: `p${half}` }, "/prompt"],
    ["the other half", { prompt: "\ude00p" }, "/prompt"],
    ["both in the wrong order", { prompt: "\ude00\ud83d" }, "/prompt"],
    ["a URL", { video_url: `https://example.com/${half}` }, "/video_url"],
    ["a data URI", { video_url: `data:video/mp4,${half}` }, "/video_url"],
    ["metadata", { metadata: { a: half } }, "/metadata/a"],
    ["a metadata key", { metadata: { [half]: "v" } }, "/metadata/\ufffd"],
    ["a webhook URL", { webhook_url: `${hook}${half}` }, "/webhook_url"],
    ["a webhook URL in a list", { webhooks: [{ url: `${hook}${half}` }] }, "/webhooks/0/url"],
    ["a field's name", { [`x${half}`]: 1 }, "/x\ufffd"],
  ])("%s", (_, more, pointer) => {
    for (const parsed of [parse({ ...good, ...more }), parseLeniently({ ...good, ...more })]) {
      const errors = parsed.valid ? [] : parsed.errors;
      expect(errors).toEqual([{ pointer, message: expect.stringContaining("contains a lone surrogate") }]);
    }
  });

  it("surrogate pairs are accepted", () => {
    expect(parse({ ...good, prompt: "😀 日本 é", metadata: { "🗝": "😀" } })).toMatchObject({ valid: true });
  });
});

describe("the message of an error", () => {
  const messageOf = (body: unknown) => {
    const parsed = parse(body);
    return parsed.valid ? null : parsed.errors[0]?.message;
  };

  it.each([
    [{ video_url: good.video_url }, "is required"],
    [{ ...good, prompt: 1 }, "must be of type string"],
    [{ ...good, seed: -1 }, "must be at least 0"],
    [{ ...good, frame_size: "1:1" }, expect.stringMatching(/^must be one of 1280:720, /)],
    [{ ...good, metadata: { ["k".repeat(41)]: "v" } }, "its name must have at most 40 characters"],
    [{ model: "runway/act_two", character: { type: "x" }, reference }, "must be one of image, video"],
    [{ ...good, webhooks: [{ url: hook }, { url: hook }] }, "repeats /webhooks/0/url"],
    [{ ...good, webhook_url: hook, webhooks: [] }, "must not be combined with webhooks"],
    [
      { ...good, aspect: 1 },
      "is not a known field; use prompt, video_url, references, frame_size, duration, seed, model, webhooks, webhook_url, retention_days, metadata",
    ],
    [{ ...good, webook_url: hook }, "is not a known field; did you mean webhook_url?"],
    [{ ...good, references: [{ ...character, uri: "x" }] }, "is not a known field; did you mean url?"],
    [
      { ...good, model: "gen4" },
      "is not a known model; did you mean runway/gen4_aleph, runway/gen4_turbo or gen3a_turbo? GET /v1/models lists all models",
    ],
  ])("%j: %s", (body, message) => {
    expect(messageOf(body)).toEqual(message);
  });
});

it("the error for an unknown model says why the catalogue could not be read", () => {
  const messageFor = (nearest: readonly string[]) => {
    const found = { kind: "unknown", nearest, problem: "it answered with 503" } as const;
    const parsed = parseCreateRequest({ ...good, model: "x" }, { urls: URLS, found, handling: "strict" });
    return parsed.valid ? [] : parsed.errors;
  };
  const message = "is not a known model, and the provider's catalogue could not be read (it answered with 503)";
  const list = "GET /v1/models lists all models";
  expect(messageFor(["a"])).toEqual([{ pointer: "/model", message: `${message}; did you mean a? ${list}` }]);
  expect(messageFor([])).toEqual([{ pointer: "/model", message: `${message}. ${list}` }]);
});

it("a zod schema is built only once for each input schema and handling", () => {
  let built = 0;
  const schema = {
    additionalProperties: false,
    get properties() {
      built++;
      return {};
    },
  };
  const send = (id: string, handling: "strict" | "lenient" = "strict") => {
    const before = built;
    expect(parseRequest({ model: id }, handling, [modelWith(schema, id)]).valid).toBe(true);
    return built > before;
  };
  // Also if the list of models is read again in between, which makes new model objects.
  expect([send("a"), send("a"), send("b")]).toEqual([true, false, false]);
  expect([send("a", "lenient"), send("a", "lenient"), send("a")]).toEqual([true, false, false]);
});
