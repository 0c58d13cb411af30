import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_ROOT, leafHash, nodeHash, sameBytes } from './hash.ts';
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './merkle-proof.ts';
import { Frontier, MerkleTree } from './merkle.ts';

interface Vector {
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly [field: string]: unknown;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../test/data/integrity-vectors/merkle_rfc6962.json', import.meta.url), 'utf8'),
) as Record<string, Vector>;

const bytes = (text: unknown): Buffer => Buffer.from(text as string, 'base64');
const checks: Record<string, (v: Vector, proof: readonly Buffer[]) => boolean> = {
  inclusion: (v, proof) =>
    verifyInclusion(bytes(v['leafHash']), v['leafIdx'] as number, v['treeSize'] as number, proof, bytes(v['root'])),
  consistency: (v, proof) =>
    verifyConsistency(v['size1'] as number, v['size2'] as number, proof, bytes(v['root1']), bytes(v['root2'])),
  subtreeinclusion: (v, proof) =>
    verifySubtreeInclusion(
      bytes(v['leafHash']),
      v['leafIdx'] as number,
      v['start'] as number,
      v['end'] as number,
      proof,
      bytes(v['root']),
    ),
  subtreeconsistency: (v, proof) =>
    verifySubtreeConsistency(
      v['start'] as number,
      v['end'] as number,
      v['size'] as number,
      proof,
      bytes(v['root1']),
      bytes(v['root2']),
    ),
};

test('all 518 published proofs are accepted or refused as their authors say', () => {
  const counts: Record<string, number> = {};
  for (const [path, vector] of Object.entries(vectors)) {
    const kind = path.split('/')[0]!;
    counts[kind] = (counts[kind] ?? 0) + 1;
    assert.equal(checks[kind]!(vector, (vector.proof ?? []).map(bytes)), !vector.wantErr, path);
  }
  assert.deepEqual(counts, { consistency: 98, inclusion: 98, subtreeconsistency: 118, subtreeinclusion: 204 });
});

/** The tree hash as RFC 6962 section 2.1 writes it down. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const k = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return nodeHash(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

const leaves = Array.from({ length: 1_100 }, (_, i) => leafHash(`leaf ${i}`));
const all = new MerkleTree((from, count) => Promise.resolve(leaves.slice(from, from + count)));
for (const leaf of leaves) all.append(leaf);

test('the root grown leaf by leaf is the recursive definition, at every size', async () => {
  const frontier = new Frontier();
  for (let size = 0; size <= 600; size++) {
    const expected = treeHash(leaves.slice(0, size));
    assert.ok(sameBytes(frontier.root(), expected), `frontier of ${size}`);
    assert.ok(sameBytes(await all.rootAt(size), expected), `tree of ${size}`);
    frontier.append(leaves[size]!);
  }
});

test('every inclusion proof made is accepted, and refused for another leaf, place, size or root', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_100 }), fc.nat(), fc.nat(), async (size, a, b) => {
      const index = a % size;
      const proof = await all.inclusionProof(index, size);
      const root = await all.rootAt(size);
      assert.ok(verifyInclusion(leaves[index]!, index, size, proof, root));
      const other = b % size;
      if (other !== index) {
        assert.ok(!verifyInclusion(leaves[other]!, index, size, proof, root));
        assert.ok(!verifyInclusion(leaves[index]!, other, size, proof, root));
      }
      assert.ok(!verifyInclusion(leaves[index]!, index, size, [...proof, root], root));
      assert.ok(!verifyInclusion(leaves[index]!, index, size, proof, leafHash('another')));
      if (proof.length > 0) {
        const broken = proof.map((hash) => Uint8Array.from(hash));
        broken[b % broken.length]![b % 32]! ^= 1 << (b % 8);
        assert.ok(!verifyInclusion(leaves[index]!, index, size, broken, root));
        assert.ok(!verifyInclusion(leaves[index]!, index, size, proof.slice(1), root));
      }
    }),
    { numRuns: 400 },
  );
});

test('every consistency proof made is accepted, and refused for another root', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_100 }), fc.nat(), async (size, a) => {
      const from = 1 + (a % size);
      const proof = await all.consistencyProof(from, size);
      const [old, root] = [await all.rootAt(from), await all.rootAt(size)];
      assert.ok(verifyConsistency(from, size, proof, old, root));
      assert.ok(!verifyConsistency(from, size, proof, leafHash('another'), root));
      assert.ok(!verifyConsistency(from, size, proof, old, leafHash('another')));
      assert.ok(!verifyConsistency(from, size, [...proof, root], old, root));
    }),
    { numRuns: 400 },
  );
});

test('a proof reads at most two tiles of leaves', async () => {
  let read = 0;
  const tree = new MerkleTree((from, count) => (read++, Promise.resolve(leaves.slice(from, from + count))));
  for (const leaf of leaves) tree.append(leaf);
  for (const index of [0, 255, 256, 700, 1_099]) {
    read = 0;
    await tree.inclusionProof(index);
    assert.ok(read <= 2, `inclusion of ${index} read ${read} tiles`);
  }
  for (const from of [1, 255, 256, 257, 700, 1_099]) {
    read = 0;
    await tree.consistencyProof(from);
    assert.ok(read <= 2, `consistency from ${from} read ${read} tiles`);
  }
});

test('what is not in the tree has no proof', async () => {
  await assert.rejects(all.inclusionProof(1_100), RangeError);
  await assert.rejects(all.inclusionProof(5, 5), RangeError);
  await assert.rejects(all.consistencyProof(0), RangeError);
  await assert.rejects(all.consistencyProof(5, 1_101), RangeError);
  await assert.rejects(all.rootAt(1_101), RangeError);
});
