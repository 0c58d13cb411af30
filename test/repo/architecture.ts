import { cycles, importsOf, type Import, type Source } from './imports.ts';

/** What one row of the import table allows. */
interface Allowed {
  /** Null: whatever it wires. */
  readonly folders: ReadonlySet<string> | null;
  readonly packages: ReadonlySet<string>;
}

/** The import table of ARCHITECTURE.md: what each part may import. */
export type ImportTable = ReadonlyMap<string, Allowed>;

/** Reads the table under the heading `## Who may import whom`. Throws when there is none. */
export function readTable(markdown: string): ImportTable {
  const section = markdown.split(/^## /m).find((part) => part.startsWith('Who may import whom'));
  if (section === undefined) throw new Error('ARCHITECTURE.md has no heading `Who may import whom`');
  const table = new Map<string, Allowed>();
  for (const line of section.split('\n')) {
    const [, parts = '', folders = '', packages = ''] = line.split('|').map((cell) => cell.trim());
    for (const part of names(parts)) {
      table.set(part, {
        folders: folders.startsWith('what it wires') ? null : new Set(names(folders)),
        packages: new Set(names(packages)),
      });
    }
  }
  if (table.size === 0) throw new Error('the import table of ARCHITECTURE.md has no rows');
  return table;
}

/** Front doors that are no `index.ts`: the auditor's program, which has to be one file. */
const OTHER_DOORS: ReadonlySet<string> = new Set(['src/ledger/verify-offline.mjs']);

/** Every import that the table does not allow, as a sentence. */
export function forbiddenImports(sources: readonly Source[], table: ImportTable): readonly string[] {
  const said: string[] = [];
  for (const source of sources) {
    const own = partOf(source.path);
    const allowed = table.get(own);
    if (isLaw(own) && allowed === undefined) said.push(`${source.path}: \`${own}\` has no row in the import table`);
    for (const found of importsOf(source)) {
      const wrong = wrongWith(found, own, isLaw(own) && !isTest(source.path) ? allowed : undefined);
      // Proofs and benchmarks look inside; nothing that ships imports them.
      if (wrong !== null && !/^(test|bench)\//.test(source.path)) said.push(`${source.path}: ${wrong}`);
    }
  }
  return said;
}

function wrongWith(found: Import, own: string, allowed: Allowed | undefined): string | null {
  if (found.file === null) {
    const name = found.package as string;
    if (allowed === undefined || name === 'node:' || allowed.packages.has(name)) return null;
    return `\`${own}\` may not use the package \`${name}\``;
  }
  const to = partOf(found.file);
  if (to === own) return null;
  if (!isEntrance(found.file)) return `\`${found.file}\` is entered past its \`index.ts\``;
  if (allowed === undefined || allowed.folders === null || allowed.folders.has(to)) return null;
  return `\`${own}\` may not import \`${to}\``;
}

/** What a file belongs to: a folder of src, a fleet, or a folder at the root. `platform.ts` stands for itself. */
export function partOf(path: string): string {
  const [top = '', second = '', third] = path.split('/');
  if (top === 'src') return second;
  if (top === 'fleets' && third !== undefined) return `fleets/${second}`;
  return top;
}

/** Tests beside the code may import whatever they need, through the front door. */
function isTest(path: string): boolean {
  return /\.(test|cases)\.ts$/.test(path) || path.startsWith('test/') || path.startsWith('bench/');
}

/** The table binds what ships; fleets share one row. */
function isLaw(part: string): boolean {
  return !['test', 'bench', 'scripts'].includes(part);
}

function isEntrance(file: string): boolean {
  if (OTHER_DOORS.has(file)) return true;
  return file.startsWith('src/')
    ? /^src\/([^/]+\/index|platform)\.ts$/.test(file)
    : !/^fleets\/[^/]+\/(?!index\.ts$)/.test(file);
}

/** Rows for `fleets/...` are those of `fleets`. */
export function withFleets(table: ImportTable, sources: readonly Source[]): ImportTable {
  const own = table.get('fleets');
  const fleets = new Set(sources.map(({ path }) => partOf(path)).filter((part) => part.startsWith('fleets/')));
  return new Map([
    ...table,
    ...(own === undefined ? [] : [...fleets].map((part) => [part, own] as const)),
    // The list of all fleets.
    ...(own === undefined
      ? []
      : [['fleets', { ...own, folders: new Set([...(own.folders ?? []), ...fleets]) }] as const]),
  ]);
}

/** Files that import each other in a ring, and parts that do; tests left out, as nothing imports them. */
export function importCycles(sources: readonly Source[]): readonly string[] {
  const files = new Map<string, Set<string>>();
  const parts = new Map<string, Set<string>>();
  for (const source of sources.filter(({ path }) => !isTest(path))) {
    const to = importsOf(source).flatMap(({ file }) => (file === null ? [] : [file]));
    files.set(source.path, new Set(to));
    const own = partOf(source.path);
    const others = parts.get(own) ?? new Set();
    for (const file of to) if (partOf(file) !== own) others.add(partOf(file));
    parts.set(own, others);
  }
  return [...cycles(files), ...cycles(parts)].map((ring) => `cycle: ${ring.join(', ')}`);
}

const VAGUE = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'lib', 'manager', 'misc']);

/** Files and folders whose name says nothing. */
export function vagueNames(sources: readonly Source[]): readonly string[] {
  return sources.filter(({ path }) => path.split(/[/.-]/).some((word) => VAGUE.has(word))).map(({ path }) => path);
}

/** Folders of src whose `index.ts` does not open with a comment of at most fifteen lines. */
export function headersMissing(sources: readonly Source[]): readonly string[] {
  const folders = new Set(
    sources.map(({ path }) => /^src\/[^/]+(?=\/)/.exec(path)?.[0]).filter((name) => name !== undefined),
  );
  return [...folders].flatMap((folder) => {
    const entrance = `${folder}/index.ts`;
    const text = sources.find(({ path }) => path === entrance)?.text;
    if (text === undefined) return [`${folder} has no \`${entrance}\``];
    const header = /^(?:#!.*\n)?\/\*\*[\s\S]*?\*\//.exec(text)?.[0];
    if (header === undefined) return [`${entrance} does not open with a comment`];
    const lines = header.split('\n').length;
    return lines > 15 ? [`${entrance} opens with ${lines} lines of comment`] : [];
  });
}

/** Places that read the environment, other than the one that may. */
export function environmentReaders(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path, text }) => /^(src|fleets|examples)\//.test(path) && /\bprocess\.env\b/.test(text))
    .map(({ path }) => path)
    .filter((path) => path !== 'src/host/config.ts');
}

/** Promises of the engine lose their way in the native combinators: whoever speaks to it may not use them. */
export function engineMisuse(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    if (!/^(src|fleets|examples)\//.test(source.path)) return [];
    const speaks = importsOf(source).some(({ package: name }) => name?.startsWith('@restatedev/') === true);
    if (!speaks) return [];
    if (source.path !== 'src/fabric/engine.ts')
      return [`${source.path} speaks to the engine: only src/fabric/engine.ts does`];
    return /\bPromise\.(all|race|any|allSettled)\b/.test(source.text)
      ? [`${source.path} waits for several promises natively: use RestatePromise`]
      : [];
  });
}

function names(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
}
