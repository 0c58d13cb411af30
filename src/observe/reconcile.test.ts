import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EFFECT_CLASSES, type EffectClass, type EffectState, type FailureCode } from '../vocabulary/index.ts';
import { reconcile, type EffectRow, type JournalLine, type PermitEntry, type Reconciliation } from './index.ts';
import type { JournalLine as SimulatorLine } from '../testing/index.ts';

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A world in which everything is right, to be spoiled. */
function world(size = 8) {
  const keys = Array.from({ length: size }, (_, n) => `prm_${n}`);
  return {
    journal: keys.map((key, n): JournalLine => ({ system: 'erp', key, id: `payments-${n}` })),
    effects: keys.map((permit, n) => row(permit, EFFECT_CLASSES[n % 4] ?? 'E1', 'done')),
    entries: keys.flatMap((permit): PermitEntry[] => [
      { permit, kind: 'intent.permitted' },
      { permit, kind: 'outcome.recorded' },
    ]),
  };
}

function row(permit: string, effect: EffectClass, state: EffectState, code: FailureCode | null = null): EffectRow {
  return { permit, tool: 'erp.pay', system: 'erp', effect, state, code };
}

async function found({ journal, effects, entries }: ReturnType<typeof world>): Promise<Partial<Reconciliation>> {
  const { details, ...counts } = await reconcile({
    journal: each(journal),
    effects: each(effects),
    entries: each(entries),
  });
  for (const [kind, count] of Object.entries(counts)) {
    const listed = details[kind as keyof typeof details];
    assert.equal(listed.length > 0, count > 0, kind);
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

test('INVARIANT (every-intent-ends): where everything is right, nothing is found', async () => {
  assert.deepEqual(await found(world()), {});
});

test('an effect in a journal with no row, no intent entry or no key is unlogged', async () => {
  const { journal, effects, entries } = world();
  assert.deepEqual(await found({ journal, effects: effects.slice(1), entries }), { unlogged: 1 });
  assert.deepEqual(await found({ journal, effects, entries: entries.slice(1) }), { unlogged: 1 });
  assert.deepEqual(await found({ journal: [...journal, { system: 'erp', key: null, id: 'x' }], effects, entries }), {
    unlogged: 1,
  });
});

test('what is recorded as done but is in no journal of its system is lost, unless it only reads', async () => {
  const { journal, effects, entries } = world(4);
  assert.deepEqual(await found({ journal: [], effects, entries }), { lost: 3 });
  const elsewhere = journal.map((line) => ({ ...line, system: 'grc' }));
  assert.deepEqual(await found({ journal: elsewhere, effects, entries }), { lost: 3 });
  const published = effects.map((each) => ({ ...each, system: null }));
  assert.deepEqual(await found({ journal: [], effects: published, entries }), {});
  const compensated = effects.map((each) => ({ ...each, state: 'compensated' as const }));
  assert.deepEqual(await found({ journal: [], effects: compensated, entries }), { lost: 3 });
});

test('each time too many counts as a duplicate, unless it only reads', async () => {
  const { journal, effects, entries } = world(4);
  assert.deepEqual(await found({ journal: [...journal, ...journal, ...journal], effects, entries }), { duplicate: 6 });
});

test('what failed with nothing done must not be in a journal; a bad result may', async () => {
  const { journal, entries } = world(1);
  const failed = (code: FailureCode) => found({ journal, effects: [row('prm_0', 'E2', 'failed', code)], entries });
  assert.deepEqual(await failed('never-happened'), { contradicted: 1 });
  assert.deepEqual(await failed('not-sent'), { contradicted: 1 });
  assert.deepEqual(await failed('bad-result'), {});
  assert.deepEqual(await found({ journal, effects: [row('prm_0', 'E2', 'refused')], entries }), { contradicted: 1 });
});

test('unknown effects and intents without an outcome are counted, whether they happened or not', async () => {
  const { journal, entries } = world(2);
  const effects = [row('prm_0', 'E3', 'unknown'), row('prm_9', 'E3', 'unknown'), row('prm_1', 'E1', 'intent')];
  assert.deepEqual(await found({ journal, effects, entries }), { unknown: 2, unfinished: 1 });
});

test('of each kind the first twenty are told, all are counted, and a hundred thousand take little time', async () => {
  const { journal, effects, entries } = world(100_000);
  const result = await reconcile({ journal: each(journal), effects: each(effects.slice(50)), entries: each(entries) });
  assert.equal(result.unlogged, 50);
  assert.equal(result.details.unlogged.length, 20);
  assert.match(result.details.unlogged[0]?.why ?? '', /`payments-0` in `erp` has no effect row/);
});

test('the simulator writes what is read here', () => {
  const line = { seq: 1, at: '', system: 'erp', key: 'k', id: 'i' } as SimulatorLine satisfies JournalLine;
  assert.equal(line.key, 'k');
});
