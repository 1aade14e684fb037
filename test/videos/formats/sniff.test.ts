import { describe, expect, it } from "vitest";
import { sniffVideo } from "../../../src/videos/formats/sniff.ts";
import { ascii, box, joined, noiseOf, randomOf, uint32 } from "./video-files.ts";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

/** A type box: the major brand, its version, and the compatible brands. */
const ftyp = (major: string, compatible = "isomiso2avc1mp41") =>
  box("ftyp", ascii(major), [0, 0, 2, 0], ascii(compatible));

/** An EBML header as ffmpeg writes it: versions and lengths, then the document type. */
const ebml = (type: string, { size = [0x80 + type.length], before = [] as number[] } = {}) => {
  const content = bytes(
    [0x42, 0x86, 0x81, 1, 0x42, 0xf7, 0x81, 1, 0x42, 0xf2, 0x81, 4, 0x42, 0xf3, 0x81, 8, ...before],
    [0x42, 0x82, ...size],
    type,
    [0x42, 0x87, 0x81, 4, 0x42, 0x85, 0x81, 2],
  );
  return joined([0x1a, 0x45, 0xdf, 0xa3, 0x40 | (content.length >> 8), content.length & 0xff], content);
};

const noise = noiseOf(randomOf(1), 300);

/** The list of pictures of an image file. */
const pictures = box("meta", uint32(0), box("hdlr", uint32(0), uint32(0), ascii("pict"), new Uint8Array(13)));

describe("sniffVideo", () => {
  it.each<[string, Uint8Array, string]>([
    ["an MP4", ftyp("isom"), "video/mp4"],
    ["QuickTime", ftyp("qt  ", "qt  "), "video/quicktime"],
    [
      "QuickTime that begins with its header",
      bytes([0, 0x10, 0, 0], "moov", [0, 0, 0, 0x6c], "mvhd"),
      "video/quicktime",
    ],
    ["QuickTime with a header of 20 MB", joined(uint32(20_000_000), ascii("moov"), noise), "video/quicktime"],
    ["QuickTime that begins with filler", bytes([0, 0, 0, 8], "wide", [0, 0, 0x10, 0], "mdat"), "video/quicktime"],
    ["QuickTime that begins with a preview", joined(box("pnot", noise), box("PICT", noise)), "video/quicktime"],
    ["QuickTime that begins with its media data", bytes([0x54, 0, 0, 1], "mdat"), "video/quicktime"],
    ["QuickTime of 1.6 GB whose length is text", joined(ascii("abcdmdat"), noise), "video/quicktime"],
    ["QuickTime of more than 4 GB", bytes([0, 0, 0, 1], "mdat", [0, 0, 0, 2, 0, 0, 0, 0]), "video/quicktime"],
    ["QuickTime whose media data extends to the end", bytes([0, 0, 0, 0], "mdat"), "video/quicktime"],
    ["a segment without the file's header", joined(box("styp", ascii("msdh")), box("moof", noise)), "video/mp4"],
    ["fragments without a type", joined(box("moov", noise), box("moof", noise)), "video/mp4"],
    ["an MP4 whose type has no brand", joined(box("ftyp"), box("moov")), "video/mp4"],
    [
      "an MP4 whose type has a 64-bit size",
      joined(uint32(1), ascii("ftyp"), uint32(0), uint32(24), ascii("isom")),
      "video/mp4",
    ],
    ["an MP4 with pictures in it", joined(ftyp("isom"), pictures, box("moov")), "video/mp4"],
    ["WebM", ebml("webm"), "video/webm"],
    ["WebM with an 8-byte length", ebml("webm", { size: [0x01, 0, 0, 0, 0, 0, 0, 4] }), "video/webm"],
    ["WebM whose type ends with zeros", ebml("webm\0\0"), "video/webm"],
    [
      "WebM whose type is after filler",
      ebml("webm", { before: [0xec, 0x40, 200, ...Array(200).fill(0)] }),
      "video/webm",
    ],
  ])("recognizes %s", (_, head, type) => {
    expect(sniffVideo(head)).toBe(type);
  });

  it.each([
    "M4V ",
    "mp41",
    "mp42",
    "iso5",
    "iso9",
    "avc1",
    "dash",
    "cmfc",
    "3gp4",
    "3g2a",
    "MSNV",
    "XAVC",
    "f4v ",
    "wxyz",
  ])("recognizes the brand %s as MP4", (brand) => {
    expect(sniffVideo(ftyp(brand))).toBe("video/mp4");
    expect(sniffVideo(ftyp(brand, ""))).toBe("video/mp4");
  });

  it.each<[string, Uint8Array]>([
    ["free", box("free", noise)],
    ["skip", box("skip")],
    ["wide", box("wide")],
    ["uuid", box("uuid", noise)],
    ["styp", box("styp", ascii("msdh"))],
    ["sidx", box("sidx", noise)],
    ["pdin", box("pdin", noise)],
    ["emsg", box("emsg", noise)],
    ["prft", box("prft", noise)],
    ["moov", box("moov", noise)],
    ["mdat", box("mdat", noise)],
    ["moof", box("moof", noise)],
    ["an unknown box type", box("junk", noise)],
    ["seven boxes", joined(...Array.from({ length: 7 }, () => box("free")))],
    ["a large box", box("free", new Uint8Array(7 * 1024 * 1024))],
  ])("finds the brand after %s", (_, first) => {
    expect(sniffVideo(joined(first, ftyp("isom")))).toBe("video/mp4");
    expect(sniffVideo(joined(first, ftyp("qt  ", "qt  ")))).toBe("video/quicktime");
    expect(sniffVideo(joined(first, ftyp("avif", "avifmif1")))).toBeNull();
  });

  it.each(["free", "skip", "uuid"])(
    "takes a file for an MP4 if its first box, %s, is larger than what is read",
    (type) => {
      expect(sniffVideo(joined(uint32(9_000_000), ascii(type), noise))).toBe("video/mp4");
    },
  );

  it.each([
    ["unknown, then a movie's", "wxyz", "mp42", "video/mp4"],
    ["unknown, then QuickTime", "wxyz", "qt  ", "video/quicktime"],
    ["a movie's, then an image's", "isom", "avif", "video/mp4"],
    ["unknown, then an image's", "wxyz", "heic", null],
    ["an image's, then a movie's", "avis", "iso8", null],
  ])("uses the first known brand: %s", (_, major, compatible, type) => {
    expect(sniffVideo(ftyp(major, compatible))).toBe(type);
  });

  it.each(["avif", "avis", "heic", "heix", "hevc", "mif1", "msf1", "M4A ", "M4B ", "M4P ", "crx ", "jxl ", "jp2 "])(
    "rejects the image or audio brand %s",
    (brand) => {
      expect(sniffVideo(ftyp(brand))).toBeNull();
    },
  );

  it.each<[string, Uint8Array]>([
    ["text", bytes("The free trial has ended. Please sign in.")],
    ["text with another box name", bytes("Too wide a page for this.")],
    ["text with the name of media data", bytes("The mdat box holds the media data.\n")],
    ["text after a byte order mark", bytes([0xef, 0xbb, 0xbf], "!moov ", "x".repeat(1_000))],
    ["text that begins with line breaks", bytes("\n\n\n\nskip this")],
    ["JSON", bytes('{"a": "free"}')],
    ["a box smaller than its own header", bytes([0, 0, 0, 7], "free")],
    ["text that names a brand", bytes("See ftypisom")],
    ["a type after a byte order mark", joined([0xef, 0xbb, 0xbf], ftyp("isom"))],
    ["an unknown box", bytes([0, 0, 0, 8], "junk")],
    ["filler only", joined(box("free", noise), box("skip"))],
    ["an image with a movie's brand", joined(ftyp("isom"), pictures, box("mdat", noise))],
    ["a JPEG XL", joined(box("JXL ", [0x0d, 0x0a, 0x87, 0x0a]), ftyp("jxl ", "jxl "))],
    ["a JPEG 2000", joined(box("jP  ", [0x0d, 0x0a, 0x87, 0x0a]), ftyp("jp2 ", "jp2 "))],
    ["Matroska", ebml("matroska")],
    ["Matroska that contains the word", joined(ebml("matroska"), ascii("\x42\x82\x84webm"))],
    ["an EBML header without a type", ebml("").subarray(0, 21)],
    ["HTML", bytes("<!doctype html><title>Sign in</title>")],
    ["a JPEG", bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0x10], "JFIF")],
    ["a PNG", joined([0x89], ascii("PNG\r\n\x1a\n\0\0\0\rIHDR"))],
    ["an MP3", joined(ascii("ID3\x04\0\0\0\0\0\x0a"), noise)],
    ["AVI", joined(ascii("RIFF\0\x10\0\0AVI LIST"), noise)],
    ["an MPEG transport stream", joined([0x47, 0x40, 0, 0x10], noise)],
    ["a ZIP", joined(ascii("PK\x03\x04\x14\0\0\0"), noise)],
    ["zeros", new Uint8Array(4_096)],
    ["a few bytes", bytes([0, 0, 0])],
    ["nothing", bytes()],
  ])("rejects %s", (_, head) => {
    expect(sniffVideo(head)).toBeNull();
  });
});
