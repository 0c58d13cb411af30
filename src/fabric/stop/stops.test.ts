import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import { systemClock, type Permit, type PersonId } from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';
import { liftKind } from './lift.ts';
import { leaveStop, type NoteFolder } from './stop-notes.ts';
import { createStops } from './stops.ts';

const PERMIT = {
  tenant: 'north',
  agent: 'clerk.a',
  agentVersion: `sha256:${'a'.repeat(64)}`,
  root: `evt_${'1'.repeat(32)}`,
  tool: 'erp.pay',
  effect: 'E1',
} as unknown as Permit;
const SCOPES = [
  'everything',
  'tenant:north',
  'class:E1',
  'tool:erp.pay',
  'agent:clerk.a',
  `version:${PERMIT.agentVersion}`,
  `tree:${PERMIT.root}`,
];
const ANN = 'per_ann' as PersonId;
const what = (scope: string, reason = 'x', by = ANN) =>
  ({ scope, reason, tenant: '*', by, via: 'api', user: null }) as const;

/** A record in memory that can be away, and a folder in memory that can be full. */
function world() {
  const files = new Map<string, unknown>();
  const appended: Change[] = [];
  const trouble: string[] = [];
  const state = { away: false, full: false };
  let waiting: (() => void)[] = [];
  let recorded = { number: 1, fences: new Map() } as unknown as Standing;
  let read = recorded;
  const notes: NoteFolder = {
    list: () => [...files],
    put(name, content) {
      if (state.full) throw new Error('no space left');
      files.set(name, content);
    },
    remove: (name) => void files.delete(name),
  };
  const append = async (change: Change, options?: { first?: boolean }) => {
    assert.equal(options?.first, true, 'before everything else');
    while (state.away) await new Promise<void>((resolve) => waiting.push(resolve));
    for (const fence of change.fences ?? []) {
      const before = recorded.fences.get(fence.scope)?.epoch ?? 0;
      if (fence.epoch !== before + 1) throw new Conflict('rev', 'changed since');
      const { stopped_by: by = null, ...row } = fence;
      const fences = new Map(recorded.fences).set(fence.scope, { ...row, by } as never);
      recorded = { ...recorded, number: recorded.number + 1, fences };
    }
    appended.push(change);
    return appended.length;
  };
  const make = () =>
    createStops({
      writer: { append } as unknown as LedgerWriter,
      notes,
      clock: systemClock,
      recorded: () => read,
      reload: () => Promise.resolve(void (read = recorded)),
      onTrouble: (said) => trouble.push(said),
    });
  return {
    files,
    appended,
    trouble,
    notes,
    make,
    state,
    back() {
      state.away = false;
      for (const go of waiting.splice(0)) go();
      waiting = [];
    },
    change: (fences: Map<string, unknown>) => {
      recorded = { ...recorded, fences: fences as never };
    },
  };
}

test('INVARIANT (a-stop-needs-nobody): it holds at once and is on disk before it is acknowledged, with the record away', async () => {
  for (const scope of SCOPES) {
    const { make, state, files, appended, back } = world();
    const stops = make();
    assert.equal(stops.holds(PERMIT), null);
    state.away = true;
    const asked = stops.stop(what(scope));
    assert.notEqual(stops.holds(PERMIT), null, 'in the very turn in which it is asked for');
    assert.equal(files.size, 1);
    assert.deepEqual((await asked).onRecord, false, scope);
    assert.equal(appended.length, 0);
    back();
    await sleep(5);
    assert.equal(appended.length, 1);
    assert.equal(files.size, 0, 'what is on record need not lie about');
    assert.match(stops.holds(PERMIT) ?? '', new RegExp(scope.split(':')[0] ?? ''));
    stops.close();
  }
});

test('what does not cover an act does not hold it', async () => {
  const { make } = world();
  const stops = make();
  for (const scope of ['tenant:south', 'class:E2', 'tool:erp.pay2', 'agent:clerk.b', `tree:evt_${'2'.repeat(32)}`]) {
    assert.equal((await stops.stop(what(scope))).onRecord, true);
  }
  assert.equal(stops.holds(PERMIT), null);
  stops.close();
});

test('a start takes up what was left, before it returns; what cannot be read does nothing and is told', async () => {
  const { make, notes, files, appended, trouble } = world();
  leaveStop(notes, 'agent:clerk.a', 'the API is gone', 'ann', Date.now());
  files.set('stp_bad', { scope: 'everything' });
  const stops = make();
  await stops.takeUp();
  assert.notEqual(stops.holds(PERMIT), null);
  assert.equal(appended.length, 1);
  assert.deepEqual([...files.keys()], ['stp_bad']);
  assert.equal(trouble.length, 1);
  await stops.takeUp();
  assert.equal(trouble.length, 1, 'once');
  stops.close();
});

test('a file is found while it runs, and before an act when this process was frozen meanwhile', async () => {
  const { make, notes } = world();
  const stops = make();
  leaveStop(notes, 'everything', 'x', 'ann', Date.now());
  await sleep(250);
  assert.notEqual(stops.holds(PERMIT), null);
  stops.close();
  const other = world();
  const frozen = other.make();
  leaveStop(other.notes, 'everything', 'x', 'ann', Date.now());
  // Nothing turns here: no timer of ours can have looked.
  const until = performance.now() + 450;
  while (performance.now() < until);
  assert.notEqual(frozen.holds(PERMIT), null);
  frozen.close();
});

test('the same stop sent twice is one; another reason or person is one more, which no earlier lift is for', async () => {
  const { make, appended } = world();
  const stops = make();
  const [first, again] = await Promise.all([stops.stop(what('everything')), stops.stop(what('everything'))]);
  assert.deepEqual([first.epoch, again.epoch, appended.length], [1, 1, 1]);
  assert.equal((await stops.stop(what('everything'))).epoch, 1);
  const lift = liftKind(stops.standing, () => undefined);
  const wanted = { id: 'mot_1' as never, by: [ANN, 'per_ben' as PersonId], reason: 'mended' };
  const { fences } = await lift.carryOut({ scope: 'everything', epoch: 1 }, wanted);
  assert.deepEqual([fences?.[0]?.stopped, fences?.[0]?.epoch], [false, 2]);
  assert.equal((await stops.stop(what('everything', 'y'))).epoch, 2);
  assert.equal((await stops.stop(what('everything', 'y', 'per_ben' as PersonId))).epoch, 3);
  const late = async () => lift.carryOut({ scope: 'everything', epoch: 1 }, wanted);
  await assert.rejects(late(), { code: 'changed-meanwhile' });
  const none = async () => lift.carryOut({ scope: 'tenant:north', epoch: 1 }, wanted);
  await assert.rejects(none(), { code: 'not-found' });
  assert.equal(lift.needsSecond({ scope: 'everything', epoch: 3 }), true);
  stops.close();
});

test('a fence that changed on record meanwhile is stopped after that change', async () => {
  const { make, change, appended } = world();
  const stops = make();
  change(
    new Map([['everything', { scope: 'everything', stopped: false, epoch: 7, reason: '', tenant: '*', by: null }]]),
  );
  assert.equal((await stops.stop(what('everything'))).epoch, 8);
  assert.equal(appended.length, 1);
  stops.close();
});

test('a stop that could be written nowhere says so, and holds all the same', async () => {
  const { make, state, trouble, back } = world();
  const stops = make();
  state.full = true;
  assert.equal((await stops.stop(what('tenant:north'))).onRecord, true, 'the record is enough');
  assert.equal(trouble.length, 1);
  state.away = true;
  await assert.rejects(stops.stop(what('everything')), { code: 'disk-full' });
  assert.match(stops.holds(PERMIT) ?? '', /everything/);
  back();
  stops.close();
});
