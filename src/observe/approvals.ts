import { and, asc, eq, gt, gte, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { approval, effect } from './tables.ts';

/** A question that people have not answered, with exactly what would be executed. */
export type PendingApproval = Awaited<ReturnType<ReturnType<typeof prepareFirst>['execute']>>[number];

export interface ApprovalCursor {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly id: string;
}

export interface ApprovalReader {
  /** Those that run out first come first. */
  pending(after: ApprovalCursor | null, limit: number): Promise<readonly PendingApproval[]>;
}

export function approvalReader(db: Database): ApprovalReader {
  const first = prepareFirst(db);
  const next = prepareNext(db);
  return {
    pending: (after, limit) =>
      after === null
        ? first.execute({ limit })
        : next.execute({ expiresAt: new Date(after.expiresAt).toISOString(), id: after.id, limit }),
  };
}

function select(db: Database) {
  return db
    .select({
      id: approval.id,
      seq: approval.seq,
      run: approval.run,
      step: approval.step,
      tenant: approval.tenant,
      agent: approval.agent,
      tool: approval.tool,
      class: effect.class,
      system: effect.system,
      arguments: effect.arguments,
      argumentsDigest: effect.argumentsDigest,
      intentDigest: approval.intentDigest,
      amountMinor: effect.amountMinor,
      currency: effect.currency,
      why: effect.why,
      policies: approval.policies,
      roles: approval.roles,
      askedAt: approval.askedAt,
      expiresAt: approval.expiresAt,
    })
    .from(approval)
    .innerJoin(effect, and(eq(effect.run, approval.run), eq(effect.step, approval.step)))
    .$dynamic();
}

// Written out and not a parameter, so that the planner sees that the index of pending questions holds all of them.
const isPending = () => sql`${approval.state} = 'pending'`;
const byExpiry = () => [asc(approval.expiresAt), asc(approval.id)] as const;

function prepareFirst(db: Database) {
  return select(db)
    .where(isPending())
    .orderBy(...byExpiry())
    .limit(sql.placeholder('limit'))
    .prepare('read-approvals');
}

function prepareNext(db: Database) {
  const expiresAt = sql`${sql.placeholder('expiresAt')}::timestamptz`;
  return select(db)
    .where(
      and(
        isPending(),
        gte(approval.expiresAt, expiresAt),
        or(gt(approval.expiresAt, expiresAt), gt(approval.id, sql.placeholder('id'))),
      ),
    )
    .orderBy(...byExpiry())
    .limit(sql.placeholder('limit'))
    .prepare('read-approvals-after');
}
