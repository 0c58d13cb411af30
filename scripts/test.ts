/**
 * `npm test [-- PATTERN...]`: every test of the repository on `node:test`, each file in a process of its own, cheap ones first.
 * With patterns, only the files whose path contains one of them.
 *
 * Fails when a test fails, when a file outlasts its limit, and when a process that a test started is still there at the end.
 */
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { run, type EventData } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leftovers } from './leftovers.ts';

interface Group {
  readonly name: string;
  readonly files: readonly string[];
  /** Files at a time. Those that start an engine and a database have the machine to themselves. */
  readonly concurrency: number;
  /** Seconds for one file, by the clock. */
  readonly limit: number;
}

const GROUPS: readonly Group[] = [
  {
    name: 'unit',
    files: ['{src,fleets,bench}/**/*.test.ts'],
    concurrency: availableParallelism() > 1 ? 2 : 1,
    limit: 180,
  },
  { name: 'journeys', files: ['test/{journeys,replay}/**/*.test.ts'], concurrency: 1, limit: 240 },
  { name: 'faults', files: ['test/faults/**/*.test.ts'], concurrency: 1, limit: 300 },
  { name: 'proofs', files: ['test/proofs/**/*.test.ts'], concurrency: 1, limit: 400 },
  { name: 'repo', files: ['test/repo/**/*.test.ts'], concurrency: 1, limit: 240 },
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const patterns = process.argv.slice(2);
const began = performance.now();
const total = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const failures: string[] = [];
const slow: { readonly file: string; readonly seconds: number }[] = [];

// Whatever tests put in a temporary folder lies in this one, which tells their processes and folders from everyone else's.
const folder = mkdtempSync(join(tmpdir(), 'reeve-test-'));
process.env['TMPDIR'] = folder;
process.env['NODE_NO_WARNINGS'] ??= '1';
process.chdir(root);

let ran = 0;
for (const group of GROUPS) {
  const files = globSync([...group.files], { exclude: ['**/node_modules/**'] })
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort();
  if (files.length === 0) continue;
  ran += files.length;
  say(`\n${group.name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  await runGroup(group, files);
}

const left = await leftovers(folder);
for (const { pid, command } of left) {
  process.kill(pid, 'SIGKILL');
  failures.push(`a test left process ${pid} running: ${command}`);
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
if (ran === 0) failures.push(`no test file's path contains ${patterns.map((text) => `\`${text}\``).join(' or ')}`);
summarise();
// An open handle of ours must not turn a finished run into a hanging one.
process.exit(failures.length > 0 || total.failed + total.cancelled > 0 ? 1 : 0);

async function runGroup({ concurrency, limit }: Group, files: readonly string[]): Promise<void> {
  const stream = run({
    files: files.map((file) => join(root, file)),
    concurrency,
    // It also holds for each test in a file.
    timeout: limit * 1_000,
  });
  const counted = new Map<string, number>();
  for await (const { type, data } of stream as AsyncIterable<{ type: string; data: unknown }>) {
    if (type === 'test:summary') {
      const { file, counts } = data as EventData.TestSummary;
      if (file === undefined) add(counts);
    } else if (type === 'test:fail') {
      noteFailure(data as EventData.TestFail);
    } else if (type === 'test:complete') {
      completed(data as EventData.TestComplete, counted);
    } else if (type === 'test:stderr') {
      process.stderr.write((data as EventData.TestStderr).message);
    }
  }
}

function add(counts: EventData.TestSummary['counts']): void {
  total.tests += counts.tests;
  total.suites += counts.suites;
  total.passed += counts.passed;
  total.failed += (counts as { failed?: number }).failed ?? 0;
  total.cancelled += counts.cancelled;
  total.skipped += counts.skipped;
  total.todo += counts.todo;
}

function noteFailure({ name, file, line, details, nesting, todo, skip }: EventData.TestFail): void {
  if (todo !== undefined || skip !== undefined) return;
  const { error } = details;
  // A suite, or a file, whose only fault is that one of its tests failed says nothing new.
  if ((error as { failureType?: string }).failureType === 'subtestsFailed') return;
  const where = file === undefined || name === file ? '' : ` (${relative(root, file)}:${line})`;
  const cause =
    error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error);
  const what = `${name === file ? relative(root, file) : name}${where}`;
  failures.push(`${what}\n${cause.replaceAll(/^/gm, '      ')}`);
  say(`${'  '.repeat(nesting)}  ✖ ${what}`);
}

/** One line for each file: the runner reports a file as a test named by its path, after the tests in it. */
function completed({ name, file, details }: EventData.TestComplete, counted: Map<string, number>): void {
  if (file === undefined) return;
  if (name !== file) {
    counted.set(file, (counted.get(file) ?? 0) + 1);
    return;
  }
  const seconds = details.duration_ms / 1_000;
  const shown = relative(root, file);
  if (seconds >= 10) slow.push({ file: shown, seconds });
  const count = counted.get(file) ?? 0;
  say(
    `  ${details.passed ? '✔' : '✖'} ${shown.padEnd(64)} ${String(count).padStart(4)} tests ${seconds.toFixed(1).padStart(6)} s`,
  );
}

/** Closes as the runner itself does, so that people and programs find what they look for. */
function summarise(): void {
  if (slow.length > 0) {
    const worst = slow.sort((a, b) => b.seconds - a.seconds).slice(0, 5);
    say(`\nslowest: ${worst.map(({ file, seconds }) => `${file} ${seconds.toFixed(0)} s`).join(', ')}`);
  }
  if (failures.length > 0) say(`\nfailed:\n${failures.map((failure) => `  ✖ ${failure}`).join('\n')}`);
  say(`
ℹ tests ${total.tests}
ℹ suites ${total.suites}
ℹ pass ${total.passed}
ℹ fail ${total.failed + left.length}
ℹ cancelled ${total.cancelled}
ℹ skipped ${total.skipped}
ℹ todo ${total.todo}
ℹ left running ${left.length}
ℹ duration_ms ${(performance.now() - began).toFixed(0)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
