import { EMPTY_ROOT, nodeHash, sameBytes } from './hash.ts';

/** True when `proof` shows that `leaf` is number `index` (from 0) of the tree with `size` leaves and this root (RFC 9162, 2.1.3.2). */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isHashes(leaf, root, ...proof) || !isCount(index) || !isCount(size) || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(step, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, step);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameBytes(hash, root);
}

/**
 * True when `proof` shows that the tree with `from` leaves and root `old` begins the tree with `size` leaves and this root
 * (RFC 9162, 2.1.4.2). An empty tree begins every tree, so a proof of that proves nothing, and is refused.
 */
export function verifyConsistency(
  from: number,
  size: number,
  proof: readonly Uint8Array[],
  old: Uint8Array,
  root: Uint8Array,
): boolean {
  return from !== 0 && verifySubtreeConsistency(0, from, size, proof, old, root);
}

/**
 * True when `leaf` is number `index` of the whole log, and within the subtree of leaves `start` … `end - 1` with this root
 * (draft-ietf-plants-merkle-tree-certs, 4.3).
 */
export function verifySubtreeInclusion(
  leaf: Uint8Array,
  index: number,
  start: number,
  end: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  return isSubtree(start, end) && index >= start && verifyInclusion(leaf, index - start, end - start, proof, root);
}

/**
 * True when the subtree of leaves `start` … `end - 1` with root `part` belongs to the tree with `size` leaves and this root
 * (draft-ietf-plants-merkle-tree-certs, 4.4). An empty subtree belongs to every tree.
 */
export function verifySubtreeConsistency(
  start: number,
  end: number,
  size: number,
  proof: readonly Uint8Array[],
  part: Uint8Array,
  root: Uint8Array,
): boolean {
  if (!isHashes(...proof) || !isCount(size) || !isCount(end) || end > size) return false;
  if (isCount(start) && start === end) return proof.length === 0 && sameBytes(part, EMPTY_ROOT);
  if (!isSubtree(start, end)) return false;
  let [fn, sn, tn] = [start, end - 1, size - 1];
  const next = (): void => void ([fn, sn, tn] = [half(fn), half(sn), half(tn)]);
  while (fn !== sn && (sn === tn || sn % 2 === 1)) next();
  const rest = [...proof];
  // A complete subtree is a node of the tree and its own first step; any other begins with its last complete part.
  const first = fn === sn ? part : rest.shift();
  if (first === undefined || (rest.length > 0 && !isHashes(first))) return false;
  let [fr, sr] = [first, first];
  for (const step of rest) {
    if (tn === 0) return false;
    if (sn % 2 === 1 || sn === tn) {
      if (fn < sn) fr = nodeHash(step, fr);
      sr = nodeHash(step, sr);
      while (sn % 2 === 0 && sn !== 0) next();
    } else {
      sr = nodeHash(sr, step);
    }
    next();
  }
  return tn === 0 && sameBytes(fr, part) && sameBytes(sr, root);
}

/** Leaves `start` … `end - 1` hang together when `start` is a multiple of the smallest power of two that holds them. */
function isSubtree(start: number, end: number): boolean {
  if (!isCount(start) || !isCount(end) || start >= end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

function isHashes(...hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === 32);
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** Shift right by one, also above 2^31. */
function half(n: number): number {
  return Math.floor(n / 2);
}
