import { z } from 'zod';
import type { RawEvent } from '../../../src/sdk/index.ts';
import { CLAIMED } from './claimed.ts';
import { readRecords } from './shipped.ts';
import { UNITS } from './units.ts';

const Example = z.strictObject({ file: z.string(), issued: z.string(), unit: z.string(), xml: z.string() });

const Expected = z.array(z.strictObject({ rule: z.string(), number: z.int().optional() }));

/** A test of the publisher: a fragment, and what each rule that it names shall say of it. */
export const RuleTest = z.strictObject({
  id: z.string(),
  document: z.enum(['Invoice', 'CreditNote']),
  rule_file: z.string(),
  description: z.string().nullable(),
  expect: z.partialRecord(z.enum(['success', 'warning', 'error']), Expected),
  xml: z.string(),
});
export type RuleTest = z.infer<typeof RuleTest>;

/** When the release with these tests came out; later than every invoice. */
const RELEASED = '2026-04-14T12:00:00Z';

/**
 * The 45 whole documents as they came in, in order of issue; with `all` then the tests of the claimed rules, one event for each
 * rule that a test names. What a test expects stays behind.
 */
export function* invoiceWork({ all }: { readonly all: boolean }): Generator<RawEvent> {
  for (const { file, issued, unit, xml } of readRecords('invoices.jsonl.gz', Example)) {
    const subject = subjectOf(file);
    const time = `${issued}T08:00:00Z`;
    const data = { subject, unit, xml };
    yield { id: subject, source: 'invoices/mailbox', type: 'invoice.received', subject, time, data };
  }
  if (all) yield* ruleTestWork();
}

/** The tests that only name claimed rules. */
export function* claimedTests(): Generator<RuleTest> {
  const claimed = new Set<string>(CLAIMED);
  for (const test of readRecords('rule-tests.jsonl.gz', RuleTest)) {
    if (rulesNamed(test).every((rule) => claimed.has(rule))) yield test;
  }
}

export function rulesNamed({ expect }: RuleTest): readonly string[] {
  return Object.values(expect).flatMap((expected) => expected.map(({ rule }) => rule));
}

function* ruleTestWork(): Generator<RawEvent> {
  let next = 0;
  for (const test of claimedTests()) {
    for (const rule of rulesNamed(test)) {
      const unit = UNITS[next++ % UNITS.length]?.name ?? '';
      const data = { about: 'rule', subject: test.id, unit, rule, xml: test.xml };
      const id = `${test.id}/${rule}`;
      yield { id, source: 'invoices/rule-tests', type: 'validation.requested', subject: test.id, time: RELEASED, data };
    }
  }
}

/** `testfile_BIS_Billing_30-Valutor i faktura.xml` is about `testfile_BIS_Billing_30-Valutor-i-faktura`. */
function subjectOf(file: string): string {
  return file.replace(/\.xml$/, '').replaceAll(' ', '-');
}
