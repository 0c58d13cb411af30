import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../../src/reason/index.ts';
import { rehearse } from '../../../src/rehearse/index.ts';
import { fleet, type RawEvent, type Rehearsed } from '../../../src/sdk/index.ts';
import { claimAgents, claimScorer, claimWork } from './index.ts';
import { ClaimStep } from './events.ts';
import { claimSteps } from './work.ts';

const claims = fleet('claims', { tenant: 'finance', agents: claimAgents, work: claimWork });

async function rehearsed(work: Iterable<RawEvent>): Promise<readonly Rehearsed[]> {
  const runs: Rehearsed[] = [];
  await rehearse(claims, work, (run) => runs.push(run));
  return runs;
}

function toolsProposed(runs: readonly Rehearsed[]): readonly string[] {
  return runs.flatMap(({ proposals }) => proposals.map(({ tool }) => tool.name));
}

describe('the agents', () => {
  test('are 28 in five roles, each answered for and with an end', () => {
    assert.equal(claimAgents.length, 28);
    assert.deepEqual([...new Set(claimAgents.map(({ role }) => role))].sort(), [
      'claims-approval-chain',
      'claims-completeness',
      'claims-exception',
      'claims-intake',
      'claims-payment-proposal',
    ]);
    for (const { owner, expires, tenant } of claimAgents) {
      assert.match(owner, /^(claims-desk-\d|finance-control)$/);
      assert.equal(expires, '2027-12-31');
      assert.equal(tenant, 'finance');
    }
  });

  test('decide by templates that compile and are right about their own tests', async () => {
    const templates = new Set(claimAgents.map(({ reason }) => reason));
    assert.equal(templates.size, 6);
    for (const template of templates) await compile(template);
  });
});

describe('the work', () => {
  test('is all 109,207 steps of 19,124 cases in time order, each with its own id', () => {
    const cases = new Set<string>();
    const ids = new Set<string>();
    let last = '';
    for (const { id, subject, time } of claimWork({ all: true })) {
      assert.ok(time >= last, `${id} at ${time} comes after ${last}`);
      last = time;
      ids.add(id);
      cases.add(subject);
    }
    assert.equal(ids.size, 109_207);
    assert.equal(cases.size, 19_124);
  });

  test('keeps the order of the log within a case, also at one time', () => {
    const reached = new Map<string, number>();
    const lastTime = new Map<string, string>();
    let ties = 0;
    for (const { id, subject, time } of claimWork({ all: true })) {
      const step = Number(id.slice(subject.length + 1));
      assert.equal(step, (reached.get(subject) ?? 0) + 1);
      if (lastTime.get(subject) === time) ties += 1;
      reached.set(subject, step);
      lastTime.set(subject, time);
    }
    assert.equal(ties, 88, 'counted in the logs before they were packed: 10, 20 and 58');
  });

  test('is the same every time, and its first part is how all of it begins', () => {
    const first = [...claimWork({ all: false })];
    assert.equal(first.length, 6_500);
    let i = 0;
    for (const event of claimWork({ all: true })) {
      if (i === first.length) break;
      assert.deepEqual(event, first[i++]);
    }
    assert.equal(i, first.length);
  });

  test('has amounts in whole cents', () => {
    const [step] = claimSteps((subject) => subject === 'domestic/declaration86795');
    const data = ClaimStep.parse(step?.data);
    assert.deepEqual(data.amount, { minor: 18_246, currency: 'EUR' });
    assert.equal(data.budget, 'budget 86566');
  });
});

describe('the fleet', () => {
  test('flags exactly the reference cases among every twelfth case and the two that were paid unapproved', async () => {
    const unapproved = new Set(['domestic/declaration90815', 'domestic/declaration95149']);
    const sample = new Set<string>(unapproved);
    const all = new Set<string>();
    for (const { subject } of claimSteps()) {
      if (!all.has(subject) && all.size % 12 === 0) sample.add(subject);
      all.add(subject);
    }
    const keep = (subject: string) => sample.has(subject);
    const scorer = claimScorer(keep);
    await rehearse(claims, claimSteps(keep), (run) => scorer.observe(run));
    const rows = scorer.result();
    assert.equal(rows.length, 24);
    for (const { key, expected, agreed, extra } of rows) {
      assert.deepEqual({ key, agreed, extra }, { key, agreed: expected, extra: 0 });
    }
    const expectedOf = (of: string) => rows.find(({ key }) => key === of)?.expected ?? 0;
    assert.equal(expectedOf('domestic: paid without final approval'), 2);
    assert.ok(expectedOf('request: final approval without administration') > 50);
    assert.ok(expectedOf('prepaid: never paid') > 2);
  });

  test('asks for a payment that was never approved to be looked at, and does not propose it', async () => {
    const runs = await rehearsed(claimSteps((subject) => subject === 'domestic/declaration90815'));
    const tools = toolsProposed(runs);
    assert.ok(!tools.includes('erp.propose-claim-payment'));
    const tickets = runs.flatMap(({ proposals }) => proposals.filter(({ tool }) => tool.name.startsWith('ticketing.')));
    assert.deepEqual(
      tickets.map(({ why }) => why),
      [
        'payment requested without a final approval since the last submission',
        'paid without a final approval since the last submission',
      ],
    );
  });

  test('raises a second payment and a second request, which the logs do not hold', async () => {
    const whole = [...claimSteps((subject) => subject === 'domestic/declaration86791')];
    const again = whole.slice(-2).map((event) => ({ ...event, id: `${event.id}/again` }));
    const before = await rehearsed(whole);
    const runs = await rehearsed([...whole, ...again]);
    const whyOf = (of: readonly Rehearsed[]) => of.flatMap(({ proposals }) => proposals.map(({ why }) => why));
    assert.ok(!whyOf(before).includes('paid a second time'));
    assert.ok(whyOf(runs).includes('paid a second time'));
    assert.ok(whyOf(runs).includes('payment requested a second time'));
    assert.equal(toolsProposed(runs).filter((name) => name === 'erp.propose-claim-payment').length, 1);
  });

  test('forgets an approval when the claim is submitted again', async () => {
    const [submitted, approved, requested] = [...claimSteps((subject) => subject === 'domestic/declaration86791')];
    assert.ok(submitted && approved && requested);
    const runs = await rehearsed([submitted, approved, { ...submitted, id: 'again' }, requested]);
    assert.ok(toolsProposed(runs).includes('events.claim-exception'));
    assert.ok(!toolsProposed(runs).includes('erp.propose-claim-payment'));
  });

  test('leaves the travel permit out when it counts submissions and refusals', async () => {
    const prepaid = 'prepaid/requestforpayment73550';
    const runs = await rehearsed(claimSteps((subject) => subject === prepaid));
    const kinds = runs.map(
      ({ role, event }) => `${role} ${ClaimStep.safeParse(event.data).data?.document ?? 'raised'}`,
    );
    assert.deepEqual(
      kinds.filter((kind) => kind.endsWith('permit')),
      ['claims-completeness permit'],
    );
  });
});
