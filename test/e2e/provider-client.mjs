// The JavaScript programs of the provider's documentation, and what public clients send: `provider-client.mjs <model>`.
// Only base URL, key, prompt and pause come from the environment.

const { BASE_URL, API_KEY, PROMPT, PAUSE_SECONDS = "10" } = process.env;
const url = `${BASE_URL}/video/generations`;
const headers = { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };
const image = "https://upload.wikimedia.org/wikipedia/commons/3/35/Maldivesfish2.jpg";

const payloads = {
  "runway/gen4_aleph": { prompt: PROMPT, video_url: "https://example.com/raccoon.mp4", n: 1, response_format: "url" },
  "runway/gen4_turbo": { prompt: PROMPT, image_url: image, last_image_url: image, ratio: "16:9", duration: 5 },
  gen3a_turbo: { prompt: PROMPT, ratio: "16:9", image_url: image, watermark: false },
  "runway/act_two": {
    character: { type: "image", url: image },
    reference: { type: "video", url: `https://example.com/dancing-woman.mp4?${PROMPT}` },
  },
};

const [, , model] = process.argv;
const submitted = await fetch(url, {
  method: "POST",
  headers,
  body: JSON.stringify({ model, ...payloads[model] }),
}).then((response) => response.json());
console.log("Generation ID:", submitted.id);

for (;;) {
  const query = new URLSearchParams({ generation_id: submitted.id });
  const job = await fetch(`${url}?${query}`, { headers }).then((response) => response.json());
  if (job.status !== "queued" && job.status !== "generating") {
    console.log("Processing complete:", JSON.stringify(job));
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, Number(PAUSE_SECONDS) * 1000));
}
