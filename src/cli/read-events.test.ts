import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches, readEvents } from './read-events.ts';

test('one object, an array, and lines are all events', () => {
  const lines = (text: string) => readEvents(text).map(({ line }) => line);
  assert.deepEqual(lines('{"a":1}'), [1]);
  assert.deepEqual(lines('{\n  "a": 1\n}\n'), [1]);
  assert.deepEqual(lines('[{"a":1},{"a":2}]'), [1, 2]);
  assert.deepEqual(lines('{"a":1}\n\n{"a":2}\r\n'), [1, 3]);
  assert.deepEqual(lines(''), []);
});

test('a line that is no JSON is told apart and does not spoil the others', () => {
  const events = readEvents('{"a":1}\nnope\n{"a":2}');
  assert.deepEqual(
    events.map(({ fault }) => fault === null),
    [true, false, true],
  );
});

test('what is sent is what was written, so that the platform judges it and not our reading of it', () => {
  const [event] = readEvents('{"id":"a","id":"b"}\n{"id":"c"}');
  assert.equal(event?.text, '{"id":"a","id":"b"}');
});

test('batches keep the order and stay small; one that is too large goes alone', () => {
  const large = JSON.stringify({ data: 'x'.repeat(300_000) });
  const text = [...Array.from({ length: 250 }, (_, n) => JSON.stringify({ n })), large, '{"n":250}'].join('\n');
  const cut = [...batches(readEvents(text))];
  assert.deepEqual(
    cut.map((batch) => batch.length),
    [100, 100, 50, 1, 1],
  );
  assert.deepEqual(
    cut.flat().map(({ line }) => line),
    Array.from({ length: 252 }, (_, n) => n + 1),
  );
});
