import { hash } from 'node:crypto';

/** Root of a log without entries: SHA-256 of nothing (RFC 6962, 2.1). */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer');
/** Where the hash chain begins: 32 zero bytes. */
export const EMPTY_CHAIN: Uint8Array = new Uint8Array(32);

const pair = Buffer.alloc(65);
pair[0] = 0x01;
const link = Buffer.alloc(64);

/** SHA-256(0x00 || utf8(text)): the leaf hash of RFC 6962. `text` is well formed, as canonical text always is. */
export function leafHash(text: string): Uint8Array {
  return hash('sha256', '\u0000' + text, 'buffer');
}

/** SHA-256(0x01 || left || right): an inner node of RFC 6962. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(left, 1);
  pair.set(right, 33);
  return hash('sha256', pair, 'buffer');
}

/** SHA-256(previous || leaf): the next value of the hash chain. */
export function chainHash(previous: Uint8Array, leaf: Uint8Array): Uint8Array {
  link.set(previous, 0);
  link.set(leaf, 32);
  return hash('sha256', link, 'buffer');
}

/** Compares public values; takes no care of timing. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
