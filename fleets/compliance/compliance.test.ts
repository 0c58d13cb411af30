import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../src/reason/index.ts';
import { rehearse } from '../../src/rehearse/index.ts';
import type { RawEvent, Rehearsed } from '../../src/sdk/index.ts';
import { documents, documentsConcerned } from './documents.ts';
import { ReviewRequest } from './events.ts';
import { compliance } from './index.ts';
import { controlAnswers, regulationAnswers, scorer } from './score.ts';
import { sendNotice } from './tools.ts';
import { REGULATIONS, TRUST } from './units.ts';
import { work } from './work.ts';

async function* only(keep: (event: RawEvent) => boolean): AsyncGenerator<RawEvent> {
  for await (const event of work({ all: true })) if (keep(event)) yield event;
}

async function rehearsed(keep: (event: RawEvent) => boolean): Promise<readonly Rehearsed[]> {
  const runs: Rehearsed[] = [];
  await rehearse(compliance, only(keep), (run) => runs.push(run));
  return runs;
}

const ofRegulation = (regulation: string) => (event: RawEvent) =>
  event.subject === regulation || event.subject.startsWith(`${regulation}-`);

const toolsOf = ({ proposals }: Rehearsed): readonly string[] => proposals.map(({ tool }) => tool.name);

test('twenty agents, each with its own name, owner and purpose', () => {
  assert.equal(compliance.agents.length, 20);
  assert.equal(new Set(compliance.agents.map(({ purpose }) => purpose)).size, 20);
  assert.deepEqual(
    Object.entries(Object.groupBy(compliance.agents, ({ role }) => role)).map(([role, of]) => [role, of?.length]),
    [
      ['regulation-watcher', 5],
      ['change-router', 4],
      ['control-watcher', 3],
      ['control-router', 5],
      ['procedure-owner', 3],
    ],
  );
});

test('every decision template compiles and is right about its own tests', async () => {
  for (const template of new Set(compliance.agents.map(({ reason }) => reason))) await compile(template);
});

test('all 4,555 changes of regulations and 858 of controls are found and routed, and no other', async () => {
  assert.equal(regulationAnswers().length, 4_555);
  assert.equal(controlAnswers().length, 858);
  const score = scorer();
  await rehearse(compliance, work({ all: true }), (run) => score.observe(run));
  for (const { key, expected, agreed, extra } of score.result()) {
    assert.ok(expected > 0, key);
    assert.deepEqual({ key, agreed, extra }, { key, agreed: expected, extra: 0 });
  }
});

test('the score falls when the agents miss a version, and they say which', async () => {
  const lost = (event: RawEvent) => event.id === '2017-18284_20180101/1003-3';
  const score = scorer(
    regulationAnswers().filter(({ regulation }) => regulation === '1003'),
    [],
  );
  const runs = await rehearsed((event) => ofRegulation('1003')(event) && !lost(event));
  for (const run of runs) score.observe(run);
  const found = score.result().find(({ key }) => key === 'regulations: changes found');
  assert.ok(found !== undefined && found.agreed < found.expected);
  const proposals = runs.filter(({ role }) => role === 'regulation-watcher').flatMap((run) => run.proposals);
  const said = proposals.find(({ tool }) => tool.name === sendNotice.name);
  assert.match(
    said?.why ?? '',
    /1003-3 as of .* cannot be compared: version 2017-18284_20180101 of it has not been seen/,
  );
});

test('each watcher works on its own regulation, and no run follows from a first version', async () => {
  for (const regulation of REGULATIONS) {
    const runs = await rehearsed(
      (event) => ofRegulation(regulation)(event) && event.time < '2013-01-02' && event.source === 'regulator/cfpb',
    );
    const watchers = new Set(
      runs.filter(({ role }) => role === 'regulation-watcher').map(({ agent }) => String(agent)),
    );
    assert.deepEqual([...watchers], ['1003', '1013'].includes(regulation) ? [`regulation-watcher.${regulation}`] : []);
  }
});

test('a repealed appendix is read up in the register and retired, last of all, since a person has to agree', async () => {
  const runs = await rehearsed(ofRegulation('1024'));
  const repeal = runs.find((run) => run.role === 'change-router' && toolsOf(run).includes('grc.retire-requirement'));
  assert.ok(repeal);
  assert.deepEqual(toolsOf(repeal), [
    'grc.open-change-task',
    'events.procedure-review-asked',
    'grc.read-register',
    'grc.retire-requirement',
  ]);
  assert.equal(repeal.proposals.at(-1)?.tool.risk, 'high');
});

test('every request for review that a router makes reaches a document', async () => {
  const runs = await rehearsed(() => true);
  const asked = runs.flatMap(({ proposals }) =>
    proposals.flatMap(({ tool, arguments: said }) =>
      tool.name === 'events.procedure-review-asked' ? [ReviewRequest.parse(said)] : [],
    ),
  );
  assert.ok(asked.length > 0);
  for (const request of asked) {
    for (const criterion of request.criteria) {
      const reached = TRUST.flatMap((trust) => documentsConcerned(trust, { criteria: [criterion], procedures: [] }));
      assert.ok(reached.length > 0, `${request.changeSet}: nothing satisfies \`${criterion}\``);
    }
  }
});

test('the register holds 36 internal documents with 79 criteria', () => {
  assert.equal(documents().length, 36);
  assert.equal(documents().flatMap(({ satisfies }) => satisfies).length, 79);
});
