import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillPath } from './path.ts';

test('parts are filled from the arguments, encoded', () => {
  assert.deepEqual(fillPath('/orders/{id}/lines/{line}?x={q}', { id: 'PO 7/a', line: 3, q: 'a&b=c#d' }), {
    kind: 'path',
    path: '/orders/PO%207%2Fa/lines/3?x=a%26b%3Dc%23d',
  });
});

test('what cannot stand in a path is refused with its name', () => {
  const bad = [
    undefined,
    null,
    true,
    {},
    [],
    '',
    '.',
    '..',
    'a/../b',
    '..\\',
    '..;x',
    'a\u0000',
    'a\nb',
    '\ud800',
    '%2e%2E',
  ];
  for (const id of bad) {
    const filled = fillPath('/orders/{id}', id === undefined ? {} : { id });
    assert.equal(filled.kind, 'bad', JSON.stringify(id));
    assert.match(filled.kind === 'bad' ? filled.message : '', /`id`/);
  }
  assert.equal(fillPath('/orders/{toString}', {}).kind, 'bad');
  assert.equal(fillPath('/orders/{a}{b}', { a: '.', b: '.' }).kind, 'bad');
  assert.equal(fillPath('/orders/.{a}', { a: '.' }).kind, 'bad');
});

test('no argument leaves its own part of the path', () => {
  const nasty = fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    '%2e',
    '%2f',
    '%',
    '?',
    '#',
    ';',
    '@',
    ':',
    '//',
    'a',
    ' ',
    'é',
    '😀',
    '\t',
  );
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(nasty, { maxLength: 6 }).map((all) => all.join('')),
  );
  let filled = 0;
  fc.assert(
    fc.property(value, value, (id, line) => {
      const result = fillPath('/api/orders/{id}/lines/{line}', { id, line });
      if (result.kind === 'bad') return;
      filled++;
      const url = new URL(`http://erp.test${result.path}`);
      assert.equal(url.host, 'erp.test');
      assert.equal(url.search + url.hash, '');
      const [, api, orders, first = '', lines, second = '', ...rest] = url.pathname.split('/');
      assert.deepEqual([api, orders, lines, rest], ['api', 'orders', 'lines', []]);
      assert.deepEqual([decodeURIComponent(first), decodeURIComponent(second)], [id, line]);
      // Also for a server that decodes before it looks at the dots.
      const decodedFirst = new URL(`http://erp.test${decodeURI(result.path).replaceAll('%2F', '/')}`);
      assert.ok(decodedFirst.pathname.startsWith('/api/orders/'));
    }),
    { numRuns: 5_000 },
  );
  assert.ok(filled > 500, `only ${filled} could be filled`);
});
