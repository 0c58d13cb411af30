import { and, arrayOverlaps, desc, eq, gt, sql } from 'drizzle-orm';
import type { Entry, TenantId } from '../vocabulary/index.ts';
import type { AnswerFact } from './answer-fact.ts';
import type { Database } from './database.ts';
import { approval, entry } from './tables.ts';

export interface ApproverReader {
  /** What the records of approvers are made of, in the order of the log, after this position; the latest {@link MOST_FACTS}. */
  facts(after: number): Promise<readonly AnswerFact[]>;
  /** Questions that are open now and asked of one of these names, there or (null) anywhere. */
  open(names: readonly string[], tenant: TenantId | null): Promise<number>;
}

/** Read at once for a page of approvers. A busier installation is shown the latest of its answers. */
const MOST_FACTS = 50_000;

// Written out, so that the planner sees that the index of rare kinds holds them all.
const OF_KINDS = sql`${entry.kind} in ('approval.answered', 'review.recorded', 'incident.reported', 'seeded-check.settled')`;

export function approverReader(db: Database): ApproverReader {
  return {
    async facts(after) {
      const rows = await db
        .select({ body: entry.body })
        .from(entry)
        .where(and(OF_KINDS, gt(entry.seq, after)))
        .orderBy(desc(entry.seq))
        .limit(MOST_FACTS);
      return rows.toReversed().flatMap(({ body }) => factOf(JSON.parse(body) as Entry));
    },
    async open(names, tenant) {
      if (names.length === 0) return 0;
      const [found] = await db
        .select({ n: sql<number>`count(*)::int` })
        .from(approval)
        .where(
          and(
            sql`${approval.state} = 'pending'`,
            arrayOverlaps(approval.roles, [...names]),
            tenant === null ? undefined : eq(approval.tenant, tenant),
          ),
        );
      return found?.n ?? 0;
    },
  };
}

/** As the entries of these kinds hold it (`docs/entries.md`). What is no answer to the question itself is left out. */
function factOf({ kind, at, body }: Entry): readonly AnswerFact[] {
  const said: unknown = body;
  switch (kind) {
    case 'approval.answered': {
      const { person, approval: id, permit, answer, dwellSeconds } = said as Answered;
      if (answer !== 'approve' && answer !== 'decline' && answer !== 'edit') return [];
      return [{ kind: 'answered', at: Date.parse(at), person, approval: id, permit, answer, dwellSeconds }];
    }
    case 'review.recorded': {
      const { answer, permit } = said as { answer: string; permit: Answered['permit'] };
      return answer === 'not-ok' ? [{ kind: 'found-wrong', permit }] : [];
    }
    case 'incident.reported':
      return [{ kind: 'incident', what: (said as { what: string }).what }];
    case 'seeded-check.settled': {
      const { approval: id, caught, missed } = said as Extract<AnswerFact, { kind: 'checked' }>;
      return [{ kind: 'checked', approval: id, caught, missed }];
    }
    default:
      return [];
  }
}

type Answered = Omit<Extract<AnswerFact, { kind: 'answered' }>, 'answer'> & { readonly answer: string };
