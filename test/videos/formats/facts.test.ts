// Reads the facts of real files by ranges, as from R2. Unless a comment says otherwise, ffprobe gave the values.
// test/videos/formats/files/README.md describes how the files were made.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UNKNOWN_FACTS, type VideoFacts } from "../../../src/core/generation/record.ts";
import { factsOfBytes } from "../../../src/videos/formats/facts.ts";
import { MAX_REQUESTS } from "../../../src/videos/formats/file-reader.ts";
import { sniffVideo } from "../../../src/videos/formats/sniff.ts";
import {
  ascii,
  box,
  boxesOf,
  fileNames,
  fileOf,
  joined,
  noiseOf,
  type Pieces,
  randomOf,
  readFacts,
  readPieces,
  uint32,
} from "./video-files.ts";

function facts(width: number, height: number, durationMs: number | null, frameRate: number | null): VideoFacts {
  return { width, height, durationMs, frameRate };
}

type Row = [name: string, width: number, height: number, durationMs: number | null, frameRate: number | null];

const MP4: Row[] = [
  ["faststart.mp4", 64, 36, 2_000, 24],
  ["header-at-end.mp4", 64, 36, 2_000, 24],
  ["silent.mp4", 64, 36, 2_000, 25],
  ["mediabunny.mp4", 64, 36, 2_000, 24],
  // Fragments.
  ["fragmented.mp4", 64, 36, 2_083, 24],
  ["fragments-after-header.mp4", 64, 36, 2_083, 24],
  ["cmaf.mp4", 64, 36, 2_023, 24],
  ["dash-one-index.mp4", 64, 36, 2_000, 24],
  ["dash-indexes.mp4", 64, 36, 2_000, 24],
  ["100-fragments.mp4", 64, 36, 20_128, 24.94],
  ["48-fragments-of-one-frame.mp4", 64, 36, 2_000, 24],
  ["smooth-streaming.mp4", 64, 36, 2_023, 24],
  ["gstreamer-fragmented.mp4", 64, 36, 2_000, 25],
  ["mp4box-fragmented.mp4", 64, 36, 2_000, 25],
  ["chromium.mp4", 64, 36, 1_485, 30.313],
  // ffprobe counts the sound's first samples, which only prepare the decoder.
  ["mediabunny-fragmented.mp4", 64, 36, 2_000, 24],
  // ffprobe ends at the last decoding time. The durations of the frames are 4 % longer than the time of the picture.
  ["fragmented-variable-rate.mp4", 64, 36, 2_000, null],
  // Codecs.
  ["hevc.mp4", 64, 36, 2_000, 24],
  ["av1.mp4", 64, 36, 2_000, 24],
  ["vp9.mp4", 64, 36, 2_000, 24],
  ["mpeg4.mp4", 64, 36, 2_000, 24],
  ["opus.mp4", 64, 36, 2_000, 24],
  ["mp3.mp4", 64, 36, 2_000, 24],
  ["flac.mp4", 64, 36, 2_000, 24],
  // Rates.
  ["120-per-second.mp4", 64, 36, 2_000, 120],
  ["29.97-per-second.mp4", 64, 36, 5_005, 29.97],
  ["one-per-second.mp4", 64, 36, 4_000, 1],
  ["one-frame.mp4", 64, 36, 40, 25],
  ["variable-rate.mp4", 64, 36, 9_700, 8.66],
  // The durations of the frames are 6 % shorter than the time of the picture.
  ["variable-rate-out-of-order.mp4", 64, 36, 9_700, null],
  // Rotation and shape.
  ["rotated-90.mp4", 36, 64, 2_000, 25],
  ["rotated-180.mp4", 64, 36, 2_000, 25],
  ["rotated-270.mp4", 36, 64, 2_000, 25],
  ["portrait.mp4", 36, 64, 2_000, 24],
  ["wide-pixels.mp4", 77, 58, 1_000, 25],
  ["wide-pixels-rotated.mp4", 58, 77, 1_000, 25],
  // Tracks and times.
  ["sound-first.mp4", 64, 36, 2_000, 24],
  ["two-pictures.mp4", 64, 36, 2_000, 24],
  ["cover.mp4", 64, 36, 2_000, 24],
  ["subtitles.mp4", 64, 36, 2_000, 24],
  ["chapters.mp4", 64, 36, 2_000, 24],
  ["sound-longer.mp4", 64, 36, 5_000, 24],
  ["picture-longer.mp4", 64, 36, 5_000, 24],
  ["sound-delayed.mp4", 64, 36, 3_000, 24],
  ["picture-delayed.mp4", 64, 36, 3_000, 24],
  ["cut-without-encoding.mp4", 64, 36, 2_500, 24],
  ["frames-out-of-order.mp4", 64, 36, 2_000, 24],
  ["no-edit-list.mp4", 64, 36, 2_000, 24],
  ["long-title.mp4", 64, 36, 2_000, 24],
  // Brands.
  ["other-brand.mp4", 64, 36, 2_000, 25],
  ["phone.3gp.mp4", 64, 36, 2_000, 25],
  ["apple.m4v.mp4", 64, 36, 2_000, 25],
  ["player.mp4", 64, 36, 2_000, 24],
];

const QUICKTIME: Row[] = [
  ["quicktime.mov", 64, 36, 2_000, 25],
  ["gstreamer.mov", 64, 36, 2_000, 25],
  ["pcm.mov", 64, 36, 6_000, 24],
  ["pcm-24-bit.mov", 64, 36, 2_000, 24],
  ["alac.mov", 64, 36, 2_000, 24],
  ["prores.mov", 64, 36, 10_000, 24],
  ["hevc.mov", 64, 36, 2_000, 24],
  ["mjpeg.mov", 64, 36, 2_000, 24],
  ["timecode.mov", 64, 36, 2_000, 25],
  ["23.976-per-second.mov", 64, 36, 5_005, 23.976],
  ["mediabunny-rotated.mov", 36, 64, 2_000, 24],
  // One dimension is increased, as in browsers.
  ["narrow-pixels.mov", 72, 54, 1_001, 29.97],
];

const WEBM: Row[] = [
  ["vp8.webm", 64, 36, 2_003, 24],
  ["vp9.webm", 64, 36, 2_008, 24],
  ["av1.webm", 64, 36, 2_000, 24],
  ["cues-first.webm", 64, 36, 2_021, 24],
  ["mkvmerge.webm", 64, 36, 2_008, 24],
  ["mediabunny.webm", 64, 36, 2_007, 24],
  ["mediabunny-rotated.webm", 36, 64, 2_007, 24],
  ["29.97-per-second.webm", 64, 36, 5_005, 29.97],
  ["wide-pixels.webm", 77, 58, 1_000, 25],
  // ffprobe reports the rate that the file states, which is 30.
  ["variable-rate.webm", 64, 36, 9_700, 8.659],
  // These do not state a duration.
  ["live.webm", 64, 36, 2_021, 24],
  ["piped.webm", 64, 36, 2_000, 24],
  ["gstreamer-live.webm", 64, 36, 2_000, 25],
  ["mediabunny-live.webm", 64, 36, 2_021, 24],
  ["chromium.webm", 64, 36, 1_531, 29.77],
];

describe("the facts of an ordinary file", () => {
  it.each([
    ...MP4.map((row) => ["video/mp4", ...row] as const),
    ...QUICKTIME.map((row) => ["video/quicktime", ...row] as const),
    ...WEBM.map((row) => ["video/webm", ...row] as const),
  ])("%s: %s", async (type, name, ...expected) => {
    const file = fileOf(name);
    const read = await readFacts(file);
    expect(read.facts).toEqual(facts(...expected));
    expect(read.requests).toBeLessThanOrEqual(2);
    expect(await factsOfBytes(file)).toEqual(read.facts);
    expect(sniffVideo(file)).toBe(type);
  });

  it("uses every file of the folder", () => {
    const here = readFileSync(import.meta.filename, "utf8");
    expect(fileNames().filter((name) => !here.includes(`"${name}"`))).toEqual([]);
  });

  it.each(["sound-only.mp4", "sound-only.webm"])("%s has no picture, and no facts", async (name) => {
    expect((await readFacts(fileOf(name))).facts).toEqual(UNKNOWN_FACTS);
  });
});

describe("the facts of an hour", () => {
  it.each<[string, number, number, number]>([
    ["hour.mp4", 3_600_000, 30, 8],
    ["hour-fragmented.mp4", 3_600_021, 30, 32],
    ["hour-dash.mp4", 3_600_000, 30, 32],
    ["hour.webm", 3_600_000, 5, 8],
  ])("%s", async (name, durationMs, frameRate, most) => {
    const read = await readFacts(fileOf(name));
    expect(read.facts).toEqual(facts(64, 36, durationMs, frameRate));
    expect(read.requests).toBeLessThanOrEqual(most);
  });
});

const random = randomOf(1);
const noise = (bytes: number) => noiseOf(random, bytes);

const BEGINNINGS: [string, Uint8Array][] = [
  ["free", box("free", noise(100))],
  ["skip", box("skip")],
  ["wide", box("wide")],
  ["uuid", box("uuid", noise(40))],
  ["styp", box("styp", ascii("msdh\0\0\0\0msdhmsix"))],
  ["pdin", box("pdin", uint32(0))],
  ["emsg", box("emsg", noise(60))],
  ["prft", box("prft", noise(24))],
  ["a box of an unknown type", box("abcd", noise(9))],
  ["a box with a 64-bit size", joined(uint32(1), ascii("free"), uint32(0), uint32(20), noise(4))],
];

const ENDS: [string, Uint8Array][] = [
  ["4,096 zeros", new Uint8Array(4_096)],
  ["10 MiB of zeros", new Uint8Array(10 * 1024 * 1024)],
  ["4,096 random bytes", noise(4_096)],
  ["text", Uint8Array.from(ascii("</html>\n"))],
  ["three bytes", new Uint8Array(3)],
  ["a box that is cut off", box("free", noise(100)).subarray(0, 50)],
];

describe("the facts of a file", () => {
  const usual = facts(64, 36, 2_000, 24);

  it.each(BEGINNINGS)("that begins with %s are read", async (_, beginning) => {
    for (const name of ["header-at-end.mp4", "faststart.mp4", "dash-indexes.mp4"]) {
      const file = joined(beginning, fileOf(name));
      expect((await readFacts(file)).facts).toEqual(usual);
      expect(sniffVideo(file)).toBe("video/mp4");
    }
  });

  it.each(ENDS)("that is followed by %s are read", async (_, end) => {
    for (const name of ["header-at-end.mp4", "faststart.mp4", "dash-indexes.mp4", "av1.webm"]) {
      expect((await readFacts(joined(fileOf(name), end))).facts).toEqual(usual);
    }
  });

  it("whose live recording is followed by zeros are read", async () => {
    expect((await readFacts(joined(fileOf("piped.webm"), new Uint8Array(4_096)))).facts).toEqual(usual);
  });

  const boxes = new Map(boxesOf(fileOf("header-at-end.mp4")).map(({ type, bytes }) => [type, bytes]));
  const [type = box("ftyp"), header = box("moov")] = [boxes.get("ftyp"), boxes.get("moov")];

  it("whose header comes before its type are read", async () => {
    expect((await readFacts(joined(header, type, box("mdat")))).facts).toEqual(usual);
  });

  it("with 5 GiB of media data before the header are read with two requests", async () => {
    const bytes = 5 * 1024 ** 3;
    const media = joined(uint32(1), ascii("mdat"), uint32(bytes / 2 ** 32), uint32(bytes));
    const end = type.byteLength + bytes;
    const pieces: Pieces = new Map([
      [0, joined(type, media)],
      [end, header],
    ]);
    const read = await readPieces(end + header.byteLength, pieces);
    expect(read).toMatchObject({ facts: usual, requests: 2 });
    expect(read.bytes).toBeLessThan(128 * 1024);
  });

  it("whose media data extends to the end are read", async () => {
    const media = joined(uint32(0), ascii("mdat"), noise(1_000));
    expect((await readFacts(joined(type, header, media))).facts).toEqual(usual);
  });
});

/** Adds a gap after the media data of each fragment, to make the file larger, and corrects the indexes. */
function spread(name: string, gap: number): { readonly size: number; readonly pieces: Pieces } {
  const pieces = new Map<number, Uint8Array>();
  const moved = new Map<number, number>();
  let [from, to] = [0, 0];
  for (const { type, bytes } of boxesOf(fileOf(name))) {
    const view = new DataView(bytes.buffer);
    moved.set(from, to);
    if (type === "mfra") {
      // The content of `tfra` starts at 16, its rows of 64-bit positions at 32. ffmpeg's rows have 19 bytes.
      const rows = view.getUint32(28);
      for (let at = 32; at < 32 + rows * 19; at += 19) {
        view.setBigUint64(at + 8, BigInt(moved.get(Number(view.getBigUint64(at + 8))) ?? 0));
      }
    }
    if (type === "sidx") {
      // ffmpeg's rows start at 40.
      const rows = view.getUint16(38);
      for (let at = 40; at < 40 + rows * 12; at += 12) view.setUint32(at, view.getUint32(at) + gap);
    }
    pieces.set(to, bytes);
    from += bytes.byteLength;
    to += bytes.byteLength;
    if (type !== "mdat") continue;
    pieces.set(to, joined(uint32(gap), ascii("free")));
    to += gap;
  }
  return { size: to, pieces };
}

describe("the facts of a file with more fragments than requests", () => {
  const GAP = 3 * 1024 * 1024;

  it.each([
    ["its last fragment, found in the index at the end", "hour-fragmented.mp4", 3_600_021, 0],
    ["the index at the beginning", "hour-dash.mp4", 3_600_000, 1],
  ])("are read from the first fragments and %s", async (_, name, durationMs, cut) => {
    const { size, pieces } = spread(name, GAP);
    const read = await readPieces(size - cut, pieces);
    expect(read.facts).toEqual(facts(64, 36, durationMs, 30));
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
    expect(read.bytes).toBeLessThan(64 * 1024 * 1024);
  });

  it("are unknown, except the size and the rate, if there is no index", async () => {
    const { size, pieces } = spread("hour-fragmented.mp4", GAP);
    const read = await readPieces(size - 1, pieces);
    expect(read.facts).toEqual(facts(64, 36, null, 30));
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
  });

  it("are unknown, except the size and the rate, if the index does not reach the end", async () => {
    const { size, pieces } = spread("hour-fragmented.mp4", GAP);
    const index = Array.from(pieces.values()).findLast(
      (piece) => String.fromCharCode(...piece.subarray(4, 8)) === "mfra",
    );
    // Limits the index to 200 rows, so that its last row is for a fragment in the middle.
    if (index !== undefined) new DataView(index.buffer).setUint32(28, 200);
    const read = await readPieces(size, pieces);
    expect(read.facts).toEqual(facts(64, 36, null, 30));
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
  });

  it("are those stated in a WebM if it is too large to count its frames and the first ones agree", async () => {
    const file = fileOf("hour.webm");
    const text = String.fromCharCode(...file.subarray(0, 100));
    const pieces = new Map<number, Uint8Array>();
    // A gap (`Void`) before each cluster makes the file larger.
    let [from, to] = [0, 0];
    for (let at = 0; at >= 0; ) {
      at = indexOfCluster(file, from + 1);
      const piece = file.slice(from, at === -1 ? undefined : at);
      pieces.set(to, joined(piece, [0xec, 0x01, 0, 0, 0], uint32(GAP)));
      to += piece.byteLength + 9 + GAP;
      from = at;
    }
    // The length of the segment, with 8 bytes, follows its id.
    const lengthAt = text.indexOf("\x18\x53\x80\x67") + 4;
    const first = pieces.get(0) ?? new Uint8Array();
    new DataView(first.buffer).setBigUint64(lengthAt, (1n << 56n) | BigInt(to - lengthAt - 8));
    const read = await readPieces(to, pieces);
    expect(read.facts).toEqual(facts(64, 36, 3_600_000, 5));
    expect(read.requests).toBeLessThanOrEqual(16);
  });
});

function indexOfCluster(file: Uint8Array, from: number): number {
  for (let at = file.indexOf(0x1f, from); at >= 0; at = file.indexOf(0x1f, at + 1)) {
    if (file[at + 1] === 0x43 && file[at + 2] === 0xb6 && file[at + 3] === 0x75) return at;
  }
  return -1;
}

describe("wrong facts", () => {
  it.each(["faststart.mp4", "header-at-end.mp4", "pcm-24-bit.mov", "vp9.webm", "live.webm", "piped.webm"])(
    "are not read from %s if it is cut off, in each of 40 places",
    async (name) => {
      const file = fileOf(name);
      for (let part = 0; part < 40; part++) {
        const cut = file.subarray(0, Math.floor((file.byteLength * part) / 40));
        expect((await readFacts(cut)).facts).toEqual(UNKNOWN_FACTS);
      }
    },
  );

  it("are not read from a file in which boxes contradict each other", async () => {
    const file = fileOf("faststart.mp4");
    const text = String.fromCharCode(...file);
    const changed = (name: string, offset: number, value: number) => {
      const copy = file.slice();
      new DataView(copy.buffer).setUint32(text.indexOf(name) + 4 + offset, value);
      return readFacts(copy).then((read) => read.facts);
    };
    // Duration of the movie; of a frame; number of frames; size of the track.
    expect(await changed("mvhd", 16, 600_000)).toEqual(facts(64, 36, null, 24));
    expect(await changed("stts", 12, 1)).toEqual(facts(64, 36, 2_000, null));
    expect(await changed("stsz", 8, 40)).toEqual(facts(64, 36, 2_000, null));
    expect(await changed("tkhd", 76, 640 << 16)).toEqual({ ...facts(64, 36, 2_000, 24), width: null, height: null });
  });

  const names = fileNames().filter((name) => fileOf(name).byteLength < 20_000);

  it.each(names)(
    "are not implausible in damaged copies of %s, which never fail or take many requests",
    async (name) => {
      const damage = randomOf(names.indexOf(name) + 1);
      for (let copies = 0; copies < 20; copies++) {
        const file = fileOf(name);
        const at = damage(2) === 0 ? damage(file.byteLength) : damage(Math.min(1_500, file.byteLength));
        const damaged = [
          () => file.fill(damage(256), at, at + 1),
          () => file.fill(255, at, at + 4),
          () => joined(file.subarray(0, at), noiseOf(damage, damage(32)), file.subarray(at)),
          () => joined(file.subarray(0, at), file.subarray(at + damage(64))),
          () => joined(file.subarray(0, at), noiseOf(damage, file.byteLength - at)),
        ][damage(5)]?.();
        const read = await readFacts(damaged ?? file);
        const { width, height, durationMs, frameRate } = read.facts;
        expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
        expect(width === null || (Number.isInteger(width) && width > 0 && width < 2 ** 15)).toBe(true);
        expect(height === null || (Number.isInteger(height) && height > 0 && height < 2 ** 15)).toBe(true);
        expect(durationMs === null || (Number.isInteger(durationMs) && durationMs > 0)).toBe(true);
        expect(frameRate === null || (frameRate > 0 && frameRate <= 1_000)).toBe(true);
      }
    },
  );

  it("are not read from random bytes", async () => {
    for (let files = 0; files < 100; files++) expect((await readFacts(noise(1_000))).facts).toEqual(UNKNOWN_FACTS);
  });
});

describe("a file that claims or lists far more than a real one", () => {
  const MIB = 1024 * 1024;
  const filled = (start: Uint8Array, unit: Uint8Array) => {
    const file = new Uint8Array(8 * MIB);
    for (let at = 0; at < file.byteLength; at += unit.byteLength) file.set(unit.subarray(0, file.byteLength - at), at);
    file.set(start);
    return file;
  };
  const live = joined(uint32(0x1a45dfa3), [0x80], uint32(0x18538067), [0xff]);

  it.each<[string, Uint8Array]>([
    ["a million boxes", filled(box("ftyp", ascii("isom")), box("free"))],
    ["a million tracks", filled(joined(uint32(8 * MIB), ascii("moov")), box("trak"))],
    ["a million fragments", filled(box("ftyp", ascii("isom")), box("moof"))],
    ["millions of WebM elements", filled(live, Uint8Array.of(0xec, 0x80))],
    ["millions of WebM tracks", filled(live, Uint8Array.of(0xae, 0x80))],
    [
      "four billion samples in a few bytes",
      joined(
        box("ftyp", ascii("isom")),
        box(
          "moov",
          box("mvex"),
          box(
            "trak",
            box("mdia", box("minf", box("stbl", box("stts", uint32(0), uint32(1), uint32(0xffffffff), uint32(1))))),
          ),
        ),
        box("mdat"),
      ),
    ],
  ])("has no facts: %s", async (_, file) => {
    const read = await readFacts(file);
    expect(read.facts).toEqual(UNKNOWN_FACTS);
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
    expect(sniffVideo(file)).toSatisfy((type: string | null) => type === null || type.startsWith("video/"));
  });
});
