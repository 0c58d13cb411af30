import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type TestContext } from 'node:test';
import { z } from 'zod';
import { decision } from './decision.ts';

const ONE_TEST = '[{"name":"one","input":{"amount":1},"expect":{"pay":true}}]';

/** A decision whose files hold these texts. */
function written(t: TestContext, table: string, tests: string) {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-decision-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => pathToFileURL(join(folder, name));
  writeFileSync(file('table.json'), table);
  writeFileSync(file('tests.json'), tests);
  return {
    description: 'whether to pay',
    table: file('table.json'),
    tests: file('tests.json'),
    input: z.object({ amount: z.number() }),
    output: z.object({ pay: z.boolean() }),
  };
}

const refusal = (message: RegExp) => ({ code: 'bad-decision-template', message });

test('a template has its table, its tests and a version', (t) => {
  const made = decision('pay', written(t, '{"nodes":[]}', ONE_TEST));
  assert.equal(made.jdm, '{"nodes":[]}');
  assert.deepEqual(made.tests, [{ name: 'one', input: { amount: 1 }, expect: { pay: true } }]);
  assert.match(made.version, /^sha256:[0-9a-f]{64}$/);
});

test('the version changes with name, table, input, output and tests, and not with white space', (t) => {
  const options = written(t, '{"nodes":[1]}', ONE_TEST);
  const spaced = written(t, '{ "nodes": [ 1 ] }\n', ONE_TEST);
  const { version } = decision('pay', options);
  assert.equal(decision('pay', spaced).version, version);
  const others = [
    decision('pay-more', options),
    decision('pay', written(t, '{"nodes":[2]}', ONE_TEST)),
    decision('pay', written(t, '{"nodes":[1]}', ONE_TEST.replace('true', 'false'))),
    decision('pay', { ...options, input: z.object({ amount: z.number().min(0) }) }),
    decision('pay', { ...options, output: z.object({ pay: z.boolean().optional() }) }),
  ].map((other) => other.version);
  assert.equal(new Set([version, ...others]).size, 6);
});

test('a file that is missing is named', (t) => {
  const options = written(t, '{}', ONE_TEST);
  const nowhere = new URL('./nowhere.json', options.table);
  assert.throws(() => decision('pay', { ...options, table: nowhere }), refusal(/cannot read `.*nowhere\.json`/));
  assert.throws(() => decision('pay', { ...options, tests: nowhere }), refusal(/cannot read `.*nowhere\.json`/));
});

test('files that are not JSON are refused', (t) => {
  assert.throws(() => decision('pay', written(t, '{"nodes":', ONE_TEST)), refusal(/not JSON/));
  assert.throws(() => decision('pay', written(t, '{}', '[{')), refusal(/not JSON/));
});

test('a template without tests, or with tests of another shape, is refused', (t) => {
  for (const tests of ['[]', '{}', '[{"name":"one"}]', '[{"name":"one","input":1,"expect":1,"skip":true}]']) {
    assert.throws(() => decision('pay', written(t, '{}', tests)), refusal(/tests of `pay`/), tests);
  }
});
