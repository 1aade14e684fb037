/** 128 random bits. `crypto.randomUUID` is undefined in insecure contexts, such as http on a local network. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
