import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Command } from 'commander';
import { operations } from '../../scripts/reference.ts';
import { ASKS, program } from '../../src/cli/index.ts';
import { RIGHTS, RIGHTS_OF, ROLES, type Right } from '../../src/vocabulary/index.ts';

/** Commands that do something: those without others below, and those that do something themselves. */
function commands(command: Command, above = ''): readonly string[] {
  const path = `${above} ${command.name()}`.trim();
  const below = command.commands.flatMap((one) => commands(one, path));
  return command.commands.length === 0 || command.registeredArguments.length > 0 ? [path, ...below] : below;
}

test('every command says which routes it asks, and every such route is there', async () => {
  // Who reads docs/rights.md must find every command in it, with the right that the API really asks for.
  const streams = { stdout: new PassThrough(), stderr: new PassThrough(), stdin: new PassThrough() };
  const cli: Parameters<typeof program>[0] = { streams, run: () => Promise.resolve() };
  assert.deepEqual(Object.keys(ASKS).toSorted(), [...commands(program(cli))].toSorted());
  const routes = new Set((await operations()).map(({ route }) => route));
  assert.deepEqual(
    Object.values(ASKS)
      .flat()
      .filter((route) => !routes.has(route)),
    [],
  );
});

test('rights-are-a-table: every right is asked for by a route or needed by a motion, and somebody has each', async () => {
  const asked = new Set((await operations()).map(({ 'x-right': right }) => right));
  // `reeve ledger export` asks for the first by itself, the kind of motion `fence.lift` for the second.
  const within: readonly Right[] = ['ledger.export', 'stop.lift'];
  for (const right of RIGHTS) {
    assert.ok(asked.has(right) || within.includes(right), `${right} is asked for nowhere`);
    assert.ok(
      ROLES.some((role) => (RIGHTS_OF[role] as readonly Right[]).includes(right)),
      `nobody has ${right}`,
    );
  }
});
