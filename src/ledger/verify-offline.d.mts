import type { Verification, VerifyOptions } from './verify.ts';

/** As {@link verifyLedger}, written a second time without sharing code. Never throws. */
export function verify(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: VerifyOptions,
): Promise<Verification>;
