#!/usr/bin/env node
// Verifies a Reeve ledger file (*.reeve-ledger.jsonl) with nothing but Node 18 or newer and this file: no network, no packages.
//
//   node verify-offline.mjs LEDGER --vkey KEY [--witness FILE] [--json]
//
// KEY is the log's public key, `name+id+base64`, from somebody you trust: not from the ledger file itself, and not from whoever
// handed you the file. FILE is a copy of the witness's checkpoints, made before the export. Exit 0: verified; 1: not; 2: usage.
//
// What is checked, and against which text:
//   every entry is canonical JSON (RFC 8785), has the next number, and its chain value is SHA-256(previous || leaf), where
//   leaf = SHA-256(0x00 || entry); at every checkpoint the RFC 6962 tree over all leaves has the root that Ed25519 signed
//   (c2sp.org/tlog-checkpoint, c2sp.org/signed-note); with a witness file, the tree also has every root the witness saw.
//
// What cannot be seen without a witness file: the newest checkpoints and all entries after the last one left, taken away
// together; at most 1,000 entries after the last checkpoint, written anew; and anything done with a stolen signing key.
//
// This is a second implementation on purpose: it shares no code with verify.ts, and tests hold the two to one answer.
import * as crypto from 'node:crypto';
import { createReadStream, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FORMAT = 'reeve-ledger/1';
const LONGEST_TAIL = 1000;
const LONGEST_LINE = 16 * 1024 * 1024;
const DEEPEST = 64;

// Since Node 20.12 there is a faster way to hash at once.
const hashOnce = crypto.hash
  ? (data) => crypto.hash('sha256', data, 'buffer')
  : (data) => crypto.createHash('sha256').update(data).digest();
const sha256 = (...parts) => hashOnce(parts.length === 1 ? parts[0] : Buffer.concat(parts));
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Verifies chunks of bytes (any iterable, async or not). Never throws.
 * Returns { ok, entries, checkpoints, sealed, unsealed, witnessed, root, firstBad, warnings }; docs/ledger-file.md says what each is.
 */
export async function verify(chunks, { vkey, witness }) {
  const log = { entries: 0, checkpoints: 0, sealed: 0, witnessed: witness === undefined ? null : 0, root: null };
  const warnings = [];
  const answer = (bad) => ({
    ok: bad === null,
    entries: log.entries,
    checkpoints: log.checkpoints,
    sealed: log.sealed,
    unsealed: log.entries - log.sealed,
    witnessed: log.witnessed,
    root: log.root,
    firstBad: bad,
    warnings,
  });
  const key = readKey(vkey);
  if (!key) return { ...answer(bad(null, null, null, `\`${vkey}\` is no verifier key`)), witnessed: null };

  const seen = new Map(); // size -> roots the witness saw at that size
  let largestSeen = 0;
  if (witness !== undefined) {
    const lines = String(witness).split('\n');
    lines.forEach((line, i) => {
      if (line === '') return;
      const head = readCheckpoint(members(line).checkpoint, key);
      if (typeof head === 'string')
        return void warnings.push(`line ${i + 1} of the witness file is no checkpoint of this key`);
      if (head.size === 0) return;
      seen.set(head.size, [...(seen.get(head.size) ?? []), head.root]);
      largestSeen = Math.max(largestSeen, head.size);
    });
    if (witness !== '' && seen.size === 0) {
      return answer(bad(null, null, null, 'the witness file holds no checkpoint of this key'));
    }
  }

  const edge = []; // edge[i]: root of a complete subtree of 2^i leaves, or undefined
  let chain = Buffer.alloc(32);
  let lineNumber = 0;
  let closed = false;

  /** Root of the RFC 6962 tree over the leaves so far. */
  const root = () =>
    edge.reduce((right, left) => (left === undefined ? right : right ? sha256(NODE, left, right) : left), undefined);

  function onEntry(text) {
    const seq = log.entries + 1;
    const { entry, ...outer } = members(text);
    if (typeof entry !== 'string' || text !== JSON.stringify({ seq: outer.seq, entry, chain: outer.chain })) {
      return bad(lineNumber, seq, seq, 'the line is no entry, checkpoint or footer as it was written');
    }
    if (outer.seq !== seq) return bad(lineNumber, seq, seq, `entry ${seq} is not here: instead comes \`${outer.seq}\``);
    const leaf = sha256(LEAF, Buffer.from(entry));
    const follows = sha256(chain, leaf);
    if (outer.chain !== follows.toString('hex')) {
      // CHECK chain
      return bad(lineNumber, seq, seq, `entry ${seq} does not follow from the entries before it`);
    }
    const inner = members(entry);
    if (inner.seq !== seq || canonical(inner, 0) !== entry) {
      // CHECK canonical
      return bad(lineNumber, seq, seq, `entry ${seq} is not the canonical text of entry ${seq}`);
    }
    chain = follows;
    log.entries = seq;
    let node = leaf;
    let level = 0;
    for (; edge[level] !== undefined; level++) {
      node = sha256(NODE, edge[level], node);
      edge[level] = undefined;
    }
    edge[level] = node;
    for (const expected of seen.get(seq) ?? []) {
      if (!expected.equals(root())) {
        // CHECK witness
        return bad(lineNumber, log.witnessed + 1, seq, `the witness saw another root at ${seq} entries`);
      }
      log.witnessed = seq;
    }
    return null;
  }

  function onCheckpoint(text) {
    const note = members(text).checkpoint;
    if (typeof note !== 'string' || text !== JSON.stringify({ checkpoint: note })) {
      return bad(lineNumber, null, null, 'the checkpoint is not as it was written');
    }
    const head = readCheckpoint(note, key);
    if (typeof head === 'string') return bad(lineNumber, null, null, `the checkpoint is not valid: ${head}`);
    if (head.size > log.entries) {
      const next = log.entries + 1;
      return bad(lineNumber, next, next, `the checkpoint covers ${head.size} entries, here are ${log.entries}`);
    }
    if (head.size < log.entries || head.size <= log.sealed) {
      return bad(lineNumber, null, null, `the checkpoint of ${head.size} entries is out of place`);
    }
    if (!head.root.equals(root())) {
      // CHECK root
      const from = Math.max(log.sealed, log.witnessed ?? 0) + 1;
      return bad(lineNumber, from, log.entries, `these are not the ${head.size} entries that were signed`);
    }
    log.sealed = head.size;
    log.root = head.root.toString('base64');
    log.checkpoints++;
    return null;
  }

  function onFooter(text) {
    closed = true;
    if (text === JSON.stringify({ entries: log.entries, checkpoints: log.checkpoints })) return null; // CHECK footer
    const { entries } = members(text);
    const next = log.entries + 1;
    return typeof entries === 'number' && entries > log.entries
      ? bad(lineNumber, next, next, `the footer counts ${entries} entries, here are ${log.entries}`)
      : bad(lineNumber, null, null, 'the footer does not count what is here');
  }

  function onHeader(text) {
    if (text === JSON.stringify({ format: FORMAT, origin: key.name, vkey: key.vkey })) return null;
    const header = members(text);
    if (header.format !== FORMAT) return bad(1, null, null, `it is no \`${FORMAT}\` file`);
    if (header.vkey !== key.vkey) return bad(1, null, null, 'it is the ledger of another key');
    return bad(1, null, null, 'the header is not as it was written');
  }

  function onLine(bytes) {
    lineNumber++;
    const text = decode(bytes);
    if (closed) return bad(lineNumber, null, null, 'something follows the footer');
    if (lineNumber === 1) return onHeader(text);
    if (text.startsWith('{"checkpoint":')) return onCheckpoint(text);
    return text.startsWith('{"entries":') ? onFooter(text) : onEntry(text);
  }

  function onEnd(torn) {
    const next = log.entries + 1;
    lineNumber++;
    if (torn) return bad(lineNumber, next, next, 'the line has no end');
    if (!closed) return bad(lineNumber, next, next, `the file is cut off after entry ${log.entries}: it has no footer`);
    if (largestSeen > log.entries) {
      // CHECK witness size
      return bad(null, next, next, `the witness saw ${largestSeen} entries, the file has ${log.entries}`);
    }
    if (log.witnessed === 0 && log.checkpoints > 0)
      return bad(null, null, null, 'the witness has seen nothing of this ledger');
    if (log.entries > 0 && log.checkpoints === 0) return bad(null, 1, 1, 'it holds no checkpoint: nothing is signed');
    const tail = log.entries - log.sealed;
    if (tail > LONGEST_TAIL) {
      return bad(
        null,
        log.sealed + 1,
        log.sealed + 1,
        `${tail} entries follow the last checkpoint, at most ${LONGEST_TAIL} may`,
      );
    }
    return null;
  }

  try {
    let pending = Buffer.alloc(0);
    for await (const chunk of chunks) {
      pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
      let start = 0;
      let end;
      while ((end = pending.indexOf(0x0a, start)) !== -1) {
        const wrong = onLine(pending.subarray(start, end));
        if (wrong) return answer(wrong);
        start = end + 1;
      }
      pending = pending.subarray(start);
      if (pending.length > LONGEST_LINE) break;
    }
    return answer(onEnd(pending.length > 0));
  } catch (error) {
    return answer(bad(null, null, null, `the file cannot be read: ${error instanceof Error ? error.message : error}`));
  }
}

function bad(line, seq, upTo, why) {
  return { line, seq, upTo, why };
}

/** Text of the bytes; nothing when they are not UTF-8. */
function decode(bytes) {
  try {
    return utf8.decode(bytes);
  } catch {
    return '';
  }
}

/** Members of the JSON object in a text; none when it is not one. */
function members(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** RFC 8785; undefined for what nests too deep or has no canonical form. */
function canonical(value, depth) {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth >= DEEPEST) return undefined;
  let out = '';
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = canonical(item, depth + 1);
      if (text === undefined) return undefined;
      out += out === '' ? text : `,${text}`;
    }
    return `[${out}]`;
  }
  for (const name of Object.keys(value).sort()) {
    const label = quoted(name);
    const text = canonical(value[name], depth + 1);
    if (text === undefined || label === undefined || name === '__proto__') return undefined;
    out += out === '' ? `${label}:${text}` : `,${label}:${text}`;
  }
  return `{${out}}`;
}

function quoted(text) {
  // Most text needs no escape, and then is its own canonical form.
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  // A lone surrogate is the one thing that UTF-8 cannot carry there and back.
  const lone = /[\ud800-\udfff]/.test(text) && Buffer.from(text).toString() !== text;
  return lone || text.includes('\u0000') ? undefined : JSON.stringify(text);
}

/** A verifier key `name+id+base64(0x01 || key)`; null when it is none. */
function readKey(vkey) {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(String(vkey));
  const typed = parts && base64(parts[3]);
  if (!typed || typed.length !== 33 || typed[0] !== 1) return null;
  const [, name, id] = parts;
  if (sha256(Buffer.from(`${name}\n`), typed).toString('hex', 0, 4) !== id) return null;
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: typed.subarray(1).toString('base64url') };
    return { name, id, vkey, public: crypto.createPublicKey({ key: jwk, format: 'jwk' }) };
  } catch {
    return null;
  }
}

/** { size, root } of a checkpoint that this key signed, or why it is none. */
function readCheckpoint(note, key) {
  const cut = typeof note === 'string' ? note.lastIndexOf('\n\n') : -1;
  if (cut < 0 || note.length > 65536 || !note.endsWith('\n') || [...note].some((c) => c < ' ' && c !== '\n')) {
    return 'it is no signed note';
  }
  const text = note.slice(0, cut + 1);
  let signatures = 0;
  for (const line of note.slice(cut + 2, -1).split('\n')) {
    const words = /^\u2014 ([^+\s]+) (\S+)$/.exec(line);
    const blob = words && base64(words[2]);
    if (!blob || blob.length < 5) return 'it has a malformed signature line';
    if (words[1] !== key.name || blob.toString('hex', 0, 4) !== key.id) continue;
    if (!crypto.verify(null, Buffer.from(text), key.public, blob.subarray(4))) {
      // CHECK signature
      return `the signature of \`${key.name}\` is wrong`;
    }
    signatures++;
  }
  if (signatures === 0) return `it has no signature of \`${key.name}\``;
  const [origin, size, hash, ...more] = text.slice(0, -1).split('\n');
  const root = base64(hash ?? '');
  if (!/^(0|[1-9]\d*)$/.test(size ?? '') || !Number.isSafeInteger(+size) || root?.length !== 32 || more.includes('')) {
    return 'what is signed is no checkpoint';
  }
  return origin === key.name ? { size: +size, root } : `it is of another log, \`${origin}\``;
}

/** Bytes of standard base64; null unless written the one way it can be. */
function base64(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

async function main(args) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const [vkey, witnessPath, path] = [option('--vkey'), option('--witness'), args[0]];
  if (!path || path.startsWith('--') || !vkey || (args.includes('--witness') && !witnessPath)) {
    console.error('usage: node verify-offline.mjs LEDGER --vkey KEY [--witness FILE] [--json]');
    return 2;
  }
  let witness;
  try {
    if (witnessPath) witness = readFileSync(witnessPath, 'utf8');
  } catch (error) {
    console.error(`the witness file cannot be read: ${error.message}`);
    return 2;
  }
  const found = await verify(createReadStream(path), { vkey, witness });
  console.log(args.includes('--json') ? JSON.stringify(found) : report(found));
  return found.ok ? 0 : 1;
}

function report({ ok, entries, checkpoints, sealed, unsealed, witnessed, root, firstBad, warnings }) {
  const lines = [ok ? 'verified' : 'NOT VERIFIED'];
  if (firstBad) {
    const { line, seq, upTo, why } = firstBad;
    const place = [line && `line ${line}`, seq && (seq === upTo ? `entry ${seq}` : `entries ${seq} to ${upTo}`)];
    lines.push(`  first bad: ${[...place.filter(Boolean), why].join(', ')}`);
  }
  lines.push(
    `  ${entries} entries, ${checkpoints} checkpoints; ${sealed} sealed, ${unsealed} after the last checkpoint`,
  );
  if (root) lines.push(`  root ${root}`);
  lines.push(
    witnessed === null ? '  no witness: a cut-off end would not show' : `  witnessed up to entry ${witnessed}`,
  );
  return [...lines, ...warnings.map((warning) => `  warning: ${warning}`)].join('\n');
}

const started = process.argv[1];
if (started && realpathSync(started) === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2));
