// Records a canvas and a tone with Chromium's MediaRecorder. Run by make.sh.

import { writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
});
const page = await browser.newPage();
await page.goto("about:blank");

/** Runs in the page. */
async function record(mimeType) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const drawing = canvas.getContext("2d");
  let hue = 0;
  setInterval(() => {
    hue += 9;
    drawing.fillStyle = `hsl(${hue} 80% 50%)`;
    drawing.fillRect(0, 0, 64, 36);
  }, 33);
  const audio = new AudioContext();
  const target = audio.createMediaStreamDestination();
  const tone = audio.createOscillator();
  tone.connect(target);
  tone.start();
  const stream = new MediaStream([...canvas.captureStream(30).getTracks(), ...target.stream.getTracks()]);
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 6_000, videoBitsPerSecond: 20_000 });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start(300);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  recorder.stop();
  await new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}

for (const [name, type] of [
  ["chromium.webm", "video/webm;codecs=vp8,opus"],
  ["chromium.mp4", "video/mp4;codecs=vp9,opus"],
]) {
  writeFileSync(name, Uint8Array.from(await page.evaluate(record, type)));
}
await browser.close();
