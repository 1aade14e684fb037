// Random access to a file in memory or in R2, with a limit on the number of requests.

export interface FileReader {
  /** Bytes of the file. */
  readonly size: number;
  /** Remaining number of requests. */
  readonly requestsLeft: number;
  /** @throws if the range is not within the file, after a million reads, or if a request is needed and none is left. */
  read(start: number, bytes: number): Promise<DataView>;
}

/**
 * Even for a video of many hours, the header and its tables need fewer than 20 requests. The rest are for fragments,
 * each of which has its own header.
 */
export const MAX_REQUESTS = 96;

/** Size of the first blocks. Parsers read only a few bytes at a time. */
const BLOCK_BYTES = 64 * 1024;

/** After every 16 requests the block size doubles, so that 96 requests can read 63 MiB. */
const REQUESTS_PER_SIZE = 16;

/** The largest file that can be read from start to end. */
export const MAX_BYTES = BLOCK_BYTES * REQUESTS_PER_SIZE * (2 ** (MAX_REQUESTS / REQUESTS_PER_SIZE) - 1);

/** Limits CPU time: a read within a block takes about a microsecond. Two hours of WebM have 800,000 frames. */
const MAX_READS = 1_000_000;

/** Fetches a range of a file. */
export type FetchRange = (start: number, bytes: number) => Promise<Uint8Array>;

/** Bytes of a file from position `start`. */
interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
}

export function memoryReader(file: Uint8Array): FileReader {
  const none = () => Promise.reject(new Error("all bytes are in memory"));
  return readerOf(file.byteLength, { start: 0, bytes: file }, none, Number.POSITIVE_INFINITY);
}

export function rangeReader(fetchRange: FetchRange, size: number): FileReader {
  return readerOf(size, { start: 0, bytes: new Uint8Array() }, fetchRange, MAX_REQUESTS);
}

function readerOf(size: number, first: Block, fetchRange: FetchRange, maxRequests: number): FileReader {
  let block = first;
  let requests = 0;
  let reads = 0;
  return {
    size,
    get requestsLeft() {
      return maxRequests - requests;
    },
    async read(start, bytes) {
      if (start < 0 || bytes < 0 || start + bytes > size) throw new RangeError("not within the file");
      if (reads++ === MAX_READS) throw new Error("too many reads");
      if (start < block.start || start + bytes > block.start + block.bytes.byteLength) {
        if (requests === maxRequests) throw new Error("too many requests");
        const most = BLOCK_BYTES * 2 ** Math.floor(requests++ / REQUESTS_PER_SIZE);
        block = { start, bytes: await fetchRange(start, Math.min(Math.max(bytes, most), size - start)) };
      }
      return new DataView(block.bytes.buffer, block.bytes.byteOffset + start - block.start, bytes);
    },
  };
}

/** Bytes to search after the end of a video. More bytes than this are junk only if these are all zeros. */
const MAX_JUNK_BYTES = 64 * 1024;

/**
 * Whether the rest of the file is junk, and not a part of the video that a damaged length hides.
 *
 * @param mark the 32 bits that mark a part of the video; null if there is no such mark, so that only zeros are junk
 */
export async function isJunk(file: FileReader, at: number, mark: number | null): Promise<boolean> {
  const bytes = Math.min(file.size - at, MAX_JUNK_BYTES);
  const view = await file.read(at, bytes);
  let isZero = true;
  let value = 0;
  for (let index = 0; index < bytes; index++) {
    value = ((value << 8) | view.getUint8(index)) >>> 0;
    isZero &&= value === 0;
    if (value === mark && index >= 4) return false;
  }
  return isZero || (mark !== null && bytes === file.size - at);
}
