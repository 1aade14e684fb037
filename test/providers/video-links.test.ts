import { describe, expect, it } from "vitest";
import { videoLinkIn } from "../../src/providers/video-links.ts";

const V = "https://cdn.example.com/v";
const T = "https://cdn.example.com/thumb.jpg";

const O = "https://cdn.example.com/other.mp4";

const linkIn = (answer: unknown) => videoLinkIn(answer, (url) => url.startsWith("https:"));

describe("the link to the video", () => {
  it.each<[object]>([
    [{ video: { url: V } }],
    [{ video: V }],
    [{ video: [null, V] }],
    [{ video: [{ url: V }] }],
    [{ video: { uri: V } }],
    [{ video: { download_url: V } }],
    [{ videos: [V] }],
    [{ videos: [{ url: V }] }],
    [{ video_url: V }],
    [{ videoUrl: V }],
    [{ video_urls: [V] }],
    [{ output: V }],
    [{ output: [V] }],
    [{ output: [{ url: V }] }],
    [{ output: { video: V } }],
    [{ output: { video_url: V } }],
    [{ outputs: [{ uri: V }] }],
    [{ result: { url: V } }],
    [{ result: { sample: V } }],
    [{ url: V }],
    [{ uri: V }],
    [{ data: { video: { url: V } } }],
    [{ data: { task_result: { videos: [{ id: "1", url: V, duration: "5" }] } } }],
    [{ generations: [{ video: { url: V } }] }],
    [{ response: { generatedVideos: [{ video: { uri: V } }] } }],
    [{ assets: { video: V } }],
    [{ file: { file_id: 1, download_url: V } }],
    [{ content: { video_url: V } }],
    [{ content: [{ type: "video", url: V }] }],
    [[{ video: { url: V } }]],
    [{ video: { "720p": V } }],
    [{ video: { sources: [{ src: V, type: "video/mp4" }] } }],
    [{ generated_images: [], motionMP4URL: V }],
    [{ creations: [{ id: "c", url: V }] }],
    [{ image_to_video: { url: V } }],
    [{ video_with_audio_url: V }],
    [{ type: "image-to-video", data: { type: "text-to-video", video: { url: V } } }],
    [{ type: "image", video: { url: V } }],
    [{ response: { "@type": "t", generateVideoResponse: { generatedSamples: [{ video: { uri: V } }] } } }],
    [{ value: { outputs: [{ media_url: V, thumbnail_url: T }] } }],
  ])("is found in %j", (answer) => {
    expect(linkIn(answer)).toBe(V);
  });

  it.each<[string, object]>([
    ["a thumbnail before it", { thumbnail: { url: T }, video: { url: V } }],
    ["a thumbnail inside", { video: { thumbnail_url: T, cover: T, url: V } }],
    [
      "an image among the outputs",
      {
        output: [
          { type: "image", url: T },
          { type: "video", url: V },
        ],
      },
    ],
    ["an image by its media type", { output: [{ content_type: "image/png", url: `${V}.bin` }, { url: V }] }],
    ["an image by its name", { output: [T, V] }],
    ["an image of the same depth", { assets: { image: "https://cdn.example.com/i", video: V } }],
    ["a URL that may be anything", { url: "https://cdn.example.com/page", video: { url: V } }],
    ["a watermarked copy", { video: { watermarked_video_url: "https://cdn.example.com/w", url: V } }],
    ["a preview", { preview_video_url: "https://cdn.example.com/p", result: { video: { url: V } } }],
    ["the sound", { audio: { url: "https://cdn.example.com/a" }, output: V }],
    ["a copy of the request", { input: { video_url: "https://example.com/mine.mp4" }, output: { url: V } }],
    ["links to the job", { urls: { get: "https://api/1", cancel: "https://api/2" }, output: [V] }],
    ["a status page", { status_url: "https://api/1", response_url: "https://api/2", video: { url: V } }],
    ["a callback", { webhook_url: "https://hooks/1", video_url: V }],
    ["a link that is not allowed", { video: { url: "javascript:alert(1)" }, videos: [{ url: V }] }],
    // In answers of other providers.
    ["a clip that shows the progress", { assets: { progress_video: O, image: T, video: V } }],
    [
      "the video that the job extends",
      { task_info: { parent_video: { url: O } }, task_result: { videos: [{ url: V }] } },
    ],
    ["the last frame", { content: { last_frame_url: "https://cdn.example.com/f", video_url: V } }],
    ["a stream", { streaming_url: "https://cdn.example.com/s", video_stream_url: O, url: V }],
    ["a page", { hosted_url: "https://app.example.com/1", video_page_url: "https://app.example.com/2", url: V }],
    ["a link of the API", { links: [{ rel: "self", href: O }], _links: { self: { href: O } }, output: V }],
    ["the API's address of the result", { polling_url: O, urls: { get: O, web: O, stream: O }, output: [V] }],
    ["a copy with captions", { video_url: V, video_url_caption: O, captioned_video_url: O }],
    ["the driving video", { driver_url: O, driving_video: O, metadata: { driver_url: O }, result_url: V }],
    ["the caller's own video", { source_url: O, input_video_url: O, reference_video_urls: [O], user_video: O, url: V }],
    ["a watermarked copy before it", { creations: [{ watermarked_url: O, cover_url: T, url: V }] }],
    ["everything in a watermarked copy", { watermarked_video: { url: O }, video: { url: V } }],
    ["the copy beside a clean one", { video: { resource: O, resource_without_watermark: V } }],
    ["the page that explains an error", { payload: { detail: [{ loc: ["a"], msg: "b", url: O }] }, video: { url: V } }],
    ["a file that names itself a video", { files: ["https://cdn.example.com/x", `${V}.mp4`].slice(0, 1), video: V }],
  ])("is not mistaken for %s", (_, answer) => {
    expect(linkIn(answer)).toBe(V);
  });

  it.each<[unknown]>([
    [{ video: null }],
    [{ video: { url: null } }],
    [{ video: { url: "" } }],
    [{ video: [] }],
    [{ video: 7 }],
    [{ video: { url: "javascript:alert(1)" } }],
    [{ video: { url: "data:video/mp4;base64,AAAA" } }],
    [{ video: { url: "http://cdn.example.com/v" } }],
    [{ video: { url: "ftp://cdn.example.com/v" } }],
    [{ video: { url: "https://" } }],
    [{ video: { url: "//cdn.example.com/v" } }],
    [{ thumbnail: { url: T } }],
    [{ image_url: T }],
    [{ url: T }],
    [{ video: { thumbnail_url: T } }],
    [{ input: { video_url: V } }],
    [{ request: { video: { url: V } } }],
    [{ error: { url: V } }],
    [{ message: V }],
    [{ odd_field: O }],
    [{ video: { url: `https://cdn.example.com/${"v".repeat(20_000)}` } }],
    [{ payload: { detail: [{ loc: ["body"], msg: "no", type: "x", url: O }] } }],
    [{ response_url: O, status_url: O, cancel_url: O }],
    [{ _links: { self: { href: O } } }],
    [V],
    ["text"],
    [null],
    [7],
  ])("is not in %j", (answer) => {
    expect(linkIn(answer)).toBeNull();
  });

  it("is normalized, and may be surrounded by spaces", () => {
    expect(linkIn({ video: { url: " https://cdn.example.com/my video.mp4 " } })).toBe(
      "https://cdn.example.com/my%20video.mp4",
    );
  });

  it("is preferably in a field named video, then a video file, then the nearest link", () => {
    expect(linkIn({ output: ["https://a.example/1", "https://a.example/2.mp4"] })).toBe("https://a.example/2.mp4");
    expect(linkIn({ output: ["https://a.example/1", "https://a.example/2"] })).toBe("https://a.example/1");
    expect(linkIn({ watermarked_video_url: V })).toBe(V);
  });

  it("is searched for within limits", () => {
    let deep: unknown = { video: { url: V } };
    for (let level = 0; level < 90_000; level++) deep = { data: deep };
    expect(linkIn(deep)).toBeNull();
    expect(linkIn({ data: Array.from({ length: 100_000 }, () => ({})), video: { url: V } })).toBe(V);
  });
});
