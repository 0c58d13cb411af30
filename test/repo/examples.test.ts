import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './imports.ts';

/** What each example must print: an example that runs and shows nothing, or something else, is worse than none. */
const SHOWS: Readonly<Record<string, readonly RegExp[]>> = {
  '01-first-agent.ts': [
    /A-1: done, done/,
    /A-2: done, nothing to do/,
    /journal: 1\n/,
    /intent\.permitted, outcome\.recorded/,
  ],
  '02-policy-says-no.ts': [
    /B-1: refused, forbidden: resource-not-granted/,
    /A-2: refused, forbidden: currency-of-the-limit/,
    /A-3: refused, over-limit: amount-over-ceiling/,
    /A-4: refused, stopped: stopped-tool/,
    /journal: 0\n/,
  ],
  '03-human-approves.ts': [
    /A-1: waiting, needs approval by finance-controller \(amount-over-limit\)/,
    /A-2: waiting, needs approval by finance-controller \(untrusted-moves-money\)/,
    /while they wait, .*journal: 0\n/,
    / {2}arguments: \{"currency":"EUR","order":"A-1","paid":25000\}/,
    /Olive Operator: .*approvals\.answer/,
    /Carla Controller: it is declined already/,
    /after the answers, .*A-1: done, done/,
    /after the answers, .*A-2: refused, declined: untrusted-moves-money/,
    /journal: 1\n$/,
  ],
  '04-crash-and-resume.ts': [/ended by SIGKILL/, /after the restart: .*A-1: done/, /outcome\.settled/, /journal: 1\n$/],
  '05-rehearse-before-you-release.ts': [/3 refunded as it is, 6 with the new table/, /A-4, A-5, A-6/],
};

const EXAMPLES = globSync('examples/[0-9]*.ts', { cwd: ROOT }).sort();

test('every example is in the list of what it shows', () => {
  assert.deepEqual(
    EXAMPLES.map((path) => path.replace('examples/', '')),
    Object.keys(SHOWS),
  );
});

for (const [name, shows] of Object.entries(SHOWS)) {
  test(`examples/${name} runs and shows what it says`, { timeout: 120_000 }, async () => {
    const child = spawn(process.execPath, [join('examples', name)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, said);
    for (const shown of shows) assert.match(said, shown);
  });
}
