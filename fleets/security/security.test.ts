import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/rehearse/index.ts';
import type { RawEvent, Rehearsed } from '../../src/sdk/index.ts';
import { Analysed } from './events.ts';
import { security } from './index.ts';
import { score } from './score.ts';
import { toEvent } from './work.ts';

const ACT: Analysed = {
  cve: 'CVE-2024-99901',
  assigner: 'Patchstack',
  title: null,
  description: 'Something that is exploited everywhere',
  affected: [{ vendor: 'n/a', product: 'Everything' }],
  ssvc: { Exploitation: 'Active', Automatable: 'Yes', 'Technical Impact': 'Total' },
  ssvc_timestamp: '2024-06-01T12:00:00.000Z',
};

async function runsOver(...work: readonly RawEvent[]): Promise<readonly Rehearsed[]> {
  const runs: Rehearsed[] = [];
  await rehearse(security, work, (run) => runs.push(run));
  return runs;
}

function tools(runs: readonly Rehearsed[], agent: string): readonly (readonly string[])[] {
  return runs.filter((run) => run.agent === agent).map(({ proposals }) => proposals.map(({ tool }) => tool.name));
}

async function listed(work: AsyncIterable<RawEvent> | Iterable<RawEvent>): Promise<readonly RawEvent[]> {
  const events: RawEvent[] = [];
  for await (const event of work) events.push(event);
  return events;
}

/** `count` of the shipped records, spread over all of them, in order. */
async function* spread(count: number): AsyncGenerator<RawEvent> {
  const all = await listed(security.work({ all: true }));
  const step = Math.floor(all.length / count);
  for (let i = 0; i < count; i++) yield all[i * step]!;
}

test('five roles work in five units, each under its own name, owner and mandate', () => {
  assert.equal(security.agents.length, 25);
  for (const part of ['role', 'unit'] as const) {
    const names = security.agents.map((agent) => agent[part]);
    for (const name of new Set(names)) assert.equal(names.filter((other) => other === name).length, 5, name);
  }
  assert.equal(new Set(security.agents.map(({ version }) => version)).size, 25);
});

test('the units decide a part of the shipped records exactly as the reference does', async () => {
  const scorer = score();
  await rehearse(security, spread(400), (run) => scorer.observe(run));
  for (const { key, expected, agreed, extra } of scorer.result()) {
    assert.deepEqual({ key, expected, agreed, extra }, { key, expected: 3_699, agreed: 400, extra: 0 });
  }
});

test('a wrong decision and a second one are both counted as too many', async () => {
  const first = await listed(spread(1));
  const runs = await runsOver(...first);
  const right = runs.find(({ agent }) => agent === 'triage.office')!;
  const scorer = score();
  scorer.observe(right);
  scorer.observe(right);
  scorer.observe({ ...right, unit: 'production', decided: { outcome: 'no such outcome' } });
  const told = new Map(scorer.result().map(({ key, agreed, extra }) => [key, { agreed, extra }]));
  assert.deepEqual(told.get('CISA coordinator: mission low'), { agreed: 1, extra: 1 });
  assert.deepEqual(told.get('CISA coordinator: mission high'), { agreed: 0, extra: 1 });
});

test('act is a ticket of high risk, which waits for a person at L3, due three days after the analysis', async () => {
  const runs = await runsOver(toEvent(ACT));
  const production = runs.find(({ agent }) => agent === 'triage.production')!;
  const [ticket, order] = production.proposals;
  assert.equal(ticket?.tool.name, 'ticketing.escalate');
  assert.equal(ticket.tool.risk, 'high');
  assert.equal((ticket.arguments as { due: string }).due, '2024-06-04');
  assert.equal(order?.tool.name, 'events.remediation-ordered');
  const { autonomy } = security.agents.find(({ name }) => name === 'triage.production')!;
  assert.equal(autonomy[ticket.tool.name] ?? autonomy.default, 'L3');
});

test('the same record under another event id goes no further than the intake desk', async () => {
  const runs = await runsOver(toEvent(ACT), { ...toEvent(ACT), id: 'sent-again' });
  assert.deepEqual(tools(runs, 'intake.web-shop'), [['events.vulnerability-enriched'], []]);
  assert.equal(tools(runs, 'triage.production').length, 1);
});

test('a CVE published again with nothing new to decide on opens no second ticket', async () => {
  const again = { ...ACT, description: 'Reworded', ssvc_timestamp: '2024-06-09T12:00:00.000Z' };
  const runs = await runsOver(toEvent(ACT), toEvent(again));
  assert.deepEqual(tools(runs, 'triage.production'), [['ticketing.escalate', 'events.remediation-ordered'], []]);
  assert.deepEqual(tools(runs, 'triage.web-shop'), [['ticketing.open', 'events.remediation-ordered'], []]);
  assert.equal(tools(runs, 'patch-planning.web-shop').length, 1);
});

test('a CVE that becomes worse is ticketed again', async () => {
  const feared = { ...ACT, ssvc: { ...ACT.ssvc, Exploitation: 'PoC' }, ssvc_timestamp: '2024-05-01T12:00:00.000Z' };
  const runs = await runsOver(toEvent(feared), toEvent(ACT));
  assert.deepEqual(tools(runs, 'triage.production'), [
    ['ticketing.open'],
    ['ticketing.escalate', 'events.remediation-ordered'],
  ]);
});

test('a spelling that no table knows is asked about, and nobody decides on it', async () => {
  const runs = await runsOver(toEvent({ ...ACT, ssvc: { ...ACT.ssvc, Exploitation: 'exploited' } }));
  assert.deepEqual(
    runs.map(({ agent, proposals }) => [agent, ...proposals.map(({ tool }) => tool.name)]),
    [['intake.web-shop', 'ticketing.ask-analysts']],
  );
});

test('what is done for one unit is within what its agents are granted', async () => {
  const runs: Rehearsed[] = [];
  await rehearse(security, spread(200), (run) => runs.push(run));
  const acts = runs.flatMap(({ agent, event, proposals }) =>
    proposals.map(({ tool, arguments: input }) => ({ agent, tool, on: tool.resource?.(input) ?? event.subject })),
  );
  assert.ok(acts.length > 500);
  for (const { agent, tool, on } of acts) {
    const granted = security.agents
      .find(({ name }) => name === agent)!
      .act.find((capability) => capability.tool.name === tool.name);
    assert.ok(granted, `${agent} ${tool.name}`);
    assert.ok(granted.resources.length === 0 || granted.resources.some((prefix) => on.startsWith(prefix)), on);
  }
});
