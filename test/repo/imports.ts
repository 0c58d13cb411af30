import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A file of the repository; `path` is relative to the root, with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Code of the repository, by path. */
export function readSources(pattern = '{src,fleets,test,bench,examples,scripts}/**/*.{ts,mts,mjs}'): readonly Source[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** One import, static, dynamic or re-exported, also of types only. */
export interface Import {
  readonly from: string;
  /** Path of the file it names, or null for a package. */
  readonly file: string | null;
  /** Name of the package, or null for a file. `node:` for what comes with Node. */
  readonly package: string | null;
}

const STATIC = /^(?:import|export)\b(?:[\s\w*{},$]*?\bfrom)?\s*'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*,?\s*\)/g;

/** Every import of a file. The formatter puts each at the start of a line, in single quotes; strings in code do neither. */
export function importsOf({ path, text }: Source): readonly Import[] {
  const said = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map((match) => match[1] as string);
  return said.map((what) => {
    if (what.startsWith('.')) return { from: path, file: posix.join(posix.dirname(path), what), package: null };
    const name = what.startsWith('node:')
      ? 'node:'
      : what
          .split('/')
          .slice(0, what.startsWith('@') ? 2 : 1)
          .join('/');
    return { from: path, file: null, package: name };
  });
}

/** Groups of nodes that reach each other: every cycle lies in one of them (Tarjan's strongly connected components). */
export function cycles(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return found;

  function visit(node: string): void {
    order.set(node, order.size);
    low.set(node, order.get(node) as number);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node) as number, order.get(next) as number));
      }
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1 || edges.get(node)?.has(node) === true) found.push(group.sort());
  }
}
