import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueAt, openApproval } from '../../govern/index.ts';
import { Conflict, type Change } from '../../ledger/index.ts';
import { handMovedClock } from '../../testing/index.ts';
import {
  boundDigest,
  derivedId,
  digestText,
  newId,
  NO_LABEL,
  type AgentId,
  type Approval,
  type ApprovalId,
  type Principal,
  type Run,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import { createDesk, type DeskOptions } from './desk.ts';

const NORTH = 'north' as TenantId;
const DAY = 86_400_000;

function approver(name: string): Principal {
  const grants = [{ tenant: NORTH, role: 'approver' as const, as: 'controller' }];
  return { person: newId('person'), name, teams: [], grants, via: 'session', scopes: null, credential: name };
}

/** A desk over a record in memory that keeps the rule of revisions, and answers as slowly as a database. */
function world({
  need = 1,
  escalate = [] as readonly { after: string; to: string }[],
  over = false,
  single = false,
} = {}) {
  const clock = handMovedClock();
  const rule = {
    stages: [{ of: ['controller'], need }],
    separate: [],
    expires: 'P1D',
    escalate: [...escalate],
    delegable: true,
    batch: true,
    dwellSeconds: 0,
    distinct: false,
  };
  const approvals = new Map<ApprovalId, Approval>();
  const due = new Map<ApprovalId, number | null>();
  const changes: Change[] = [];
  const offered: string[] = [];
  const ask = (n: number): Approval => {
    const permit = derivedId('permit', String(n));
    const approval = openApproval({
      id: derivedId('approval', permit, 0),
      permit,
      round: 0,
      act: {
        tenant: NORTH,
        run: derivedId('run', String(n)),
        step: 0,
        agent: 'clerk.a' as AgentId,
        agentVersion: digestText('v1'),
        principal: null,
        tool: 'erp.pay' as ToolId,
        toolDigest: digestText('t1'),
        argumentsText: '{"n":1}',
        amount: null,
        resource: 'bill',
        resourceVersion: null,
        label: NO_LABEL,
        law: digestText('law'),
      },
      policies: ['asks'],
      policyOf: (id) => ({ id, approval: { role: 'controller', expiresInSeconds: 1 }, rule: 'ours' }),
      rules: { rules: { ours: rule }, calendars: {} } as never,
      owner: 'owners',
      authors: [],
      now: clock.now(),
      nonce: String(n),
    });
    approvals.set(approval.id, approval);
    due.set(approval.id, dueAt(approval));
    return approval;
  };
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  const standing = {
    law: { digest: digestText('law') },
    lawOf: () => ({ policies: new Map() }),
    tightened: [],
    single,
  };
  const desk = createDesk({
    clock,
    standing: () => standing,
    approvals: {
      find: async (id: ApprovalId) => (await tick(), approvals.get(id) ?? null),
      due: async (now: number) =>
        [...approvals.values()].filter(({ id }) => (due.get(id) ?? Number.MAX_SAFE_INTEGER) <= now),
    },
    writer: {
      async append(change: Change) {
        await tick();
        for (const { id, rev } of change.approvalMoves ?? []) {
          if (approvals.get(id as ApprovalId)?.rev !== rev - 1) throw new Conflict('rev', 'changed', id);
        }
        if (over && change.ends !== undefined) throw new Conflict('state', 'it is over', change.ends[0]?.id);
        for (const { id, rev, state, content, due_at: at } of change.approvalMoves ?? []) {
          approvals.set(id as ApprovalId, { ...content, id, rev, state } as Approval);
          due.set(id as ApprovalId, at === null ? null : Date.parse(at));
        }
        return changes.push(change);
      },
    },
    records: {
      openRuns: async (ids: readonly string[]) =>
        new Map(ids.map((id) => [id, { run: { id } as unknown as Run, event: {} }])),
    },
    offer: (run: Run) => offered.push(run.id),
    delegations: { lentTo: async () => [], namesLentTo: async () => [] },
    shown: { since: async () => null, note: async () => clock.now() },
    reconsidering: { begin: () => {}, settled: async () => {}, stop: () => {} },
    singleDelayMs: 60_000,
  } as unknown as DeskOptions);
  const kinds = () => changes.flatMap(({ entries }) => entries.map(({ kind }) => kind));
  const stands = (id: ApprovalId) => approvals.get(id) as Approval;
  const ends = () => changes.flatMap(({ ends: all = [] }) => all.map(({ id, state }) => [id, state]));
  return { clock, desk, ask, changes, kinds, stands, ends, offered };
}

const yes = ({ bound }: Approval) => ({ kind: 'approve' as const, digest: boundDigest(bound) });

test('whoever answers at the same time, each counts, once, and the run goes on once', async () => {
  const { desk, ask, stands, ends, offered, kinds } = world({ need: 10 });
  const approval = ask(1);
  const people = Array.from({ length: 10 }, (_, n) => approver(`approver ${n}`));
  const answers = await Promise.allSettled(
    [...people, ...people].map((by) => desk.answer(by, approval.id, yes(approval))),
  );
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 10, 'nobody counts twice');
  assert.equal(stands(approval.id).state, 'approved');
  assert.equal(new Set(stands(approval.id).votes.map(({ person }) => person)).size, 10);
  assert.equal(kinds().filter((kind) => kind === 'approval.answered').length, 10);
  assert.equal(kinds().filter((kind) => kind === 'approval.settled').length, 1);
  assert.deepEqual(ends(), [[approval.bound.run, 'queued']]);
  assert.deepEqual(offered, [approval.bound.run]);
});

test('what settles it and what lets the run go on are one change', async () => {
  const { desk, ask, changes } = world();
  const approval = ask(1);
  await desk.answer(approver('Maria'), approval.id, yes(approval));
  assert.equal(changes.length, 1);
  const [{ approvalMoves, ends, entries } = { approvalMoves: [], ends: [], entries: [] }] = changes;
  assert.deepEqual([approvalMoves?.[0]?.state, ends?.[0]?.state], ['approved', 'queued']);
  assert.deepEqual(
    entries.map(({ kind }) => kind),
    ['approval.answered', 'approval.settled'],
  );
});

test('INVARIANT (silence-never-approves): time escalates and expires, and approves nothing', async () => {
  const { desk, ask, clock, stands, ends, kinds, changes } = world({ escalate: [{ after: 'PT1H', to: 'chief' }] });
  const all = Array.from({ length: 1_200 }, (_, n) => ask(n));
  await desk.sweep();
  assert.equal(changes.length, 0);
  clock.advance(DAY / 24);
  await desk.sweep();
  assert.equal(kinds().filter((kind) => kind === 'approval.escalated').length, 1_200);
  await desk.sweep();
  assert.equal(changes.length, 1_200, 'each once');
  assert.ok(all.every(({ id }) => stands(id).state === 'pending' && stands(id).widened[0]?.to === 'chief'));
  clock.advance(DAY);
  await desk.sweep();
  assert.ok(all.every(({ id }) => stands(id).state === 'expired'));
  assert.ok(changes.every(({ approvalMoves = [] }) => approvalMoves.every(({ state }) => state !== 'approved')));
  assert.equal(ends().length, 1_200, 'each comes to the gate, which refuses it');
  await desk.sweep();
  assert.equal(changes.length, 2_400);
});

test('what one person approved alone comes to the gate after its delay, by no answer of anybody', async () => {
  const { desk, ask, clock, ends, stands } = world({ need: 2, single: true });
  const approval = ask(1);
  await desk.answer(approver('Maria'), approval.id, yes(approval));
  assert.deepEqual([stands(approval.id).state, ends()], ['approved', []]);
  clock.advance(59_000);
  await desk.sweep();
  assert.deepEqual(ends(), []);
  clock.advance(1_000);
  await desk.sweep();
  await desk.sweep();
  assert.deepEqual(ends(), [[approval.bound.run, 'queued']]);
  clock.advance(DAY);
  await desk.sweep();
  assert.equal(stands(approval.id).state, 'expired', 'approved, and not used in time');
});

test('an answer about a run that is over is on record, and nothing goes on', async () => {
  const { desk, ask, stands, offered } = world({ over: true });
  const approval = ask(1);
  await desk.answer(approver('Maria'), approval.id, yes(approval));
  assert.deepEqual([stands(approval.id).state, offered], ['approved', []]);
});

test('whoever may not look gets the answer for what is not there', async () => {
  const { desk, ask } = world();
  const approval = ask(1);
  const foreign = {
    ...approver('Stella'),
    grants: [{ tenant: 'south' as TenantId, role: 'approver' as const, as: 'controller' }],
  };
  const viewer = { ...approver('Vera'), grants: [{ tenant: NORTH, role: 'viewer' as const, as: null }] };
  const scoped = { ...approver('Toni'), scopes: ['record.read' as const] };
  await assert.rejects(desk.answer(foreign, approval.id, yes(approval)), { code: 'approval-not-found' });
  await assert.rejects(desk.open(foreign, approval.id), { code: 'approval-not-found' });
  await assert.rejects(desk.answer(viewer, approval.id, yes(approval)), { code: 'forbidden' });
  await assert.rejects(desk.answer(scoped, approval.id, yes(approval)), { code: 'forbidden' });
  const [seen] = await desk.see(viewer, [approval]);
  assert.equal(seen?.eligibility.may, false);
});

test('what is named twice, or was not seen, is not answered with the others', async () => {
  const { desk, ask, stands } = world();
  const [one, two] = [ask(1), ask(2)];
  const item = ({ id, bound }: Approval) => ({ id, digest: boundDigest(bound) });
  const reason = 'fine';
  await assert.rejects(desk.answerAll(approver('Maria'), [item(one), item(one)], { kind: 'approve', reason }), {
    code: 'bad-request',
  });
  const results = await desk.answerAll(approver('Maria'), [item(one), { ...item(two), digest: digestText('x') }], {
    kind: 'approve',
    reason,
  });
  assert.deepEqual(
    results.map((result) => (result.ok ? 'ok' : result.code)),
    ['ok', 'changed-meanwhile'],
  );
  assert.equal(stands(two.id).state, 'pending');
});
