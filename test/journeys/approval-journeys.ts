/** What users of other products complain of, one journey each: run by the tests beside this and by the proof of that name. */
import assert from 'node:assert/strict';
import {
  boundDigest,
  canonical,
  digestText,
  type Misuse,
  type Principal,
  type TenantId,
} from '../../src/vocabulary/index.ts';
import { TENANT, versions } from './approval-fleet.ts';
import { approver, onRecord, type ApprovalWorld } from './approval-world.ts';

export interface Journey {
  /** As the proof and the test name it. */
  readonly name: string;
  /** What people say of other products. */
  readonly complaint: string;
  go(world: ApprovalWorld): Promise<void>;
}

const maria = approver('Maria', 'finance-controller');
const nils = approver('Nils', 'finance-controller');
const owner = approver('Olga', 'agent-owner');
const duty = approver('Dana', 'duty-manager');

export const JOURNEYS: readonly Journey[] = [
  {
    name: 'declined never runs',
    complaint: 'I declined it, and it ran all the same',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'declined-1', minor: 50_000 });
      const asked = await world.asked(bill);
      const digest = boundDigest(asked.bound);
      await answer(world, maria, asked.id, { kind: 'decline', digest, reason: 'not ours' });
      await world.quiet();
      const { state, why } = await world.stateOf(bill);
      assert.equal(state, 'refused');
      assert.match(why, /declined.*Maria: not ours/);
      // Not by a late yes, not by a restart, not by the same event again.
      await refused(answer(world, nils, asked.id, { kind: 'approve', digest }), 'already-answered');
      await world.restart();
      await world.quiet();
      assert.deepEqual(await world.done(bill), []);
    },
  },
  {
    name: 'approved after restart runs once',
    complaint: 'the restart lost my approval, or it ran twice',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'restart-1', minor: 50_000 });
      const before = await world.asked(bill);
      await world.restart();
      const after = await world.asked(bill);
      assert.deepEqual(after, before, 'the same question, with the same digest');
      await world.approve(maria, after);
      await world.quiet();
      assert.deepEqual(await world.done(bill), [digestText(after.bound.argumentsText)]);
      assert.equal((await world.latest(bill)).state, 'consumed');
      await world.restart();
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
      await refused(world.approve(nils, after), 'already-answered');
    },
  },
  {
    name: 'an answer outlives the process that took it',
    complaint: 'it said approved, then it crashed, and nothing ever happened',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'restart-2', minor: 50_000 });
      const asked = await world.asked(bill);
      await world.approve(maria, asked);
      // At once: the run may or may not have come to the gate by now.
      await world.restart();
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
      assert.equal((await world.stateOf(bill)).state, 'done');
    },
  },
  {
    name: 'sub-agent cannot skip',
    complaint: 'the sub-agent did it without asking anybody',
    async go(world) {
      const bill = await world.bring('bill.disputed', { bill: 'sub-1', minor: 50_000 });
      const planned = await world.asked(bill);
      assert.equal(planned.bound.tool, 'events.payment-planned');
      await world.approve(owner, planned);
      await world.quiet();
      // The planner's act was approved and done; the executor's waits all the same, for somebody else.
      const asked = await world.asked(bill);
      assert.deepEqual([asked.bound.agent, asked.bound.tool], ['executor.treasury', 'grc.pay']);
      assert.deepEqual(await world.done(bill), []);
      await refused(world.approve(owner, asked), 'forbidden');
      await refused(
        answer(world, maria, asked.id, { kind: 'approve', digest: boundDigest(planned.bound) }),
        'changed-meanwhile',
      );
      await world.approve(maria, asked);
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
    },
  },
  {
    name: 'edit is re-judged',
    complaint: 'there is no way to correct it and approve, or the correction went past the rules',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'edit-1', minor: 700_000 });
      const asked = await world.asked(bill);
      await world.approve(maria, asked);
      const digest = boundDigest(asked.bound);
      const edit = (to: unknown) => answer(world, nils, asked.id, { kind: 'edit', digest, arguments: to as never });
      await refused(edit({ bill, minor: 'much' }), 'bad-request');
      await refused(edit({ bill, minor: 1, extra: true }), 'bad-request');
      // Above every limit: the law refuses it, whoever edits.
      await refused(edit({ bill, minor: 200_000_000 }), 'forbidden');
      assert.equal((await world.asked(bill)).votes.length, 1, 'what was refused changed nothing');

      const edited = await edit({ bill, minor: 600_000 });
      assert.equal(edited.state, 'pending', 'two people, as before: the vote for the first version does not count');
      assert.equal(edited.original?.bound.argumentsText, asked.bound.argumentsText, 'both versions stay on record');
      assert.deepEqual(edited.bound.amount, { minor: 600_000, currency: 'EUR' });
      await refused(answer(world, maria, asked.id, { kind: 'approve', digest }), 'changed-meanwhile');
      await world.approve(maria, edited);
      await world.quiet();
      assert.deepEqual(await world.done(bill), [digestText(canonical({ bill, minor: 600_000 }))]);
    },
  },
  {
    name: 'an edit below every limit needs nobody else',
    complaint: 'I corrected it, and it asked everybody about the old one again',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'edit-2', minor: 50_000 });
      const asked = await world.asked(bill);
      const digest = boundDigest(asked.bound);
      await answer(world, maria, asked.id, { kind: 'edit', digest, arguments: { bill, minor: 5_000 } });
      await world.quiet();
      assert.deepEqual(await world.done(bill), [digestText(canonical({ bill, minor: 5_000 }))]);
    },
  },
  {
    name: 'requester cannot approve',
    complaint: 'people approve their own requests',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'own-1', minor: 50_000 }, maria);
      const asked = await world.asked(bill);
      await refused(world.approve(maria, asked), 'forbidden', /you are one who asked for this/);
      const [seen] = await world.platform.fabric.approvals.see(maria, [asked]);
      assert.equal(seen?.eligibility.may, false);
      // The team that owns the agent, where the rule says so.
      const big = await world.bring('refund.wanted', { bill: 'own-2', minor: 2 });
      const insider = { ...nils, teams: ['treasury-team'] };
      await refused(world.approve(insider, await world.asked(big)), 'forbidden', /team that owns the agent/);
      await world.approve(nils, asked);
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
      assert.deepEqual(await world.done(big), []);
    },
  },
  {
    name: "absent approver's delegate can",
    complaint: 'she is on holiday, and everything waits',
    async go(world) {
      const deputy = approver('Dirk', 'petty-cash');
      const { fabric } = world.platform;
      await onRecord(world, maria, deputy);
      const bill = await world.bring('bill.received', { bill: 'away-1', minor: 50_000 });
      const asked = await world.asked(bill);
      await refused(world.approve(deputy, asked), 'forbidden');
      const lent = await fabric.approvals.delegations.lend(maria, {
        to: deputy.person,
        tenant: TENANT as TenantId,
        until: Date.now() + 3_600_000,
        reason: 'holiday',
      });
      // Not back, not further than lent, and never to somebody who asked.
      await refused(
        fabric.approvals.delegations.lend(deputy, {
          to: maria.person,
          tenant: TENANT as TenantId,
          until: Date.now() + 1_000,
          reason: 'x',
        }),
        'bad-request',
      );
      const approved = await world.approve(deputy, asked);
      assert.deepEqual([approved.votes[0]?.person, approved.votes[0]?.onBehalfOf], [deputy.person, maria.person]);
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
      // What is taken back ends at once.
      await fabric.approvals.delegations.revoke(maria, lent.id, 'back again');
      const next = await world.bring('bill.received', { bill: 'away-2', minor: 50_000 });
      await refused(world.approve(deputy, await world.asked(next)), 'forbidden');
    },
  },
  {
    name: 'silence refuses',
    complaint: 'nobody answered, so it went ahead',
    async go(world) {
      const bill = await world.bring('bill.overdue', { bill: 'silence-1', minor: 50_000 });
      const asked = await world.asked(bill);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, asked.bound.expiresAt - Date.now())));
      await world.platform.fabric.sweep();
      await world.quiet();
      assert.equal((await world.latest(bill)).state, 'expired');
      const { state, why } = await world.stateOf(bill);
      assert.equal(state, 'refused');
      assert.match(why, /expired/);
      await refused(world.approve(maria, asked), 'already-answered');
      assert.deepEqual(await world.done(bill), []);
    },
  },
  {
    name: 'it goes on to somebody else in time',
    complaint: 'it waited for one person for weeks',
    async go(world) {
      const chief = approver('Charlotte', 'chief');
      const bill = await world.bring('bill.overdue', { bill: 'escalated-1', minor: 50_000 });
      const asked = await world.asked(bill);
      await refused(world.approve(chief, asked), 'forbidden');
      const [{ at } = { at: 0 }] = asked.requirements[0]?.escalations ?? [];
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
      await world.platform.fabric.sweep();
      const { widened } = await world.asked(bill);
      assert.deepEqual(
        widened.map(({ to }) => to),
        ['chief'],
      );
      const { rows } = await world.platform.pool.query<{ to: string }>(
        `select body::jsonb #>> '{body,to}' as to from reeve.entry where kind = 'approval.escalated'
         and body::jsonb #>> '{body,approval}' = $1`,
        [asked.id],
      );
      assert.deepEqual(rows, [{ to: 'chief' }], 'once, and on record');
      await world.approve(chief, asked);
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
    },
  },
  {
    name: 'what was approved is what runs',
    complaint: 'it changed after I approved it',
    async go(world) {
      versions.clear();
      const order = await world.bring('order.repriced', { order: 'order-1', price: 7 });
      const asked = await world.asked(order);
      assert.equal(asked.bound.resourceVersion, 'v1');
      versions.set(order, 'v2');
      await world.approve(duty, asked);
      await world.quiet();
      assert.deepEqual(await world.done(order), [], 'somebody else has changed the order meanwhile');
      const again = await world.asked(order);
      assert.deepEqual([again.round, again.bound.resourceVersion], [1, 'v2']);
      await refused(world.approve(duty, asked), 'already-answered', /resourceVersion/);
      await world.approve(duty, again);
      await world.quiet();
      assert.equal((await world.done(order)).length, 1);
    },
  },
  {
    name: 'a new law asks anew',
    complaint: 'the rules changed, and the old approvals still counted',
    async go(world) {
      const bill = await world.bring('bill.received', { bill: 'law-1', minor: 50_000 });
      const asked = await world.asked(bill);
      await world.enforce(A_NEW_CEILING);
      await world.quiet();
      const again = await world.asked(bill);
      assert.equal(again.round, asked.round + 1);
      assert.notEqual(again.bound.law, asked.bound.law);
      const { rows } = await world.platform.pool.query<{ state: string; why: string }>(
        `select state, content ->> 'why' as why from reeve.approval where id = $1`,
        [asked.id],
      );
      assert.equal(rows[0]?.state, 'void');
      assert.match(rows[0]?.why ?? '', /\blaw\b.* changed/);
      await world.approve(maria, again);
      await world.quiet();
      assert.equal((await world.done(bill)).length, 1);
    },
  },
  {
    name: 'together, each for itself',
    complaint: 'one click approved things that were not on the list',
    async go(world) {
      const bills: string[] = [];
      for (const n of [1, 2, 3]) bills.push(await world.bring('refund.wanted', { bill: `batch-${n}`, minor: n }));
      const asked = await Promise.all(bills.map((bill) => world.asked(bill)));
      const items = asked.map(({ id, bound }) => ({ id, digest: boundDigest(bound) }));
      const altered = items.map((item, n) => (n === 1 ? { ...item, digest: digestText('another') } : item));
      const first = await world.platform.fabric.approvals.answerAll(maria, altered, {
        kind: 'approve',
        reason: 'all fine',
      });
      assert.deepEqual(
        first.map((one) => (one.ok ? 'ok' : one.code)),
        ['ok', 'changed-meanwhile', 'ok'],
      );
      // Both at once, and each vote counts.
      const [second, third] = await Promise.all([
        world.platform.fabric.approvals.answerAll(nils, items, { kind: 'approve', reason: '' }),
        world.platform.fabric.approvals.answerAll(maria, [items[1] as never], { kind: 'approve', reason: '' }),
      ]);
      assert.ok(
        [...second, ...third].every(({ ok }) => ok),
        JSON.stringify([second, third]),
      );
      await world.quiet();
      for (const bill of bills) assert.equal((await world.done(bill)).length, 1, bill);
    },
  },
];

/** A policy that has nothing to do with what was asked: it is another law all the same. */
const A_NEW_CEILING = `
@id("nothing-above-two-million")
@why("a new ceiling")
forbid (principal, action, resource)
when { context.amountMinor > 200000000 };
`;

type Answer = Parameters<ApprovalWorld['platform']['fabric']['approvals']['answer']>[2];

function answer(
  world: ApprovalWorld,
  by: Principal,
  id: Parameters<ApprovalWorld['platform']['fabric']['approvals']['answer']>[1],
  given: Answer,
) {
  return world.platform.fabric.approvals.answer(by, id, given);
}

async function refused(work: Promise<unknown>, code: Misuse['code'], why = /./): Promise<void> {
  await assert.rejects(work, (error: Misuse) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, why);
    return true;
  });
}
