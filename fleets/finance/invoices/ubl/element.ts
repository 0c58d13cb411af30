import { decimal, type Decimal } from './decimal.ts';

/** One XML element. Names carry the two UBL prefixes whatever the document calls them: `cac:` aggregates, `cbc:` basics. */
export interface Element {
  readonly name: string;
  readonly parent: Element | null;
  readonly children: readonly Element[];
  readonly attributes: ReadonlyMap<string, string>;
  /** Its own text, as written. */
  readonly text: string;
}

/** An invoice or credit note as read: the root and an index of all its elements by name, in document order. */
export interface Invoice {
  readonly root: Element;
  everywhere(name: string): readonly Element[];
}

const NONE: readonly Element[] = [];
const paths = new Map<string, readonly string[]>();

/** The elements at `cac:Party/cbc:Name`, in document order. */
export function all(from: Element, path: string): readonly Element[] {
  let found: readonly Element[] = [from];
  for (const step of steps(path)) {
    found = found.length === 1 ? childrenOf(found[0], step) : found.flatMap((element) => childrenOf(element, step));
    if (found.length === 0) return NONE;
  }
  return found;
}

export function has(from: Element, path: string): boolean {
  return all(from, path).length > 0;
}

/** The text of the first element there, white space trimmed and collapsed; empty when there is none. */
export function text(from: Element, path: string): string {
  const [first] = all(from, path);
  return first === undefined ? '' : plain(first.text);
}

/** The number in the first element there; null when there is none or it is no decimal. */
export function amount(from: Element, path: string): Decimal | null {
  const [first] = all(from, path);
  return first === undefined ? null : decimal(first.text);
}

/** White space trimmed and collapsed, as `normalize-space()` does. */
export function plain(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** Whether some element above has this name. */
export function isWithin(element: Element, name: string): boolean {
  for (let above = element.parent; above !== null; above = above.parent) if (above.name === name) return true;
  return false;
}

function childrenOf(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((child) => child.name === name) ?? NONE;
}

function steps(path: string): readonly string[] {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const split = path.split('/');
  paths.set(path, split);
  return split;
}
