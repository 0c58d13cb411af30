import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWhole, reportOf } from './report.ts';

const counts = {
  events: 10,
  published: 5,
  runs: { queued: 0, waiting: 1, done: 2, failed: 3, refused: 4, 'set-aside': 5 },
  effects: {
    intent: 0,
    done: 1,
    failed: 2,
    unknown: 3,
    refused: 4,
    waiting: 5,
    compensated: 6,
    'compensation-failed': 7,
  },
  entries: 99,
  approvalsPending: 1,
};
const check = { entries: 99, root: 'abc=', verified: true, why: '' };
const none = { unlogged: 0, lost: 0, duplicate: 0, contradicted: 0, unknown: 0, unfinished: 0, details: {} as never };

test('the report has the form that programs rely on, and counts what was set aside as failed', () => {
  const report = reportOf({ agents: 100, counts, check, reconciliation: none, seconds: 1.23456 });
  assert.equal(
    JSON.stringify(report),
    '{"agents":100,"events":10,"runs":{"done":2,"failed":8,"waiting":1,"refused":4},' +
      '"effects":{"done":7,"failed":2,"unknown":10,"refused":4,"waiting":5},' +
      '"ledger":{"entries":99,"root":"abc=","verified":true},' +
      '"reconciliation":{"unlogged":0,"lost":0,"duplicate":0},"seconds":1.23}',
  );
  assert.equal(isWhole(report, none), true);
});

test('a record that does not verify, or any difference, is not whole', () => {
  const whole = (change: object, found = none) =>
    isWhole(reportOf({ agents: 1, counts, check: { ...check, ...change }, reconciliation: found, seconds: 1 }), found);
  assert.equal(whole({ verified: false }), false);
  for (const kind of ['unlogged', 'lost', 'duplicate', 'contradicted']) {
    assert.equal(whole({}, { ...none, [kind]: 1 }), false, kind);
  }
  assert.equal(whole({}, { ...none, unknown: 1 }), true, 'what is unknown is on record as that');
});
