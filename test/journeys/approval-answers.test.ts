import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { act } from '../../src/govern/index.ts';
import { versions } from './approval-fleet.ts';
import { JOURNEYS } from './approval-journeys.ts';
import { approvalWorld, approver, type ApprovalWorld } from './approval-world.ts';

const maria = approver('Maria', 'finance-controller');

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

test(
  'what the first version of the platform asked is asked anew, and can be answered',
  { timeout: 60_000 },
  async () => {
    const bill = await world.bring('bill.received', { bill: 'legacy-1', minor: 50_000 });
    const { id } = await world.asked(bill);
    // As that version left it: nothing of the question but whom it was for.
    await world.platform.pool.query(
      'update reeve.approval set content = null, permit = null, due_at = null where id = $1',
      [id],
    );
    await world.restart();
    await world.quiet();
    const again = await world.asked(bill);
    assert.deepEqual([again.id === id, again.round], [false, 1]);
    const { rows } = await world.platform.pool.query<{ state: string }>(
      'select state from reeve.approval where id = $1',
      [id],
    );
    assert.equal(rows[0]?.state, 'void');
    await world.approve(maria, again);
    await world.quiet();
    assert.equal((await world.done(bill)).length, 1);
  },
);

test('an answer whose run was left behind is taken up, once', { timeout: 60_000 }, async () => {
  const bill = await world.bring('bill.received', { bill: 'left-1', minor: 50_000 });
  const asked = await world.asked(bill);
  const yes = { kind: 'approve', reason: 'checked' } as const;
  const context = { names: ['finance-controller'], delegators: [], dwellSeconds: 60, single: false, singleDelayMs: 0 };
  const moved = act(asked, yes, { ...context, principal: maria, now: Date.now() });
  assert.ok(moved.kind === 'moved');
  // On record as approved, and the run as waiting: a crash between the two that are one change would leave this.
  const { id, state, rev, ...content } = moved.approval;
  await world.platform.pool.query('update reeve.approval set state = $2, rev = $3, content = $4 where id = $1', [
    id,
    state,
    rev,
    JSON.stringify(content),
  ]);
  await world.platform.fabric.sweep();
  await world.quiet();
  assert.deepEqual(await world.done(bill), []);
  await world.restart();
  await world.quiet();
  assert.equal((await world.done(bill)).length, 1);
});

test(
  'an answer is neither used nor lost while the version of what it is about cannot be asked for',
  { timeout: 60_000 },
  async () => {
    const order = await world.bring('order.repriced', { order: 'away-order', price: 7 });
    const asked = await world.asked(order);
    versions.set(order, 'away');
    await world.approve(approver('Dana', 'duty-manager'), asked);
    await world.quiet();
    assert.deepEqual(await world.done(order), []);
    assert.match((await world.stateOf(order)).why, /order system is down/);
    assert.deepEqual([(await world.latest(order)).state, (await world.stateOf(order)).state], ['approved', 'waiting']);
    versions.delete(order);
    for (let n = 0; n < 300 && (await world.done(order)).length === 0; n++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await world.quiet();
    assert.equal((await world.done(order)).length, 1);
  },
);

test('after all of it, the record and the journals of the systems agree', { timeout: 30_000 }, async () => {
  await world.quiet();
  const found = await world.platform.reconcile();
  assert.deepEqual([found?.unlogged, found?.lost, found?.duplicate, found?.contradicted], [0, 0, 0, 0]);
});
