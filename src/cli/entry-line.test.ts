import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_KINDS } from '../vocabulary/index.ts';
import { details, headline } from './entry-line.ts';
import { PLAIN } from './paint.ts';

const entry = (kind: string, body: unknown) => ({
  seq: 1,
  kind,
  tenant: 'finance',
  run: null,
  agent: null,
  at: '2026-06-10T10:00:00.000Z',
  body,
});
const intent = {
  permit: 'prm_1',
  tool: 'erp.pay',
  effect: 'E1',
  resource: 'case-1',
  amount: { minor: 12_345, currency: 'EUR' },
  why: 'approved',
  arguments: { case: 'case-1' },
  argumentsDigest: 'sha256:00',
  evidence: [
    { kind: 'event', event: 'evt_1', digest: 'sha256:01' },
    { kind: 'fact', name: 'case', digest: 'sha256:0123456789abcdef' },
    { kind: 'decision', template: 'payment', version: 'sha256:fedcba9876543210', row: 'pay', digest: 'sha256:02' },
  ],
  verdict: { kind: 'refused', code: 'forbidden', policies: ['amount-over-limit'], why: 'too much' },
};

test('an intent says what was wanted, how it was judged and by which policies, and what it rests on', () => {
  assert.equal(
    headline(entry('intent.refused', intent), PLAIN),
    'erp.pay (E1) on case-1, 123.45 EUR: refused by amount-over-limit: too much',
  );
  assert.deepEqual(Object.fromEntries(details(entry('intent.refused', intent))), {
    facts: 'case sha256:0123456789ab',
    decided: 'payment sha256:fedcba987654, row pay',
    why: 'approved',
    arguments: '{"case":"case-1"}',
  });
});

test('a verdict that asks people says whom', () => {
  const verdict = { kind: 'needs-approval', policies: ['risky'], roles: ['manager', 'manager'], expiresInSeconds: 60 };
  assert.match(headline(entry('intent.parked', { ...intent, verdict }), PLAIN), /needs approval of manager by risky$/);
});

test('an outcome says how it ended and why', () => {
  const failed = { permit: 'prm_1', outcome: { kind: 'failed', code: 'rejected', message: 'no such case' } };
  assert.equal(headline(entry('outcome.recorded', failed), PLAIN), 'outcome failed: rejected: no such case');
});

test('what an event brought along cannot repaint the terminal', () => {
  const line = headline(entry('event.admitted', { type: 'a.b', source: '\u001b[2J', subject: '\u202e' }), PLAIN);
  assert.equal(line, 'event a.b about \\u{202e}, from \\u{1b}[2J');
});

test('every kind of entry can be shown, also with a body of another version', () => {
  for (const kind of ENTRY_KINDS) {
    assert.equal(typeof headline(entry(kind, { surprise: true }), PLAIN), 'string', kind);
    assert.ok(Array.isArray(details(entry(kind, { surprise: true }))), kind);
  }
});
