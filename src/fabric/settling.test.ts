import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Run, RunId } from '../vocabulary/index.ts';
import type { Records } from './records.ts';
import { startSettling } from './settling.ts';

function setUp(count: number) {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  const waiting = new Set(Array.from({ length: count }, (_, n) => `run_${n}` as RunId));
  const offered: RunId[] = [];
  const records = {
    unsettledRuns: async (except: readonly RunId[], most: number) =>
      [...waiting]
        .filter((id) => !except.includes(id))
        .slice(0, most)
        .map((id) => ({ id }) as Run),
  } as unknown as Records;
  const settling = startSettling({ records, offer: ({ id }) => offered.push(id), onTrouble: assert.fail });
  /** Long enough for every try that there is. */
  const exhaust = async () => {
    for (let n = 0; n < 20; n++) {
      await settling.settled();
      mock.timers.setTime(Date.now() + 100_000);
    }
  };
  const stop = () => {
    settling.stop();
    mock.timers.reset();
  };
  return { settling, waiting, offered, exhaust, stop };
}

test('what is in doubt is tried a bounded number of times, and again when a stop has been lifted', async () => {
  const { settling, offered, exhaust, stop } = setUp(1);
  await exhaust();
  assert.equal(offered.length, 8);
  assert.equal(await settling.settled(), true);
  settling.again();
  await exhaust();
  assert.equal(offered.length, 16);
  stop();
});

test('a thousand that were tried in vain do not keep the next one from being tried', async () => {
  const { waiting, offered, exhaust, stop } = setUp(1_000);
  await exhaust();
  waiting.add('run_next' as RunId);
  await exhaust();
  assert.equal(offered.filter((id) => id === 'run_next').length, 8);
  stop();
});
