import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approvalWorld, firstPerson, type ApprovalWorld } from './approval-world.ts';

// An installation as a first start makes it: one person, who answers to every name, also for what they brought themselves.
let world: ApprovalWorld;
before(
  async () => {
    world = await approvalWorld({ alone: true });
  },
  { timeout: 60_000 },
);
after(() => world?.close());

test(
  'one person alone: what needs somebody else waits out a delay, loudly, over a restart too',
  { timeout: 60_000 },
  async () => {
    const alone = await firstPerson(world.platform);
    const bill = await world.bring('refund.wanted', { bill: 'alone-1', minor: 1 }, alone);
    const approved = await world.approve(alone, await world.asked(bill));
    assert.equal(approved.state, 'approved');
    assert.match(approved.why, /^SINGLE OPERATOR/);
    const { notBefore } = approved;
    assert.ok(notBefore !== null && notBefore > approved.askedAt);
    await world.platform.fabric.sweep();
    await world.quiet();
    if (Date.now() < notBefore) assert.deepEqual(await world.done(bill), [], 'not before its time');
    await world.restart();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, notBefore - Date.now()) + 50));
    await world.platform.fabric.sweep();
    await world.quiet();
    assert.equal((await world.done(bill)).length, 1);
    assert.equal((await world.latest(bill)).state, 'consumed');
    const { rows } = await world.platform.pool.query<{ n: string }>(
      `select count(*) as n from reeve.entry where kind in ('approval.answered', 'approval.settled')
     and body::jsonb #>> '{body,singleOperator}' = 'true'`,
    );
    assert.equal(Number(rows[0]?.n), 2, 'the answer and what came of it');
  },
);

test('what the only operator may answer as anybody else would waits for nothing', { timeout: 60_000 }, async () => {
  const alone = await firstPerson(world.platform);
  const bill = await world.bring('bill.received', { bill: 'alone-2', minor: 50_000 });
  const approved = await world.approve(alone, await world.asked(bill));
  assert.deepEqual([approved.state, approved.notBefore], ['approved', null]);
  await world.quiet();
  assert.equal((await world.done(bill)).length, 1);
});
