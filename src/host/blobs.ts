import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestText, GiveUp, Misuse, type Digest } from '../vocabulary/index.ts';
import { asDiskFull } from './disk-full.ts';
import { writeDurably } from './write-durably.ts';

/** Bytes kept by what they are: too large for the record or the engine's journal, which hold their digest. */
export interface Blobs {
  /** Keeps bytes, on disk when it resolves. The same bytes again cost nothing. @throws GiveUp `disk-full`. */
  put(bytes: Uint8Array): Promise<Digest>;
  /**
   * The bytes of a digest, or `undefined` when there are none.
   * @throws GiveUp `verification-failed` when the bytes on disk are not those any more; Misuse when it is no digest.
   */
  get(digest: Digest): Promise<Uint8Array | undefined>;
}

export function openBlobs(folder: string): Blobs {
  return {
    async put(bytes) {
      const digest = digestText(bytes);
      const path = pathOf(folder, digest);
      if ((await sizeOf(path)) === bytes.length) return digest;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeDurably(path, bytes);
      } catch (error) {
        throw asDiskFull(error, folder) ?? error;
      }
      return digest;
    },

    async get(digest) {
      const bytes = await readFile(pathOf(folder, digest)).catch(absent);
      if (bytes === undefined || digestText(bytes) === digest) return bytes;
      throw new GiveUp('verification-failed', `the bytes kept as \`${digest}\` have changed on disk`);
    },
  };
}

function pathOf(folder: string, digest: Digest): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Misuse('bad-request', `\`${digest}\` is no digest`);
  return join(folder, hex.slice(0, 2), hex.slice(2));
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(absent))?.size;
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
