import { describe, expect, it } from "vitest";
import { sniffVideo } from "../../src/videos/sniff.ts";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

const ftyp = (brand: string) => bytes([0, 0, 0, 0x20], "ftyp", brand, [0, 0, 2, 0], "isomiso2avc1mp41");

/** An EBML header as ffmpeg writes it: versions and lengths, then the document type. */
const ebml = (type: string, size: number[] = [0x80 + type.length]) =>
  bytes(
    [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0xf7, 0x81, 1, 0x42, 0xf2, 0x81, 4, 0x42, 0xf3, 0x81, 8],
    [0x42, 0x82, ...size],
    type,
    [0x42, 0x87, 0x81, 4, 0x42, 0x85, 0x81, 2],
  );

describe("sniffVideo", () => {
  it.each<[string, Uint8Array, string]>([
    ["an MP4", ftyp("isom"), "video/mp4"],
    ["an MP4 for streaming", ftyp("dash"), "video/mp4"],
    ["Apple's MP4", ftyp("M4V "), "video/mp4"],
    ["QuickTime", ftyp("qt  "), "video/quicktime"],
    [
      "QuickTime that begins with its header",
      bytes([0, 0x10, 0, 0], "moov", [0, 0, 0, 0x6c], "mvhd"),
      "video/quicktime",
    ],
    ["QuickTime that begins with filler", bytes([0, 0, 0, 8], "wide", [0, 0, 0x10, 0], "mdat"), "video/quicktime"],
    ["QuickTime that begins with its media data", bytes([0x54, 0, 0, 1], "mdat"), "video/quicktime"],
    ["QuickTime of more than 4 GB", bytes([0, 0, 0, 1], "mdat", [0, 0, 0, 2, 0, 0, 0, 0]), "video/quicktime"],
    ["QuickTime whose media data extends to the end", bytes([0, 0, 0, 0], "mdat"), "video/quicktime"],
    ["WebM", ebml("webm"), "video/webm"],
    ["WebM with an 8-byte length", ebml("webm", [0x01, 0, 0, 0, 0, 0, 0, 4]), "video/webm"],
  ])("recognizes %s", (_, head, type) => {
    expect(sniffVideo(head)).toBe(type);
  });

  it.each(["avif", "avis", "heic", "heix", "hevc", "mif1", "msf1", "M4A ", "M4B ", "M4P ", "crx "])(
    "rejects the image or audio brand %s",
    (brand) => {
      expect(sniffVideo(ftyp(brand))).toBeNull();
    },
  );

  it.each<[string, Uint8Array]>([
    ["text", bytes("The free trial has ended. Please sign in.")],
    ["text with another box name", bytes("Too wide a page for this.")],
    ["text that begins with line breaks", bytes("\n\n\n\nskip this")],
    ["a box smaller than its own header", bytes([0, 0, 0, 7], "free")],
    ["text that names a brand", bytes("See ftypisom")],
    ["an unknown box", bytes([0, 0, 0, 8], "junk")],
    ["Matroska", ebml("matroska")],
    ["an EBML header without a type", ebml("").subarray(0, 21)],
    ["HTML", bytes("<!doctype html><title>Sign in</title>")],
    ["a JPEG", bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0x10], "JFIF")],
    ["a few bytes", bytes([0, 0, 0])],
    ["nothing", bytes()],
  ])("rejects %s", (_, head) => {
    expect(sniffVideo(head)).toBeNull();
  });
});
