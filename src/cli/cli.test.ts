import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, test } from 'node:test';
import { runCli } from './cli.ts';
import { program } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-cli-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a command line as the terminal would, away from any data folder. */
async function reeve(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const exit = await runCli([...args, '--data-dir', folder], { stdout, stderr, stdin: Readable.from([]) }, program);
  const text = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? '').toString();
  return { exit, stdout: text(stdout), stderr: text(stderr) };
}

test('a misspelt command or option is answered with what was meant', async () => {
  assert.deepEqual(await reeve('fleet', 'lst'), {
    exit: 2,
    stdout: '',
    stderr: 'reeve: unknown command `lst`\nfix: did you mean `list`?\n',
  });
  const { stderr } = await reeve('start', '--util-idle');
  assert.equal(stderr, 'reeve: unknown option `--util-idle`\nfix: did you mean `--until-idle`?\n');
});

test('a wrong argument is misuse, and says what is expected', async () => {
  const port = await reeve('start', '--port', 'http');
  assert.equal(port.exit, 2);
  assert.match(
    port.stderr,
    /^reeve: option `--port <port>` argument `http` is invalid: expected a whole number from 0 to 65535\nfix: /,
  );
  const missing = await reeve('fleet', 'show');
  assert.equal(missing.exit, 2);
  assert.match(missing.stderr, /^reeve: missing required argument `agent`\nfix: /);
});

test('with `--json` an error is also the last line of stdout', async () => {
  const { exit, stdout, stderr } = await reeve('fleet', 'score', '--domain', 'finanse', '--json');
  assert.equal(exit, 2);
  assert.deepEqual(JSON.parse(stdout), {
    error: { code: 'not-found', message: 'there is no domain `finanse`', fix: 'did you mean `finance`?' },
  });
  assert.equal(stderr, 'reeve: there is no domain `finanse`\nfix: did you mean `finance`?\n');
});

test('help teaches: what a command is for, how it is called, and how it ends', async () => {
  const root = await reeve('--help');
  assert.equal(root.exit, 0);
  assert.match(root.stdout, /Examples:\n {2}\$ npm start/);
  assert.match(root.stdout, /Ends with 0: done\. 1: .* 2: wrong use/);
  const group = await reeve('ledger');
  assert.equal(group.exit, 2);
  assert.match(group.stderr, /verify \[options\] <file>/);
});

test('every command says what it is for and shows an example', () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough(), stdin: Readable.from([]) };
  const root = program({ streams, run: async () => undefined });
  const leaves = (command: typeof root): (typeof root)[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap((child) => leaves(child as typeof root));
  for (const command of leaves(root)) {
    assert.ok(command.summary().length > 10, command.name());
    assert.ok(command.description().length > 40, command.name());
    let shown = '';
    command.configureOutput({ writeOut: (text) => (shown += text) }).outputHelp();
    assert.match(shown, /Examples:\n {2}\$ /, command.name());
  }
});

test('an agent of this checkout is shown with its law', async () => {
  const { stdout, exit } = await reeve('fleet', 'list', '--limit', '1', '--json');
  assert.equal(exit, 0);
  const page = JSON.parse(stdout) as { agents: { name: string; tools: string[] }[]; next: string };
  assert.equal(page.agents.length, 1);
  assert.equal(page.next, page.agents[0]?.name);
  const shown = await reeve('fleet', 'show', page.next);
  for (const tool of page.agents[0]?.tools ?? []) assert.ok(shown.stdout.includes(tool), tool);
});

test('a role is not an agent, and its agents are named', async () => {
  const { exit, stderr } = await reeve('fleet', 'show', 'change-router');
  assert.equal(exit, 2);
  assert.match(stderr, /`change-router` is a role.*\nfix: show one: `change-router\.lending`/);
});

test('a broken folder of policies is refused with the reason', async () => {
  const { exit, stderr } = await reeve('policy', 'check', folder);
  assert.equal(exit, 1);
  assert.match(stderr, /^reeve: there are no policies in /);
  assert.equal((await reeve('policy', 'check')).exit, 0);
});

test('a ledger that is none is not verified, and a key that is none is misuse', async () => {
  const file = join(folder, 'ledger.jsonl');
  writeFileSync(file, 'hello\n');
  assert.equal((await reeve('ledger', 'verify', file, '--key', file)).exit, 2);
  const vkey = 'reeve.invalid/ledger-x+12345678+AAAA';
  assert.equal((await reeve('ledger', 'verify', file, '--key', vkey)).exit, 2);
});

test('an error holds no stack trace, and nothing that could repaint the terminal', async () => {
  const { stderr } = await reeve('ledger', 'verify', join(folder, 'none\u001b[31m'), '--key', '\u0000');
  assert.equal(stderr.includes('\u001b'), false);
  assert.equal(stderr.includes('    at '), false);
});
