import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hiddenIn, visible } from './visible.ts';

test('what cannot be seen is written out, and the rest stays as it is', () => {
  const plain = '{"to":"Zoë Ångström 東京 🙂","n":1}';
  assert.equal(visible(plain), plain);
  const hidden = 'a\u200bb\u202ec\u00add\u2066e\ufefff\u00a0g\u2028h\u{e0041}i\u0007j';
  assert.equal(
    visible(hidden),
    'a\\u{200b}b\\u{202e}c\\u{ad}d\\u{2066}e\\u{feff}f\\u{a0}g\\u{2028}h\\u{e0041}i\\u{7}j',
  );
  assert.deepEqual([hiddenIn(plain), hiddenIn(hidden)], [0, 9]);
});
