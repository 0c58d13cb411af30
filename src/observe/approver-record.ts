import type { ApprovalId, PermitId, PersonId } from '../vocabulary/index.ts';
import type { AnswerFact } from './answer-fact.ts';
import { checksOf, type ChecksAnswered } from './check-answers.ts';

/** How somebody answers, over a time. Shares are of 1; null where nothing was there to take a share of. */
export interface ApproverRecord {
  readonly person: PersonId;
  readonly load: {
    readonly answers: number;
    readonly perDay: number;
    readonly mostPerHour: number;
  };
  /** Of answers to what was shown to them; `unseen` ones were given without. */
  readonly dwell: {
    readonly medianSeconds: number | null;
    readonly p10Seconds: number | null;
    readonly unseen: number;
  };
  readonly said: { readonly approved: number; readonly declined: number; readonly edited: number };
  /** Share of their answers that were a no, or an edit. */
  readonly notApproved: number | null;
  /** What became of what they approved. One approval is counted once, by whatever came first in this order. */
  readonly overruled: {
    readonly rate: number | null;
    /** Declined or edited by somebody else afterwards. */
    readonly byOthers: number;
    readonly byReview: number;
    /** An incident names its permit or its approval. */
    readonly byIncident: number;
  };
  readonly checks: ChecksAnswered;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * What the record says of one approver.
 *
 * @param facts of everybody, in the order of the log, all from `since` until `now` (milliseconds since the epoch)
 */
export function approverRecord(
  person: PersonId,
  facts: readonly AnswerFact[],
  { since, now }: { readonly since: number; readonly now: number },
): ApproverRecord {
  const answers = facts.filter((fact) => fact.kind === 'answered');
  const own = answers.filter((fact) => fact.person === person);
  const dwells = own.flatMap(({ dwellSeconds }) => (dwellSeconds === null ? [] : [dwellSeconds]));
  const said = {
    approved: own.filter(({ answer }) => answer === 'approve').length,
    declined: own.filter(({ answer }) => answer === 'decline').length,
    edited: own.filter(({ answer }) => answer === 'edit').length,
  };
  return {
    person,
    load: {
      answers: own.length,
      perDay: own.length / Math.max(1, (now - since) / DAY_MS),
      mostPerHour: mostWithin(
        own.map(({ at }) => at),
        HOUR_MS,
      ),
    },
    dwell: {
      medianSeconds: quantile(dwells, 0.5),
      p10Seconds: quantile(dwells, 0.1),
      unseen: own.length - dwells.length,
    },
    said,
    notApproved: share(said.declined + said.edited, own.length),
    overruled: overruledOf(person, facts),
    checks: checksOf(person, facts),
  };
}

function overruledOf(person: PersonId, facts: readonly AnswerFact[]): ApproverRecord['overruled'] {
  const approved = new Map<ApprovalId, PermitId>();
  const byOthers = new Set<ApprovalId>();
  const wrong = new Set<PermitId>();
  const incidents: string[] = [];
  for (const fact of facts) {
    if (fact.kind === 'found-wrong') wrong.add(fact.permit);
    else if (fact.kind === 'incident') incidents.push(fact.what);
    else if (fact.kind === 'answered' && fact.person === person && fact.answer === 'approve') {
      approved.set(fact.approval, fact.permit);
    } else if (fact.kind === 'answered' && fact.person !== person && fact.answer !== 'approve') {
      if (approved.has(fact.approval)) byOthers.add(fact.approval);
    }
  }
  const rest = [...approved].filter(([approval]) => !byOthers.has(approval));
  const byReview = rest.filter(([, permit]) => wrong.has(permit));
  const byIncident = rest.filter(
    ([approval, permit]) =>
      !wrong.has(permit) && incidents.some((what) => what.includes(permit) || what.includes(approval)),
  );
  const all = byOthers.size + byReview.length + byIncident.length;
  return {
    rate: share(all, approved.size),
    byOthers: byOthers.size,
    byReview: byReview.length,
    byIncident: byIncident.length,
  };
}

/** The most that fall into any stretch of this length, its end left out. */
function mostWithin(times: readonly number[], lengthMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [i, time] of sorted.entries()) {
    while (time - (sorted[first] as number) >= lengthMs) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

/** The smallest value that at least this share is not above; null of nothing. */
function quantile(values: readonly number[], of: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * of) - 1)] ?? null;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
