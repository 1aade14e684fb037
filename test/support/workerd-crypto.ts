// What workerd's `crypto` has and Node's lacks, for tests in Node.

import { createHash, timingSafeEqual as nodeTimingSafeEqual } from "node:crypto";

class DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;

  constructor(algorithm: string) {
    const hash = createHash(algorithm.replace("-", "").toLowerCase());
    const { promise, resolve } = Promise.withResolvers<ArrayBuffer>();
    super({
      write: (chunk) => void hash.update(chunk),
      close: () => resolve(new Uint8Array(hash.digest()).buffer),
    });
    this.digest = promise;
  }
}

function timingSafeEqual(a: ArrayBuffer, b: ArrayBuffer): boolean {
  return nodeTimingSafeEqual(new Uint8Array(a), new Uint8Array(b));
}

export function addWorkerdCrypto(): void {
  Object.assign(crypto, { DigestStream });
  Object.assign(crypto.subtle, { timingSafeEqual });
}
