import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Rehearsed, Scorer } from '../../../src/sdk/index.ts';
import { ApprovalChain } from './decisions/approval-chain.ts';
import { Completeness } from './decisions/completeness.ts';
import { Intake } from './decisions/intake.ts';
import { PaymentAudit } from './decisions/payment-audit.ts';
import { PaymentProposal } from './decisions/payment-proposal.ts';
import { LOGS } from './events.ts';

/** What is compared, by the name that the reference has for it; `null` where it found none and lists none. */
const FLAGS = {
  'paid without final approval': 'payment_without_final_approval',
  'payment requested without final approval': 'request_payment_without_final_approval',
  'final approval without administration': 'final_approved_without_administration_approval_since_last_submit',
  'paid a second time': null,
  'rejected at least once': 'rejected_at_least_once',
  resubmitted: 'resubmitted',
  'never submitted': 'no_submission_event',
  'never paid': 'never_paid',
} as const;
type Flag = keyof typeof FLAGS;

const Reference = z.record(z.enum(LOGS), z.record(z.string(), z.array(z.string())));

/**
 * Compares the cases that the agents flagged with those of the reference, log by log. A case is never paid when agents worked
 * on it and, by the end, the payment audit was never asked about it.
 *
 * @param keep cases that are compared, by subject `log/case`.
 */
export function claimScorer(keep: (subject: string) => boolean = () => true): Scorer {
  const seen = new Set<string>();
  const paid = new Set<string>();
  const flagged = new Map<Flag, Set<string>>();
  return {
    observe(rehearsed) {
      if (!rehearsed.role.startsWith('claims-')) return;
      const { subject } = rehearsed.event;
      seen.add(subject);
      if (rehearsed.event.type === 'payment.handled') paid.add(subject);
      for (const flag of flagsOf(rehearsed)) flagged.set(flag, (flagged.get(flag) ?? new Set()).add(subject));
    },
    result() {
      const reference = Reference.parse(JSON.parse(gunzipSync(readFileSync(REFERENCE)).toString('utf8')));
      const given = new Map(flagged).set('never paid', new Set([...seen].filter((subject) => !paid.has(subject))));
      return LOGS.flatMap((log) =>
        FLAG_NAMES.map((flag) => {
          const listed = FLAGS[flag] === null ? [] : (reference[log][FLAGS[flag]] ?? []);
          const expected = new Set(listed.map((of) => `${log}/${of}`).filter(keep));
          const ours = [...(given.get(flag) ?? [])].filter((subject) => subject.startsWith(`${log}/`));
          const agreed = ours.filter((subject) => expected.has(subject)).length;
          return { key: `${log}: ${flag}`, expected: expected.size, agreed, extra: ours.length - agreed };
        }),
      );
    },
  };
}

const REFERENCE = new URL('./data/reference.json.gz', import.meta.url);
const FLAG_NAMES = Object.keys(FLAGS) as Flag[];

/** What one run's decision says against its case. */
function flagsOf({ event, decided }: Rehearsed): readonly Flag[] {
  switch (event.type) {
    case 'claim.submitted':
      return when(Intake.parse(decided).submission === 'again', 'resubmitted');
    case 'claim.returned': {
      const { flag } = Completeness.parse(decided);
      return [
        ...when(flag === 'rejected', 'rejected at least once'),
        ...when(flag === 'never-submitted', 'never submitted'),
      ];
    }
    case 'claim.approved':
      return when(ApprovalChain.parse(decided).raise, 'final approval without administration');
    case 'payment.requested':
      return when(
        PaymentProposal.parse(decided).answer === 'not finally approved',
        'payment requested without final approval',
      );
    case 'payment.handled': {
      const { unapproved, second } = PaymentAudit.parse(decided);
      return [...when(unapproved, 'paid without final approval'), ...when(second, 'paid a second time')];
    }
    default:
      return [];
  }
}

function when(said: boolean, flag: Flag): readonly Flag[] {
  return said ? [flag] : [];
}
