import { EMPTY_ROOT, nodeHash } from './hash.ts';

/** Leaf hashes `from` … `from + count - 1`, counted from 0. */
export type LeafReader = (from: number, count: number) => Promise<readonly Uint8Array[]>;

/** Leaves in one tile. Below it nodes are made again from leaves; above it they are kept: 0.25 MB for a million leaves. */
const TILE_LEVEL = 8;
const TILE = 2 ** TILE_LEVEL;

/** The right edge of an RFC 6962 tree: all that is needed to go on appending, at most one hash for each bit of the size. */
export class Frontier {
  #size = 0;
  /** Roots of the complete subtrees that make up the tree, largest first. */
  readonly #edge: Uint8Array[] = [];

  get size(): number {
    return this.#size;
  }

  /** Adds one leaf. `keep` hears of each inner node that became complete, with its level; leaves are level 0. */
  append(leaf: Uint8Array, keep?: (level: number, node: Uint8Array) => void): void {
    let node = leaf;
    let level = 0;
    for (let n = this.#size; n % 2 === 1; n = (n - 1) / 2) {
      node = nodeHash(this.#edge.pop()!, node);
      keep?.(++level, node);
    }
    this.#edge.push(node);
    this.#size++;
  }

  root(): Uint8Array {
    return this.#edge.reduceRight((right, left) => (right === EMPTY_ROOT ? left : nodeHash(left, right)), EMPTY_ROOT);
  }
}

/** An RFC 6962 tree that can prove: a frontier, the nodes above its tiles, and a way to read leaves again when asked. */
export class MerkleTree {
  readonly #frontier = new Frontier();
  /** `#kept[i]` holds the complete nodes of level `TILE_LEVEL + i`, 32 bytes each. */
  readonly #kept: Nodes[] = [];
  readonly #readLeaves: LeafReader;

  constructor(readLeaves: LeafReader) {
    this.#readLeaves = readLeaves;
  }

  get size(): number {
    return this.#frontier.size;
  }

  append(leaf: Uint8Array): void {
    this.#frontier.append(leaf, (level, node) => {
      if (level >= TILE_LEVEL) (this.#kept[level - TILE_LEVEL] ??= new Nodes()).push(node);
    });
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  /** What the root was when the tree had `size` leaves. */
  async rootAt(size: number): Promise<Uint8Array> {
    if (size > this.size) throw new RangeError(`the tree has ${this.size} leaves, not \`${size}\``);
    return (await this.#hashAll(size === 0 ? [] : [[0, size]]))[0] ?? EMPTY_ROOT;
  }

  /** Proof that leaf `index` (from 0) is in the tree of the first `size` leaves (RFC 6962, 2.1.1). */
  async inclusionProof(index: number, size: number = this.size): Promise<readonly Uint8Array[]> {
    if (index < 0 || index >= size || size > this.size) throw new RangeError(`no leaf \`${index}\` of \`${size}\``);
    return this.#hashAll(inclusionRanges(index, 0, size));
  }

  /** Proof that the tree of the first `from` leaves begins the tree of the first `size` leaves (RFC 6962, 2.1.2). */
  async consistencyProof(from: number, size: number = this.size): Promise<readonly Uint8Array[]> {
    if (from < 1 || from > size || size > this.size) throw new RangeError(`no tree \`${from}\` within \`${size}\``);
    return this.#hashAll(consistencyRanges(from, 0, size, true));
  }

  /** Hashes of ranges of leaves; reads each tile once. */
  async #hashAll(ranges: readonly Range[]): Promise<readonly Uint8Array[]> {
    const tiles = new Map<number, readonly Uint8Array[]>();
    for (const tile of new Set(ranges.flatMap(tilesOf))) {
      const count = Math.min(TILE, this.size - tile * TILE);
      const leaves = await this.#readLeaves(tile * TILE, count);
      if (leaves.length !== count) throw new RangeError(`${count} leaves asked for, ${leaves.length} given`);
      tiles.set(tile, leaves);
    }
    return ranges.map((range) => this.#hash(range, tiles));
  }

  #hash([from, to]: Range, tiles: ReadonlyMap<number, readonly Uint8Array[]>): Uint8Array {
    const count = to - from;
    if (count === 1) return tiles.get(Math.floor(from / TILE))![from % TILE]!;
    if (isKept([from, to])) return this.#kept[Math.log2(count) - TILE_LEVEL]!.at(from / count);
    const middle = from + largestPowerBelow(count);
    return nodeHash(this.#hash([from, middle], tiles), this.#hash([middle, to], tiles));
  }
}

/** Leaves from the first up to, not including, the second. */
type Range = readonly [from: number, to: number];

function inclusionRanges(index: number, from: number, to: number): Range[] {
  if (to - from === 1) return [];
  const middle = from + largestPowerBelow(to - from);
  return index < middle
    ? [...inclusionRanges(index, from, middle), [middle, to]]
    : [...inclusionRanges(index, middle, to), [from, middle]];
}

function consistencyRanges(old: number, from: number, to: number, whole: boolean): Range[] {
  if (old === to) return whole ? [] : [[from, to]];
  const middle = from + largestPowerBelow(to - from);
  return old <= middle
    ? [...consistencyRanges(old, from, middle, whole), [middle, to]]
    : [...consistencyRanges(old, middle, to, false), [from, middle]];
}

/** The tiles whose leaves are needed for the hash of a range. */
function tilesOf(range: Range): number[] {
  const [from, to] = range;
  if (isKept(range)) return [];
  if (to - from <= TILE) return [Math.floor(from / TILE)];
  const middle = from + largestPowerBelow(to - from);
  return [...tilesOf([from, middle]), ...tilesOf([middle, to])];
}

function isKept([from, to]: Range): boolean {
  const count = to - from;
  return count >= TILE && Number.isInteger(Math.log2(count)) && from % count === 0;
}

/** The largest power of two smaller than `n`, for n > 1. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** A growing row of 32-byte hashes in one piece of memory. */
class Nodes {
  #bytes = new Uint8Array(32 * 16);
  #count = 0;

  push(node: Uint8Array): void {
    if (this.#count * 32 === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(node, this.#count++ * 32);
  }

  at(index: number): Uint8Array {
    if (index >= this.#count) throw new RangeError(`no node \`${index}\` of ${this.#count}`);
    return this.#bytes.slice(index * 32, index * 32 + 32);
  }
}
