import assert from 'node:assert/strict';
import test from 'node:test';
import { rehearse, score } from '../../src/rehearse/index.ts';
import { compile } from '../../src/reason/index.ts';
import type { RawEvent, Rehearsed } from '../../src/sdk/index.ts';
import { manufacturing } from './index.ts';
import { work } from './work/index.ts';

test('the fleet has fifteen agents of seven roles, all of one tenant', () => {
  assert.equal(manufacturing.agents.length, 15);
  assert.equal(new Set(manufacturing.agents.map(({ role }) => role)).size, 7);
});

test('every decision table compiles and is right about its own tests', async () => {
  const templates = new Map(manufacturing.agents.map(({ reason }) => [reason.version, reason]));
  assert.equal(templates.size, 7);
  for (const template of templates.values()) await compile(template);
});

test('the records come in time order, the same each time, each with its own id', () => {
  for (const all of [false, true]) {
    const events = [...work({ all })];
    assert.ok(events.length >= (all ? 6_800 : 1_500), `${events.length} events`);
    assert.deepEqual(events, [...work({ all })]);
    assert.equal(new Set(events.map(({ source, id }) => `${source}|${id}`)).size, events.length);
    const early = events.findIndex(({ time }, i) => time < (events[i - 1]?.time ?? ''));
    assert.equal(early, -1, `event ${early} is earlier than the one before it`);
  }
});

test('all 4,503 steps of all 225 work orders are there', () => {
  const types = Map.groupBy(work({ all: true }), ({ type }) => type);
  assert.equal(types.get('step.started')?.length, 4_503);
  assert.equal(types.get('order.closed')?.length, 225);
  assert.equal(types.get('plate.measured')?.length, 1_941);
});

test('what the agents decide about all the records is exactly what the reference says', async () => {
  const result = await score(manufacturing);
  assert.deepEqual(
    result?.rows.map(({ key, expected, agreed, extra }) => [key, expected, agreed, extra]),
    [
      ['pistonrings: X-bar limits', 2, 2, 0],
      ['pistonrings: samples out of control', 3, 3, 0],
      ['orangejuice: p limits', 2, 2, 0],
      ['orangejuice: phase I samples out of control', 2, 2, 0],
      ['orders packed before final inspection, held', 48, 48, 0],
      ['orders packed without final inspection, held', 3, 3, 0],
      ['orders with rework, fed back to design', 36, 36, 0],
    ],
  );
});

test('a score falls short when half of the records are missing', async () => {
  const scorer = manufacturing.score?.();
  assert.ok(scorer);
  await rehearse(manufacturing, work({ all: false }), (rehearsed) => scorer.observe(rehearsed));
  assert.ok(scorer.result().some(({ expected, agreed }) => agreed < expected));
});

test('an order packed before its inspection is held at the packing and reviewed at its end', async () => {
  assert.deepEqual(await actions(order('machining', ['Turning', 'Packing', 'Packing', 'Final Inspection Q.C.'])), [
    'mes.hold-order packing-without-inspection-so-far',
    'mes.record-finding packed-before-final-inspection',
    'ticketing.open-quality-ticket',
  ]);
});

test('an order packed and never inspected is held at the packing and quarantined at its end', async () => {
  assert.deepEqual(await actions(order('finishing', ['Lapping', 'Packing'])), [
    'mes.hold-order packing-without-inspection-so-far',
    'mes.quarantine-order packed-without-final-inspection',
  ]);
});

test('an inspection after packing that is not recorded as quality control is a finding of its own', async () => {
  assert.deepEqual(await actions(order('machining', ['Turning', 'Packing', 'Final Inspection'])), [
    'mes.hold-order packing-without-inspection-so-far',
    'mes.record-finding inspected-after-packing-but-not-as-quality-control',
    'ticketing.open-quality-ticket',
  ]);
});

test('an order inspected and then packed is complete, and nobody holds it', async () => {
  const inspected = order('machining', ['Turning', 'Final Inspection Q.C.', 'Packing']);
  assert.deepEqual(await actions(inspected), ['mes.complete-order']);
});

test('rework of two kinds is fed back to design once', async () => {
  const reworked = order('machining', ['Grinding Rework', 'Turning Rework', 'Grinding Rework']);
  assert.deepEqual(await actions(reworked), ['grc.propose-design-change']);
});

test('production is judged by the samples of the first phase alone, though they are sent a second time', async () => {
  const restsOn: Record<string, unknown> = {};
  const charts = [...work({ all: false })].filter(({ source }) => source.startsWith('laboratory/'));
  await rehearse(manufacturing, charts, ({ role, unit, facts }) => {
    if (role === 'spc-monitor') restsOn[unit] = Object(facts['limits']).samples;
  });
  assert.deepEqual(restsOn, { pistonrings: 25, orangejuice: 30, circuit: 26, viscosity: 20 });
});

test('a chart whose first phase is too short gets no limits and no signals', async () => {
  const samples = [...work({ all: true })].filter(({ source }) => source === 'laboratory/viscosity');
  const short = samples.filter(({ id }) => id !== 'sample-20');
  assert.deepEqual(await actions(short), []);
});

function order(line: string, activities: readonly string[]): readonly RawEvent[] {
  const common = { source: 'plant/test', subject: 'Case-T', time: '2012-01-02T07:00:00.000Z' };
  const ended = '2012-01-02T08:00:00.000Z';
  const steps = activities.map((activity, i) => ({
    ...common,
    id: `step-${i}`,
    type: 'step.started',
    data: { order: 'Case-T', line, step: i + 1, activity, resource: 'ID1', ended },
  }));
  const data = { order: 'Case-T', line, steps: activities.length };
  return [...steps, { ...common, id: 'closed', type: 'order.closed', data }];
}

/** What would be done, but for progress reports: tool and finding. */
async function actions(events: readonly RawEvent[]): Promise<readonly string[]> {
  const done: string[] = [];
  await rehearse(manufacturing, events, ({ proposals }: Rehearsed) => {
    for (const { tool, arguments: given } of proposals) {
      if (tool.name === 'mes.report-progress') continue;
      const finding =
        typeof given === 'object' && given !== null && 'finding' in given ? ` ${String(given.finding)}` : '';
      done.push(tool.name + finding);
    }
  });
  return done;
}
