/** What users complain of in the budgets of other products, as a journey. */
import assert from 'node:assert/strict';
import { boundDigest, digestText } from '../../src/vocabulary/index.ts';
import { TENANT } from './approval-fleet.ts';
import type { Journey } from './approval-journeys.ts';
import { approver, someone } from './approval-world.ts';

const petra = approver('Petra', 'budget-owner');
const maria = approver('Maria', 'finance-controller');
const administrators = ['Frida', 'Sven'].map((name) =>
  someone(name, [{ tenant: '*', role: 'administrator', as: null }]),
) as [ReturnType<typeof someone>, ReturnType<typeof someone>];

export const budgetAsks: Journey = {
  name: 'budget asks instead of failing',
  complaint: 'my work died because a budget was used up',
  async go(world) {
    const { fabric } = world.platform;
    const terms = { of: {}, per: 'tenant', measure: 'money:EUR', cap: 10_000, window: 'ever', atLimit: 'ask' } as const;
    const set = { tenant: TENANT, name: 'pocket', terms, reason: 'a small one' };
    assert.equal((await fabric.budgets.change(administrators[0], set)).state, 'carried');
    const pocket = async () => (await world.platform.fabric.budgets.list('*'))[0]?.accounts[0];

    const fits = await world.bring('bill.received', { bill: 'budget-fits', minor: 9_000 });
    assert.equal((await world.stateOf(fits)).state, 'done');
    const over = await world.bring('bill.received', { bill: 'budget-over', minor: 5_000 });
    const parked = await world.stateOf(over);
    assert.equal(parked.state, 'waiting');
    assert.match(parked.why, /budget-owner.*`treasury\/pocket` has 10\.00 EUR left of 100\.00 EUR.*needs 50\.00 EUR/);
    assert.equal((await pocket())?.reserved, 0, 'what waits for people holds nothing');

    // Long after, and over a restart: the answer is still the answer to what is asked.
    await world.restart();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const asked = await world.asked(over);
    assert.deepEqual(
      asked.requirements.map(({ policy }) => policy),
      ['budget-asks'],
    );
    await world.approve(petra, asked);
    await world.quiet();
    assert.deepEqual(await world.done(over), [digestText(asked.bound.argumentsText)]);
    assert.deepEqual(
      { ...(await pocket()) },
      { of: 'tenant:treasury', tenant: TENANT, spent: 14_000, reserved: 0, extra: 5_000, overdrawn: 0, left: 1_000 },
    );

    // It was for that act: the next one is asked about anew, together with all else that is asked.
    const both = await world.bring('bill.received', { bill: 'budget-both', minor: 50_000 });
    const first = await world.latest(both);
    if (first.requirements.length === 1) await world.approve(maria, first);
    await world.quiet();
    const second = await world.asked(both);
    assert.deepEqual(second.requirements.map(({ policy }) => policy).sort(), ['amount-over-limit', 'budget-asks']);
    await world.approve(maria, second);
    await world.quiet();
    assert.equal((await world.asked(both)).state, 'pending', 'one answer is not both');
    await world.approve(petra, await world.asked(both));
    await world.quiet();
    assert.equal((await world.done(both)).length, 1);
    assert.equal((await pocket())?.left, 1_000);

    // A declined one costs nothing.
    const no = await world.bring('bill.received', { bill: 'budget-no', minor: 8_000 });
    const { answer } = world.platform.fabric.approvals;
    const question = await world.asked(no);
    await answer(petra, question.id, { kind: 'decline', digest: boundDigest(question.bound), reason: 'not now' });
    await world.quiet();
    assert.equal((await world.stateOf(no)).state, 'refused');
    assert.deepEqual(await world.done(no), []);
    const removed = await world.platform.fabric.budgets.change(administrators[0], { ...set, terms: null });
    await world.platform.fabric.motions.second(administrators[1], removed.id);
  },
};
