import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartReport } from '../../src/cli/index.ts';
import type { Figure, Proof, Size } from './proof.ts';

interface Plan {
  readonly args: readonly string[];
  readonly leastEvents: number;
  readonly limitMs: number;
}

const PLANS: Record<Size, Plan> = {
  full: { args: [], leastEvents: 10_000, limitMs: 600_000 },
  reduced: { args: ['--most', '300'], leastEvents: 1_000, limitMs: 120_000 },
};

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The command that a newcomer types, in an empty data folder. */
export const proof: Proof = {
  name: 'real-work',
  shows:
    '`npm start` puts a hundred agents to work on real records of four domains; nothing is unlogged, lost or done twice, and the record verifies',
  async run({ size, log }) {
    const plan = PLANS[size];
    const dataDir = await mkdtemp(join(tmpdir(), 'reeve-real-work-'));
    try {
      const { exit, stdout, stderr } = await start(['--data-dir', dataDir, ...plan.args], plan.limitMs, log);
      const report = lastLine(stdout);
      if (report === null) return { pass: false, figures: { exit, said: stderr.slice(-500) } };
      const domains = domainsIn(stderr);
      const { unlogged, lost, duplicate } = report.reconciliation;
      const pass =
        exit === 0 &&
        report.agents === 100 &&
        report.events >= plan.leastEvents &&
        domains.length === 4 &&
        unlogged + lost + duplicate === 0 &&
        report.ledger.verified;
      return { pass, figures: { exit, domains: domains.join(', '), ...flat(report) } };
    } finally {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

function start(
  args: readonly string[],
  limitMs: number,
  log: (line: string) => void,
): Promise<{ exit: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, 'start', '--until-idle', '--json', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
      for (const line of text.trimEnd().split('\n')) if (line.trim() !== '') log(line.trimEnd());
    });
    // Asked first, so that it takes its children along.
    const ask = setTimeout(() => child.kill('SIGTERM'), limitMs);
    const force = setTimeout(() => child.kill('SIGTERM'), limitMs + 20_000);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(ask);
      clearTimeout(force);
      resolve({ exit: code ?? -1, ...said });
    });
  });
}

function lastLine(stdout: string): StartReport | null {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{"agents"') ? (JSON.parse(line) as StartReport) : null;
}

/** The domains that records came from, as the summary names them: `of   compliance 1,234, finance 5,678`. */
function domainsIn(stderr: string): readonly string[] {
  const [, list = ''] = /^ {2}of +(.+)$/m.exec(stderr) ?? [];
  return [...list.matchAll(/([a-z-]+) [\d,]+/g)].map(([, name = '']) => name);
}

/** `{runs: {done: 1}}` as `runs.done: 1`. */
function flat(value: object, before = ''): Record<string, Figure> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(flat(inner, `${before}${name}.`))
        : [[`${before}${name}`, inner as Figure]],
    ),
  );
}
