import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JOURNEYS } from './approval-journeys.ts';
import { approvalWorld, type ApprovalWorld } from './approval-world.ts';

let world: ApprovalWorld;
before(
  async () => {
    world = await approvalWorld();
  },
  { timeout: 60_000 },
);
after(() => world?.close());

for (const { name, complaint, go } of JOURNEYS) {
  test(`${name} ("${complaint}")`, { timeout: 90_000 }, () => go(world));
}

test('after all of it, the record and the journals of the systems agree', { timeout: 30_000 }, async () => {
  await world.quiet();
  const found = await world.platform.reconcile();
  assert.deepEqual([found?.unlogged, found?.lost, found?.duplicate, found?.contradicted], [0, 0, 0, 0]);
});
