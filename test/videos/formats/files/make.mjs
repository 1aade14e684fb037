// Makes the files that come from packages instead of ffmpeg. Run by make.sh with the name of the hour's MP4.

import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from "mediabunny";
import { createFile } from "mp4box";

async function remuxed(name, format, metadata = {}) {
  const input = new Input({ source: new BufferSource(readFileSync(name)), formats: ALL_FORMATS });
  const output = new Output({ format, target: new BufferTarget() });
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  const copies = [];
  for (const track of [video, audio]) {
    if (track === null) continue;
    const isVideo = track === video;
    const codec = await track.getCodec();
    const source = isVideo ? new EncodedVideoPacketSource(codec) : new EncodedAudioPacketSource(codec);
    copies.push({ track, source });
    if (isVideo) output.addVideoTrack(source, metadata);
    else output.addAudioTrack(source);
  }
  await output.start();
  await Promise.all(
    copies.map(async ({ track, source }) => {
      const decoderConfig = await track.getDecoderConfig();
      for await (const packet of new EncodedPacketSink(track).packets()) await source.add(packet, { decoderConfig });
      source.close();
    }),
  );
  await output.finalize();
  return new Uint8Array(output.target.buffer);
}

async function make(name, bytes) {
  writeFileSync(name, name.endsWith(".gz") ? gzipSync(bytes, { level: 9 }) : bytes);
}

make("hour.mp4.gz", await remuxed(process.argv[2], new Mp4OutputFormat({ fastStart: false })));
make("mediabunny.mp4", await remuxed("faststart.mp4", new Mp4OutputFormat({ fastStart: "in-memory" })));
make(
  "mediabunny-fragmented.mp4",
  await remuxed("faststart.mp4", new Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: 0.5 })),
);
make("mediabunny-rotated.mov", await remuxed("faststart.mp4", new MovOutputFormat(), { rotation: 90 }));
make("mediabunny.webm", await remuxed("vp9.webm", new WebMOutputFormat()));
make("mediabunny-live.webm", await remuxed("vp9.webm", new WebMOutputFormat({ appendOnly: true })));
make("mediabunny-rotated.webm", await remuxed("vp9.webm", new WebMOutputFormat(), { rotation: 90 }));

// mp4box.js: an initialization segment, then a segment for each group of pictures.
const file = createFile();
const parts = [];
file.onReady = (info) => {
  for (const track of info.tracks) file.setSegmentOptions(track.id, null, { nbSamples: 12 });
  const segmentation = file.initializeSegmentation();
  parts.push(new Uint8Array(segmentation.buffer ?? segmentation[0].buffer));
  file.start();
};
file.onSegment = (_, __, buffer) => parts.push(new Uint8Array(buffer));
const whole = new Uint8Array(readFileSync("silent.mp4")).buffer;
whole.fileStart = 0;
file.appendBuffer(whole);
file.flush();
make("mp4box-fragmented.mp4", Buffer.concat(parts));
