import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  derivedId,
  digest,
  type AgentId,
  type Entry,
  type EntryKind,
  type Json,
  type TenantId,
  type ToolId,
} from '../vocabulary/index.ts';
import { BINDINGS, evidenceOf, type Bindings, type EvidenceWanted } from './evidence.ts';

const agent = 'clerk.a' as AgentId;
const tool = 'erp.post' as ToolId;
const bindings: Bindings = {
  agentVersion: digest('agent 1'),
  toolDigest: digest('tool 1'),
  template: digest('template 1'),
  law: digest('law 1'),
};
const wanted: EvidenceWanted = { agent, tool, bindings, since: Date.UTC(2026, 0, 1) };
const IN_TIME = '2026-03-01T00:00:00.000Z';

/** One act, as the ledger tells it, and what it comes to by the rules as the docs state them. */
interface Told {
  readonly agent: string;
  readonly tool: string;
  readonly bindings: Bindings;
  readonly at: string;
  readonly asked: 'nobody' | 'approved' | 'edited' | 'declined' | 'expired';
  readonly outcome: 'done' | 'failed' | 'stopped' | 'unknown' | 'none';
  readonly review: 'none' | 'ok' | 'not-ok' | 'late ok' | 'late not-ok';
}

const plain: Told = { agent, tool, bindings, at: IN_TIME, asked: 'approved', outcome: 'done', review: 'none' };

function tell(told: readonly Told[]): Entry[] {
  const entries: Entry[] = [];
  for (const [n, one] of told.entries()) {
    const permit = derivedId('permit', n);
    const intent = (args: string, more: object = {}) => ({
      permit,
      agentVersion: one.bindings.agentVersion,
      tool: one.tool,
      toolDigest: one.bindings.toolDigest,
      argumentsDigest: digest(args),
      evidence: [{ kind: 'decision', template: 't', version: one.bindings.template, row: null, digest: digest('d') }],
      law: { policies: one.bindings.law },
      verdict: { kind: 'permitted' },
      ...more,
    });
    if (one.asked !== 'nobody') add(one, 'intent.parked', intent('own'));
    if (one.asked === 'declined' || one.asked === 'expired') {
      add(one, 'intent.refused', intent('own', { verdict: { kind: 'refused', code: one.asked } }));
      continue;
    }
    const approval = one.asked === 'nobody' ? {} : { approval: { id: 'apr', digest: digest('bound') } };
    add(one, 'intent.permitted', intent(one.asked === 'edited' ? 'mended' : 'own', approval));
    if (one.outcome !== 'none')
      add(one, 'outcome.recorded', {
        permit,
        outcome: one.outcome === 'stopped' ? { kind: 'failed', code: 'stopped' } : { kind: one.outcome },
      });
    if (one.review !== 'none') {
      const late = one.review.startsWith('late');
      add(one, 'review.recorded', { permit, answer: one.review.replace('late ', ''), late });
    }
  }
  return entries;

  function add(one: Told, kind: EntryKind, body: object): void {
    entries.push(entry(entries.length + 1, kind, body, one));
  }
}

function entry(seq: number, kind: EntryKind, body: object, one: { agent: string; at: string } = plain): Entry {
  return {
    seq,
    kind,
    tenant: 'north' as TenantId,
    run: null,
    agent: one.agent as AgentId,
    at: one.at,
    body: body as Json,
  };
}

const count = (entries: readonly Entry[]) => {
  const { clean, errors, unseen } = evidenceOf(entries, wanted, entries.length);
  return [clean, errors, unseen];
};

test('what people approved as it was and was done is right; what they declined, edited or what failed is wrong', () => {
  assert.deepEqual(count(tell([plain])), [1, 0, 0]);
  assert.deepEqual(count(tell([{ ...plain, asked: 'declined' }])), [0, 1, 0]);
  assert.deepEqual(count(tell([{ ...plain, asked: 'edited' }])), [0, 1, 0]);
  assert.deepEqual(count(tell([{ ...plain, outcome: 'failed' }])), [0, 1, 0]);
  // Held back by a stop before anything left: nobody's merit and nobody's fault.
  assert.deepEqual(count(tell([{ ...plain, outcome: 'stopped' }])), [0, 0, 0]);
});

test('what nobody looked at is no evidence, nor is silence, nor what may or may not have happened', () => {
  assert.deepEqual(count(tell([{ ...plain, asked: 'nobody' }])), [0, 0, 1]);
  assert.deepEqual(count(tell([{ ...plain, asked: 'expired' }])), [0, 0, 0]);
  assert.deepEqual(count(tell([{ ...plain, outcome: 'unknown' }])), [0, 0, 0]);
});

test('a review counts either way, but a late one only against', () => {
  const done: Told = { ...plain, asked: 'nobody' };
  assert.deepEqual(count(tell([{ ...done, review: 'ok' }])), [1, 0, 0]);
  assert.deepEqual(count(tell([{ ...done, review: 'not-ok' }])), [0, 1, 0]);
  assert.deepEqual(count(tell([{ ...done, review: 'late ok' }])), [0, 0, 1]);
  assert.deepEqual(count(tell([{ ...done, review: 'late not-ok' }])), [0, 1, 0]);
  assert.deepEqual(count(tell([{ ...plain, review: 'not-ok' }])), [0, 1, 0]);
});

test('an incident of severity 1 or 2 and a promotion start the count anew; others, and those of another tool, do not', () => {
  const told = tell([plain, plain]);
  const then = (kind: EntryKind, body: object) => count([...told, entry(told.length + 1, kind, { tool, ...body })])[0];
  assert.equal(then('incident.reported', { severity: 1 }), 0);
  assert.equal(then('incident.reported', { severity: 2, tool: null }), 0);
  assert.equal(then('incident.reported', { severity: 3 }), 2);
  assert.equal(then('incident.reported', { severity: 1, tool: 'erp.other' }), 2);
  assert.equal(then('autonomy.changed', { state: 'promoted' }), 0);
  assert.equal(then('autonomy.changed', { state: 'dropped' }), 2);
});

test('the count is what an independent reading of the same acts gives, whatever the order they end in', () => {
  const other = fc.constantFrom('agent', 'tool', 'old', ...BINDINGS, null, null, null, null);
  const oneTold = fc
    .record({
      foreign: other,
      asked: fc.constantFrom<Told['asked']>('nobody', 'approved', 'edited', 'declined', 'expired'),
      outcome: fc.constantFrom<Told['outcome']>('done', 'done', 'failed', 'stopped', 'unknown', 'none'),
      review: fc.constantFrom<Told['review']>('none', 'none', 'ok', 'not-ok', 'late ok', 'late not-ok'),
    })
    .map(({ foreign, asked, outcome, review }): Told & { readonly foreign: boolean } => ({
      ...plain,
      asked,
      outcome,
      review,
      ...(foreign === 'agent' && { agent: 'clerk.b' }),
      ...(foreign === 'tool' && { tool: 'erp.other' }),
      ...(foreign === 'old' && { at: '2025-12-31T23:59:59.999Z' }),
      bindings: BINDINGS.some((name) => name === foreign)
        ? { ...bindings, [foreign as keyof Bindings]: digest('another') }
        : bindings,
      foreign: foreign !== null,
    }));
  fc.assert(
    fc.property(fc.array(oneTold, { maxLength: 40 }), (told) => {
      const expected = [0, 0];
      for (const { foreign, asked, outcome, review } of told) {
        if (foreign || asked === 'expired') continue;
        const ran = asked !== 'declined';
        const wrong = !ran || asked === 'edited' || outcome === 'failed' || review.endsWith('not-ok');
        const right = outcome === 'done' && (asked === 'approved' || review === 'ok');
        if (wrong) expected[1] = (expected[1] ?? 0) + 1;
        else if (right) expected[0] = (expected[0] ?? 0) + 1;
      }
      assert.deepEqual(count(tell(told)).slice(0, 2), expected);
    }),
    { numRuns: 500 },
  );
});

test('the digest changes with every act that counts, and with nothing else', () => {
  const of = (told: readonly Told[]) => evidenceOf(tell(told), wanted, 1_000).digest;
  const before = of([plain, plain]);
  assert.notEqual(of([plain, plain, plain]), before);
  assert.notEqual(of([plain, { ...plain, outcome: 'failed' }]), before);
  assert.equal(of([plain, plain, { ...plain, tool: 'erp.other' }]), before);
});
