import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handMovedClock } from '../testing/index.ts';
import { newDocument } from './documents.ts';
import { memoryDesk } from './memory-desk.ts';
import { startSweeper } from './sweeper.ts';

test('what fails at a sweep is told, and holds up neither the others nor what is due', async () => {
  const desk = memoryDesk();
  const clock = handMovedClock();
  const rows = ['one', 'two'].map((id) =>
    newDocument('motion', id, 'platform', { state: 'proposed', dueAt: clock.now(), content: {} }),
  );
  await desk.writer.append({ entries: [], documents: rows });
  const done: string[] = [];
  const trouble: string[] = [];
  const sweeper = startSweeper({
    documents: desk.documents,
    clock,
    handlers: {
      async motion({ id }) {
        if (id === 'one') throw new Error('not this one');
        done.push(id);
      },
    },
    also: [() => Promise.reject(new Error('first')), async () => void done.push('also')],
    onTrouble: (what) => trouble.push(what),
  });
  try {
    await sweeper.sweep();
  } finally {
    sweeper.stop();
  }
  assert.deepEqual(done, ['also', 'two']);
  assert.equal(trouble.length, 2);
});
