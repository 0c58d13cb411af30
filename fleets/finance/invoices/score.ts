import { z } from 'zod';
import type { Rehearsed, Scorer } from '../../../src/sdk/index.ts';
import { ValidationRequested } from './events.ts';
import { postInvoice } from './tools.ts';
import { claimedTests } from './work.ts';

const Verdict = z.object({ verdict: z.string(), rule: z.string(), times: z.int() });
const Intake = z.object({ accept: z.boolean(), reason: z.string() });

/** How many whole documents ship. */
const DOCUMENTS = 45;

/**
 * Compares what the agents decided: of each test of a claimed rule, with the publisher's expectation; of each whole document,
 * that it ended once, posted or refused with the rule named.
 */
export function invoiceScorer(): Scorer {
  const verdicts = new Map<string, string>();
  const ends = new Map<string, number>();
  let unexpected = 0;
  const end = (subject: string) => ends.set(subject, (ends.get(subject) ?? 0) + 1);

  return {
    observe({ role, event, decided, proposals }: Rehearsed) {
      switch (role) {
        case 'invoice-intake':
          if (!Intake.parse(decided).accept) end(event.subject);
          break;
        case 'invoice-validation': {
          const { verdict, rule, times } = Verdict.parse(decided);
          if (ValidationRequested.parse(event.data).about === 'document') {
            if (verdict === 'refuse' && rule !== 'none') end(event.subject);
            break;
          }
          const asked = `${event.subject}/${rule}`;
          if (verdicts.has(asked)) unexpected += 1;
          verdicts.set(asked, saidAs(verdict, times));
          break;
        }
        case 'invoice-posting':
          if (proposals.some(({ tool }) => tool.name === postInvoice.name)) end(event.subject);
          break;
      }
    },
    result() {
      const tests = compareTests(verdicts);
      const once = [...ends.values()].filter((times) => times === 1).length;
      return [
        { key: 'rule tests (claimed rules)', ...tests, extra: tests.extra + unexpected },
        { key: 'whole invoices ended', expected: DOCUMENTS, agreed: once, extra: ends.size - once },
      ];
    },
  };
}

/** A test is agreed with when every rule that it names was judged as it says; a wrong judgement is one too many. */
function compareTests(verdicts: Map<string, string>) {
  const left = new Map(verdicts);
  let expected = 0;
  let agreed = 0;
  let extra = 0;
  for (const { id, expect } of claimedTests()) {
    expected += 1;
    const wrong = Object.entries(expect).flatMap(([verdict, rules]) =>
      rules.filter(({ rule, number }) => {
        const said = left.get(`${id}/${rule}`);
        left.delete(`${id}/${rule}`);
        if (said !== undefined && said !== saidAs(verdict, number ?? 1)) extra += 1;
        return said !== saidAs(verdict, number ?? 1);
      }),
    );
    if (wrong.length === 0) agreed += 1;
  }
  return { expected, agreed, extra: extra + left.size };
}

/** How often a rule that is kept was kept does not matter; how often one is broken does. */
function saidAs(verdict: string, times: number): string {
  return verdict === 'success' ? verdict : `${verdict} x ${times}`;
}
