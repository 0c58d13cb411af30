import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { signCheckpoint } from './checkpoint.ts';
import { leafHash } from './hash.ts';
import { MerkleTree } from './merkle.ts';
import { newSigner } from './signed-note.ts';
import { openFileWitness, readWitnessed, type Witness } from './witness.ts';

const key = newSigner('example.com/log');
const clock = { now: () => 0 };

function grow(name: string, size: number): MerkleTree {
  const leaves = Array.from({ length: size }, (_, i) => leafHash(`${name} ${i}`));
  const tree = new MerkleTree((from, count) => Promise.resolve(leaves.slice(from, from + count)));
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

async function open(t: TestContext): Promise<{ path: string; witness: Witness; again(): Promise<Witness> }> {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-witness-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'witness', 'checkpoints');
  const again = (): Promise<Witness> => openFileWitness({ path, vkey: key.vkey, clock });
  return { path, witness: await again(), again };
}

const log = grow('a', 20);
const fork = grow('b', 20);
const head = async (tree: MerkleTree, size: number) => signCheckpoint(key, size, await tree.rootAt(size));

test('INVARIANT (witness-never-forgets): a head that contradicts the last one is refused, now and after a restart', async (t) => {
  const { witness, again, path } = await open(t);
  assert.deepEqual(await witness.take(await head(log, 7), []), { ok: true });
  assert.deepEqual(await witness.take(await head(log, 12), await log.consistencyProof(7, 12)), { ok: true });
  const before = readFileSync(path, 'utf8');
  for (const w of [witness, await again()]) {
    assert.equal(w.last()?.size, 12);
    assert.ok(!(await w.take(await head(log, 7), [])).ok, 'smaller');
    assert.ok(!(await w.take(await head(fork, 12), [])).ok, 'same size, other root');
    assert.ok(!(await w.take(await head(fork, 20), await fork.consistencyProof(12, 20))).ok, 'a fork');
    assert.ok(!(await w.take(await head(log, 20), [])).ok, 'no proof');
    const forged = signCheckpoint(newSigner('example.com/log'), 20, await log.rootAt(20));
    assert.ok(!(await w.take(forged, await log.consistencyProof(12, 20))).ok, 'another key');
  }
  assert.equal(readFileSync(path, 'utf8'), before);
  assert.deepEqual(await witness.take(await head(log, 12), []), { ok: true });
  assert.equal(readFileSync(path, 'utf8'), before, 'the same again is not written twice');
});

test('a line torn by a crash is passed over and reported, and later lines are whole', async (t) => {
  const { witness, again, path } = await open(t);
  await witness.take(await head(log, 7), []);
  appendFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
  const next = await again();
  assert.equal(next.last()?.size, 7);
  assert.ok((await next.take(await head(log, 12), await log.consistencyProof(7, 12))).ok);
  const { checkpoints, damaged } = readWitnessed(readFileSync(path, 'utf8'), key);
  assert.deepEqual(
    checkpoints.map((c) => c.size),
    [7, 12],
  );
  assert.deepEqual(damaged, [2]);
});
