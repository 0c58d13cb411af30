import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { canonical, messageOf } from '../vocabulary/index.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { LEDGER_FORMAT } from './export.ts';
import { chainHash, EMPTY_CHAIN, leafHash, sameBytes } from './hash.ts';
import { Frontier } from './merkle.ts';
import { readVerifierKey, type NoteVerifier } from './signed-note.ts';
import { readWitnessed } from './witness.ts';

/** A sealer leaves no longer tail than this; a longer one means that sealing stopped or that checkpoints were taken away. */
const MAX_UNSEALED = 1_000;
const MAX_LINE = 16 * 1024 * 1024;

/** The first thing that is wrong in a ledger file. */
export interface FirstBad {
  /** Line of the file, from 1; null when it is no single line's fault. */
  readonly line: number | null;
  /**
   * The entry at which the file first contradicts itself; null when that is no entry. Who altered an earlier one and made its
   * chain value fit did so after entry `sealed`: up to there every entry is proven.
   */
  readonly seq: number | null;
  /** `seq` … `upTo` do not have the signed root, and nothing says which of them is wrong; otherwise the same as `seq`. */
  readonly upTo: number | null;
  readonly why: string;
}

/** What can be said of a ledger file. */
export interface Verification {
  readonly ok: boolean;
  /** Entries from the beginning that follow from one another. */
  readonly entries: number;
  readonly checkpoints: number;
  /** Entries under the last good checkpoint. */
  readonly sealed: number;
  /** Good entries after it, which only the chain covers: whoever can write the record can write these anew. */
  readonly unsealed: number;
  /** Entries under the largest checkpoint that the witness confirms; null without witness. */
  readonly witnessed: number | null;
  /** Base64 root that the last good checkpoint signed. */
  readonly root: string | null;
  readonly firstBad: FirstBad | null;
  readonly warnings: readonly string[];
}

export interface VerifyOptions {
  /** Public key of the log, from somebody you trust; never the one in the file. */
  readonly vkey: string;
  /** Text of the witness's file, if there is one. Copy it before you export: it may not know more than the export. */
  readonly witness?: string;
}

/** Verifies an exported ledger file offline. Never throws; what cannot be read is a reason like any other. */
export async function verifyFile(path: string, options: VerifyOptions): Promise<Verification> {
  return verifyLedger(createReadStream(path, { highWaterMark: 1024 * 1024 }), options);
}

/** Verifies the bytes of an exported ledger file. Never throws. */
export async function verifyLedger(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: VerifyOptions,
): Promise<Verification> {
  const key = readVerifierKey(options.vkey);
  if (key === null) return nothing(`\`${options.vkey}\` is no verifier key`);
  const reading = new Reading(key, options.witness);
  try {
    let rest = Buffer.alloc(0);
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
        if (!reading.line(bytes.subarray(from, to))) return reading.verdict();
        from = to + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > MAX_LINE) break;
    }
    reading.end(rest.length > 0);
  } catch (error) {
    reading.unreadable(messageOf(error));
  }
  return reading.verdict();
}

/** One reading of one file, line by line, up to the first thing that is wrong. */
class Reading {
  readonly #key: NoteVerifier;
  readonly #header: string;
  readonly #frontier = new Frontier();
  /** What the witness saw and has not been compared yet, smallest first; null without witness. */
  readonly #seen: Checkpoint[] | null;
  readonly #warnings: string[];
  #chain = EMPTY_CHAIN;
  #lines = 0;
  #checkpoints = 0;
  #last: Checkpoint | null = null;
  #witnessed = 0;
  #closed = false;
  #firstBad: FirstBad | null = null;

  constructor(key: NoteVerifier, witness: string | undefined) {
    this.#key = key;
    this.#header = JSON.stringify({ format: LEDGER_FORMAT, origin: key.name, vkey: key.vkey });
    const witnessed = witness === undefined ? null : readWitnessed(witness, key);
    this.#seen = witnessed && witnessed.checkpoints.filter((c) => c.size > 0).sort((a, b) => a.size - b.size);
    this.#warnings = (witnessed?.damaged ?? []).map(
      (n) => `line ${n} of the witness file is no checkpoint of this key`,
    );
    if (this.#seen?.length === 0 && witness !== '') this.#bad(null, 'the witness file holds no checkpoint of this key');
  }

  /** Takes the next line, without its newline. False when something is wrong and reading on is no use. */
  line(bytes: Buffer): boolean {
    if (this.#firstBad) return false;
    this.#lines++;
    const text = isUtf8(bytes) ? bytes.toString('utf8') : '';
    if (this.#closed) this.#bad(null, 'something follows the footer');
    else if (this.#lines === 1) this.#readHeader(text);
    else if (text.startsWith('{"checkpoint":')) this.#readCheckpoint(text);
    else if (text.startsWith('{"entries":')) this.#readFooter(text);
    else this.#readEntry(text);
    return this.#firstBad === null;
  }

  /** No more lines. */
  end(torn: boolean): void {
    if (this.#firstBad) return;
    this.#lines++;
    if (torn) return this.#bad(this.#next, 'the line has no end');
    if (!this.#closed) return this.#bad(this.#next, `the file is cut off after entry ${this.#size}: it has no footer`);
    const beyond = this.#seen?.at(-1);
    if (beyond) return this.#missing(null, `the witness saw ${beyond.size} entries, the file has ${this.#size}`);
    const unsealed = this.#size - this.#sealed;
    if (this.#seen && this.#witnessed === 0 && this.#checkpoints > 0) {
      return this.#bad(null, 'the witness has seen nothing of this ledger', null);
    }
    if (this.#size > 0 && this.#last === null) return this.#bad(1, 'it holds no checkpoint: nothing is signed', null);
    if (unsealed > MAX_UNSEALED) {
      this.#bad(this.#sealed + 1, `${unsealed} entries follow the last checkpoint, at most ${MAX_UNSEALED} may`, null);
    }
  }

  unreadable(why: string): void {
    this.#firstBad ??= { line: null, seq: null, upTo: null, why: `the file cannot be read: ${why}` };
  }

  verdict(): Verification {
    return {
      ok: this.#firstBad === null,
      entries: this.#size,
      checkpoints: this.#checkpoints,
      sealed: this.#sealed,
      unsealed: this.#size - this.#sealed,
      witnessed: this.#seen && this.#witnessed,
      root: this.#last && Buffer.from(this.#last.root).toString('base64'),
      firstBad: this.#firstBad,
      warnings: this.#warnings,
    };
  }

  get #size(): number {
    return this.#frontier.size;
  }

  get #next(): number {
    return this.#size + 1;
  }

  get #sealed(): number {
    return this.#last?.size ?? 0;
  }

  #readHeader(text: string): void {
    if (text === this.#header) return;
    const { format, vkey } = parse(text);
    if (format !== LEDGER_FORMAT) this.#bad(null, `it is no \`${LEDGER_FORMAT}\` file`);
    else if (vkey !== this.#key.vkey) this.#bad(null, 'it is the ledger of another key');
    else this.#bad(null, 'the header is not as it was written');
  }

  #readEntry(text: string): void {
    const { seq, entry, chain } = parse(text);
    // Exactly as it was written: there is one way to write a line, so that no byte is free.
    if (typeof entry !== 'string' || JSON.stringify({ seq, entry, chain }) !== text) {
      return this.#bad(this.#next, 'the line is no entry, checkpoint or footer as it was written');
    }
    if (seq !== this.#next) return this.#bad(this.#next, `entry ${this.#next} is not here: instead comes \`${seq}\``);
    const leaf = leafHash(entry);
    const expected = chainHash(this.#chain, leaf);
    if (chain !== Buffer.from(expected).toString('hex')) {
      return this.#bad(seq, `entry ${seq} does not follow from the entries before it`);
    }
    if (!isCanonicalEntry(entry, seq)) return this.#bad(seq, `entry ${seq} is not the canonical text of entry ${seq}`);
    this.#chain = expected;
    this.#frontier.append(leaf);
    this.#compareWithWitness();
  }

  #compareWithWitness(): void {
    while (this.#seen?.[0]?.size === this.#size) {
      const { size, root } = this.#seen.shift()!;
      if (!sameBytes(root, this.#frontier.root())) {
        const why = `the witness saw another root at ${size} entries`;
        return this.#range(this.#witnessed + 1, why);
      }
      this.#witnessed = size;
    }
  }

  #readCheckpoint(text: string): void {
    const { checkpoint: note } = parse(text);
    if (typeof note !== 'string' || JSON.stringify({ checkpoint: note }) !== text) {
      return this.#bad(null, 'the checkpoint is not as it was written');
    }
    const read = readCheckpoint(note, this.#key);
    if (!read.ok) return this.#bad(null, `the checkpoint is not valid: ${read.why}`);
    const { size, root } = read.checkpoint;
    if (size > this.#size)
      return this.#missing(this.#lines, `the checkpoint covers ${size} entries, here are ${this.#size}`);
    if (size < this.#size || size <= this.#sealed)
      return this.#bad(null, `the checkpoint of ${size} entries is out of place`);
    if (!sameBytes(root, this.#frontier.root())) {
      return this.#range(
        Math.max(this.#sealed, this.#witnessed) + 1,
        `these are not the ${size} entries that were signed`,
      );
    }
    this.#last = read.checkpoint;
    this.#checkpoints++;
  }

  #readFooter(text: string): void {
    this.#closed = true;
    if (text === JSON.stringify({ entries: this.#size, checkpoints: this.#checkpoints })) return;
    const { entries } = parse(text);
    if (typeof entries === 'number' && entries > this.#size) {
      this.#missing(this.#lines, `the footer counts ${entries} entries, here are ${this.#size}`);
    } else {
      this.#bad(null, 'the footer does not count what is here');
    }
  }

  #bad(seq: number | null, why: string, line: number | null = this.#lines || null): void {
    this.#firstBad ??= { line, seq, upTo: seq, why };
  }

  #missing(line: number | null, why: string): void {
    this.#firstBad ??= { line, seq: this.#next, upTo: this.#next, why };
  }

  #range(from: number, why: string): void {
    this.#firstBad ??= { line: this.#lines, seq: from, upTo: this.#size, why };
  }
}

/** Members of a JSON object; none when it is not one. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isCanonicalEntry(text: string, seq: number): boolean {
  const entry = parse(text);
  try {
    return entry['seq'] === seq && canonical(entry) === text;
  } catch {
    return false;
  }
}

function nothing(why: string): Verification {
  const counts = { entries: 0, checkpoints: 0, sealed: 0, unsealed: 0, witnessed: null, root: null };
  return { ok: false, ...counts, firstBad: { line: null, seq: null, upTo: null, why }, warnings: [] };
}
