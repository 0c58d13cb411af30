import { createHash } from 'node:crypto';
import { newSigner, type NoteSigner } from '../../src/ledger/index.ts';
import { canonical, type Entry, type Json } from '../../src/vocabulary/index.ts';

/** A whole number from 0, below the bound. */
export type Random = (below: number) => number;

/** An exported ledger with all that an attacker could hold. */
export interface Log {
  /** Lines of the export, without newlines. */
  readonly lines: readonly string[];
  /** Canonical texts of the entries; entry `seq` is at `seq - 1`. */
  readonly bodies: readonly string[];
  /** Sizes that have a checkpoint. */
  readonly sealed: readonly number[];
  /** Only for who has stolen it. */
  readonly key: NoteSigner;
  readonly vkey: string;
  readonly witness: string;
}

/** What was done to a ledger, and where a verifier must find it. */
export interface Mutation {
  readonly what: string;
  readonly bytes: Buffer;
  readonly witness: string | undefined;
  /** True when nothing but the witness can tell. */
  readonly needsWitness?: boolean;
  /** Where it must be found; left out where no single place is right. */
  readonly line?: number;
  readonly seq?: number;
  /** Last entry of the range that is named, where nothing tells which one it is. */
  readonly upTo?: number;
}

type Mutate = (log: Log, random: Random) => Mutation;

/**
 * Ways to tamper with a ledger. The attacker knows the format, computes leaf and chain anew like the platform, and counts
 * right in the footer; what he lacks is the key (except where it is stolen) and the witness.
 */
export const CLASSES: readonly (readonly [string, Mutate])[] = [
  ['bit-flip', flipBit],
  ['edit', edit],
  ['delete', remove],
  ['insert', insert],
  ['reorder', reorder],
  ['tail-cut', cutTail],
  ['fork', fork],
  ['rewrite-without-key', rewriteWithoutKey],
  ['rewrite-with-stolen-key', rewriteWithKey],
  ['tail-cut-with-checkpoints', cutTailAndCheckpoints],
];

function flipBit(log: Log, random: Random): Mutation {
  const bytes = Buffer.from(join(log.lines));
  const at = random(bytes.length);
  const bit = random(8);
  let line = 1;
  for (let i = bytes.indexOf(10); i >= 0 && i < at; i = bytes.indexOf(10, i + 1)) line++;
  bytes[at]! ^= 1 << bit;
  const seq = seqOf(log.lines[line - 1]!);
  return { what: `bit ${bit} of byte ${at}`, bytes, witness: maybe(log, random), line, ...(seq ? { seq } : {}) };
}

function edit(log: Log, random: Random): Mutation {
  const size = log.bodies.length;
  const how = random(3);
  if (how === 0) {
    const seq = 1 + random(size);
    const lines = log.lines.with(lineOf(log, seq), entryLine(seq, altered(log, seq, random), chainOf(log, seq)));
    return local(log, random, `text of ${seq}, nothing else`, lines, lineOf(log, seq), seq);
  }
  const seq = 1 + random(lastSealed(log));
  const body = altered(log, seq, random);
  if (how === 1 && !log.sealed.includes(seq) && seq < size) {
    const line = entryLine(seq, body, link(seq === 1 ? ZERO : chainOf(log, seq - 1), body));
    const lines = log.lines.with(lineOf(log, seq), line);
    return local(log, random, `text and chain value of ${seq}`, lines, lineOf(log, seq + 1), seq + 1);
  }
  return sealedRange(log, random, `text of ${seq}, all chain values after it`, log.bodies.with(seq - 1, body), seq);
}

function remove(log: Log, random: Random): Mutation {
  if (random(2) === 0) {
    const seq = 1 + random(log.bodies.length);
    return local(log, random, `line of ${seq}`, log.lines.toSpliced(lineOf(log, seq), 1), lineOf(log, seq), seq);
  }
  const seq = 1 + random(lastSealed(log));
  const bodies = renumbered(log.bodies.toSpliced(seq - 1, 1), seq);
  const next = log.sealed.find((size) => size >= seq)!;
  // The last entries were sealed, so that after the removal there are fewer than the checkpoint says.
  if (next > bodies.length) {
    const lines = forged(log, bodies, keep(log), [keep(log)(next)]);
    return {
      what: `${seq}, the rest renumbered`,
      bytes: Buffer.from(join(lines)),
      witness: maybe(log, random),
      seq: next,
    };
  }
  return sealedRange(log, random, `${seq}, the rest renumbered`, bodies, seq);
}

function insert(log: Log, random: Random): Mutation {
  const how = random(3);
  const seq = 1 + random(how === 2 ? lastSealed(log) : log.bodies.length);
  const body = altered(log, seq, random);
  if (how === 0) {
    const line = entryLine(seq, body, chainOf(log, 1 + random(log.bodies.length)));
    const lines = log.lines.toSpliced(lineOf(log, seq), 0, line);
    return local(log, random, `before ${seq}, with a borrowed chain value`, lines, lineOf(log, seq), seq);
  }
  if (how === 1) {
    const line = entryLine(seq, body, link(seq === 1 ? ZERO : chainOf(log, seq - 1), body));
    const lines = log.lines.toSpliced(lineOf(log, seq), 0, line);
    // Without witness: where it saw a root at just this size, it would speak first.
    const found = local(log, random, `before ${seq}, fitting the chain`, lines, lineOf(log, seq) + 1, seq + 1);
    return { ...found, witness: undefined };
  }
  const bodies = renumbered(log.bodies.toSpliced(seq - 1, 0, body), seq);
  return sealedRange(log, random, `before ${seq}, the rest renumbered`, bodies, seq);
}

function reorder(log: Log, random: Random): Mutation {
  const renumber = random(2) === 0;
  const first = 1 + random((renumber ? lastSealed(log) : log.bodies.length) - 1);
  const second = first + 1 + random(Math.min(50, log.bodies.length - first));
  const [a, b] = [lineOf(log, first), lineOf(log, second)];
  if (!renumber) {
    const lines = log.lines.with(a, log.lines[b]!).with(b, log.lines[a]!);
    return local(log, random, `lines of ${first} and ${second} swapped`, lines, a, first);
  }
  const swapped = log.bodies.with(first - 1, log.bodies[second - 1]!).with(second - 1, log.bodies[first - 1]!);
  return sealedRange(log, random, `${first} and ${second} swapped and renumbered`, renumbered(swapped, first), first);
}

function cutTail(log: Log, random: Random): Mutation {
  const whole = join(log.lines);
  if (random(2) === 0) {
    const bytes = Buffer.from(whole);
    const at = random(bytes.length);
    const rest = bytes.subarray(0, at);
    const entries = rest.toString().split('\n').slice(0, -1).filter(seqOf).length;
    return { what: `file cut at byte ${at}`, bytes: rest, witness: maybe(log, random), seq: entries + 1 };
  }
  const left = random(log.bodies.length);
  const lines = log.lines.filter((line) => (seqOf(line) ?? 0) <= left);
  return {
    what: `entries after ${left}, checkpoints and footer left`,
    bytes: Buffer.from(join(lines)),
    witness: maybe(log, random),
    seq: left + 1,
  };
}

/** The log's own operator shows somebody another history from some point on, properly signed. */
function fork(log: Log, random: Random): Mutation {
  const seq = 1 + random(lastSealed(log));
  const bodies = log.bodies.map((body, i) => (i + 1 < seq ? body : altered(log, i + 1, (below) => i % below)));
  return witnessedRange(log, `another history from ${seq} on, signed with the log's key`, bodies, seq);
}

function rewriteWithKey(log: Log, random: Random): Mutation {
  const seq = 1 + random(lastSealed(log));
  const bodies = log.bodies.with(seq - 1, altered(log, seq, random));
  return witnessedRange(log, `${seq} rewritten, everything after it signed again with the stolen key`, bodies, seq);
}

function rewriteWithoutKey(log: Log, random: Random): Mutation {
  const seq = 1 + random(lastSealed(log));
  const bodies = log.bodies.map((body, i) => (i + 1 < seq ? body : altered(log, i + 1, (below) => i % below)));
  const other = newSigner(log.key.name);
  const [kept, forge] = [keep(log), signAs(log, other)];
  const next = log.sealed.find((size) => size >= seq)!;
  switch (random(4)) {
    case 0:
      return sealedRange(log, random, `all from ${seq} on, old checkpoints kept`, bodies, seq);
    case 1: {
      const lines = forged(log, bodies, (size, root) => (size < seq ? kept(size) : forge(size, root)));
      const line = lines.findIndex((text) => seqOf(text) === next) + 1;
      const what = `all from ${seq} on, signed with another key of the same name`;
      return { what, bytes: Buffer.from(join(lines)), witness: undefined, line: line + 1 };
    }
    case 2: {
      const signed = forged(log, bodies, (size, root) => sign(other, size, root));
      const lines = signed.with(0, signed[0]!.replace(log.vkey, other.vkey));
      const what = `all from ${seq} on, another key in the header as well`;
      return { what, bytes: Buffer.from(join(lines)), witness: maybe(log, random), line: 1 };
    }
    default: {
      const lines = forged(log, bodies, (size) => (size < seq ? kept(size) : null));
      const what = `all from ${seq} on, checkpoints from there taken away`;
      return { what, bytes: Buffer.from(join(lines)), witness: log.witness, ...rangeAt(log, seq) };
    }
  }
}

function cutTailAndCheckpoints(log: Log, random: Random): Mutation {
  // At least one checkpoint goes; when none is left, that alone is suspicious.
  const left = random(lastSealed(log));
  const lines = forged(log, log.bodies.slice(0, left), keep(log));
  const what = `everything after ${left}, with its checkpoints, and the footer made to fit`;
  return { what, bytes: Buffer.from(join(lines)), witness: log.witness, seq: left + 1, needsWitness: true };
}

// How a forger works.

const ZERO = '00'.repeat(32);

/** The checkpoint to put at one size, given the root over the forged entries; null for none. */
type NoteAt = (size: number, root: Buffer) => string | null;

/** A whole file over these entries: chain computed anew, a checkpoint wherever there was one, footer right. */
function forged(log: Log, bodies: readonly string[], noteAt: NoteAt, beyond: readonly string[] = []): string[] {
  const lines = [log.lines[0]!];
  const sizes = new Set(log.sealed);
  const edge: (Buffer | undefined)[] = [];
  const notes: string[] = [];
  let chain = ZERO;
  for (const [i, body] of bodies.entries()) {
    chain = link(chain, body);
    lines.push(entryLine(i + 1, body, chain));
    let node = leafOf(body);
    let level = 0;
    for (; edge[level]; level++) {
      node = sha256(Buffer.of(1), edge[level]!, node);
      edge[level] = undefined;
    }
    edge[level] = node;
    if (!sizes.has(i + 1)) continue;
    let root: Buffer | undefined;
    for (const left of edge) if (left) root = root ? sha256(Buffer.of(1), left, root) : left;
    const note = noteAt(i + 1, root!);
    if (note === null) continue;
    lines.push(JSON.stringify({ checkpoint: note }));
    notes.push(note);
  }
  for (const note of beyond) lines.push(JSON.stringify({ checkpoint: note }));
  lines.push(JSON.stringify({ entries: bodies.length, checkpoints: notes.length + beyond.length }));
  return lines;
}

/** The checkpoints as they were signed. */
function keep(log: Log): (size: number) => string {
  const checkpoints = log.lines.filter((line) => line.startsWith('{"checkpoint":'));
  const notes = new Map(
    log.sealed.map((size, i) => [size, (JSON.parse(checkpoints[i]!) as { checkpoint: string }).checkpoint]),
  );
  return (size) => notes.get(size)!;
}

/** A checkpoint that claims to be of the log's key and is signed by another. */
function signAs(log: Log, other: NoteSigner): NoteAt {
  return (size, root) => {
    const note = sign(other, size, root);
    const cut = note.lastIndexOf(' ') + 1;
    const blob = Buffer.from(note.slice(cut), 'base64');
    blob.write(log.key.id, 'hex');
    return `${note.slice(0, cut)}${blob.toString('base64')}\n`;
  };
}

function sign(key: NoteSigner, size: number, root: Buffer): string {
  return key.sign(`${key.name}\n${size}\n${root.toString('base64')}\n`);
}

/** Canonical text of entry `seq` saying something else. */
function altered(log: Log, seq: number, random: Random): string {
  const entry = JSON.parse(log.bodies[seq - 1]!) as Entry;
  const changes: Partial<Entry>[] = [
    { agent: null, body: { forged: random(1e9) } },
    { body: { was: entry.body as Json, forged: random(1e9) } },
    { at: new Date(Date.parse(entry.at) + 1 + random(1e6)).toISOString() },
  ];
  return canonical({ ...entry, ...changes[random(3)] });
}

/** Gives every entry from `seq` on the number of its place. */
function renumbered(bodies: readonly string[], from: number): string[] {
  return bodies.map((body, i) => {
    if (i + 1 < from) return body;
    const entry = JSON.parse(body) as Entry;
    return entry.seq === i + 1 ? body : canonical({ ...entry, seq: i + 1 });
  });
}

function sha256(...parts: readonly (Buffer | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function leafOf(body: string): Buffer {
  return sha256(Buffer.of(0), body);
}

function link(chain: string, body: string): string {
  return sha256(Buffer.from(chain, 'hex'), leafOf(body)).toString('hex');
}

function entryLine(seq: number, body: string, chain: string): string {
  return JSON.stringify({ seq, entry: body, chain });
}

function chainOf(log: Log, seq: number): string {
  return (JSON.parse(log.lines[lineOf(log, seq)]!) as { chain: string }).chain;
}

/** Index of an entry's line. */
function lineOf(log: Log, seq: number): number {
  return log.lines.findIndex((line) => line.startsWith(`{"seq":${seq},`));
}

function seqOf(line: string): number | undefined {
  const seq = /^\{"seq":([0-9]+),/.exec(line)?.[1];
  return seq === undefined ? undefined : Number(seq);
}

function lastSealed(log: Log): number {
  return log.sealed.at(-1)!;
}

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The witness file, or none: what these mutations do shows either way. */
function maybe(log: Log, random: Random): string | undefined {
  return random(2) === 0 ? log.witness : undefined;
}

// Where it must be found.

/** At one line and one entry, without asking the witness. */
function local(log: Log, random: Random, what: string, lines: readonly string[], index: number, seq: number): Mutation {
  return { what, bytes: Buffer.from(join(lines)), witness: maybe(log, random), line: index + 1, seq };
}

/** Between the last checkpoint before entry `seq` and the first one that covers it. */
function rangeAt(log: Log, seq: number): { seq: number; upTo: number } {
  const upTo = log.sealed.find((size) => size >= seq)!;
  return { seq: (log.sealed.findLast((size) => size < seq) ?? 0) + 1, upTo };
}

function sealedRange(log: Log, random: Random, what: string, bodies: readonly string[], seq: number): Mutation {
  const bytes = Buffer.from(join(forged(log, bodies, keep(log))));
  return { what, bytes, witness: maybe(log, random), ...rangeAt(log, seq) };
}

function witnessedRange(log: Log, what: string, bodies: readonly string[], seq: number): Mutation {
  const bytes = Buffer.from(join(forged(log, bodies, (size, root) => sign(log.key, size, root))));
  return { what, bytes, witness: log.witness, needsWitness: true, ...rangeAt(log, seq) };
}
