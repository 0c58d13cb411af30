import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  engineMisuse,
  environmentReaders,
  forbiddenImports,
  headersMissing,
  importCycles,
  readTable,
  vagueNames,
  withFleets,
} from '../repo/architecture.ts';
import { importsOf, readSources, ROOT } from '../repo/imports.ts';
import type { Proof } from './proof.ts';

/** Larger files open by saying why they are one piece. */
const LARGE = 300;

/**
 * The import table, cycles and dead code, with counts. The same at either size: it takes seconds. As a control, each run plants
 * a forbidden import and a ring in copies of real files and must find both.
 */
export const proof: Proof = {
  name: 'structure',
  shows:
    'imports follow the table in ARCHITECTURE.md, nothing imports in a ring, no dead code; a planted import and ring are caught',
  async run({ log }) {
    const sources = readSources();
    const table = withFleets(readTable(readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')), sources);
    const code = sources.filter(({ path }) => /^(src|fleets)\//.test(path) && !/\.(test|cases)\.ts$/.test(path));
    const found = {
      forbidden_imports: forbiddenImports(sources, table),
      cycles: importCycles(sources),
      folders_without_header: headersMissing(sources),
      vague_names: vagueNames(sources),
      environment_readers: environmentReaders(sources),
      engine_misuse: engineMisuse(sources),
      dead_code: await deadCode(),
    };
    for (const [what, all] of Object.entries(found)) for (const one of all) log(`${what}: ${one}`);

    const act = sources.find(({ path }) => path === 'src/act/perform.ts');
    const law = sources.find(({ path }) => path === 'src/govern/judge.ts');
    if (act === undefined || law === undefined) throw new Error('the files to plant faults in are not there');
    const planted = sources.map((source) => {
      if (source === act) return { ...act, text: `import { judge } from '../govern/index.ts';\n${act.text}` };
      if (source === law) return { ...law, text: `import { createActor } from '../act/index.ts';\n${law.text}` };
      return source;
    });
    const caught = {
      import: forbiddenImports(planted, table).length === found.forbidden_imports.length + 2,
      ring: importCycles(planted).length > found.cycles.length,
    };
    const lengths = code.map(({ text }) => text.split('\n').length).sort((a, b) => a - b);
    return {
      pass: Object.values(found).every((all) => all.length === 0) && caught.import && caught.ring,
      figures: {
        files: sources.length,
        imports: sources.reduce((sum, source) => sum + importsOf(source).length, 0),
        table_rows: table.size,
        ...Object.fromEntries(Object.entries(found).map(([what, all]) => [what, all.length])),
        planted_import_caught: caught.import,
        planted_ring_caught: caught.ring,
        lines_median: lengths[Math.floor(lengths.length / 2)] ?? 0,
        lines_most: lengths.at(-1) ?? 0,
        files_over_300_lines: lengths.filter((lines) => lines > LARGE).length,
      },
    };
  },
};

/** What knip complains of, a line each. */
function deadCode(): Promise<readonly string[]> {
  const knip = join(ROOT, 'node_modules', 'knip', 'bin', 'knip.js');
  if (!existsSync(knip)) throw new Error('knip is not installed: dead code cannot be looked for');
  return new Promise((resolve, reject) => {
    const options = { cwd: ROOT, timeout: 120_000, maxBuffer: 16e6 };
    execFile(
      process.execPath,
      [knip, '--no-progress', '--reporter', 'compact', '--no-config-hints'],
      options,
      (error, out, err) => {
        // 1: there are issues. Anything else: it did not run.
        if (error !== null && error.code !== 1) reject(new Error(`knip: ${err}`));
        else resolve(out.split('\n').filter((line) => line.trim() !== ''));
      },
    );
  });
}
