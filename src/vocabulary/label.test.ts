import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CONFIDENTIALITIES, confidentialityRank, INTEGRITIES, joinLabels, NO_LABEL } from './label.ts';

/** Origins are sorted, each once, as the type demands. */
const label = fc.record(
  {
    integrity: fc.constantFrom(...INTEGRITIES),
    confidentiality: fc.constantFrom(...CONFIDENTIALITIES),
    origins: fc
      .uniqueArray(fc.oneof(fc.constantFrom('erp', 'inbox', 'web'), fc.string()), { maxLength: 4 })
      .map((names) => names.toSorted()),
  },
  { noNullPrototype: true },
);

test('joining is commutative, associative and idempotent, and no label is neutral', () => {
  fc.assert(
    fc.property(label, label, label, (a, b, c) => {
      assert.deepEqual(joinLabels(a, b), joinLabels(b, a));
      assert.deepEqual(joinLabels(joinLabels(a, b), c), joinLabels(a, joinLabels(b, c)));
      assert.deepEqual(joinLabels(a, a), a);
      assert.deepEqual(joinLabels(a, NO_LABEL), a);
      assert.deepEqual(joinLabels(a, b, c), joinLabels(c, a, b));
    }),
  );
});

test('joining never lowers: not trust, not secrecy, not one origin is lost', () => {
  fc.assert(
    fc.property(fc.array(label), (labels) => {
      const joined = joinLabels(...labels);
      for (const { integrity, confidentiality, origins } of labels) {
        assert.ok(INTEGRITIES.indexOf(joined.integrity) >= INTEGRITIES.indexOf(integrity));
        assert.ok(confidentialityRank(joined.confidentiality) >= confidentialityRank(confidentiality));
        for (const origin of origins) assert.ok(joined.origins.includes(origin));
      }
    }),
  );
});

test('joining invents nothing: every part of the join is a part of some label', () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1 }), (labels) => {
      const joined = joinLabels(...labels);
      assert.ok(labels.some(({ integrity }) => integrity === joined.integrity));
      assert.ok(labels.some(({ confidentiality }) => confidentiality === joined.confidentiality));
      assert.deepEqual(joined.origins, [...new Set(labels.flatMap(({ origins }) => origins))].toSorted());
    }),
  );
});

test('joining nothing gives no label', () => {
  assert.deepEqual(joinLabels(), NO_LABEL);
});
