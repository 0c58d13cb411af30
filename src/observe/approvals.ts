import { and, arrayOverlaps, asc, desc, eq, gt, gte, lt, lte, or, sql, type SQL } from 'drizzle-orm';
import type {
  AgentId,
  Approval,
  ApprovalId,
  ApprovalState,
  Digest,
  PermitId,
  RunId,
  TenantId,
  ToolId,
} from '../vocabulary/index.ts';
import type { Database } from './database.ts';
import { approval } from './tables.ts';

/** Which questions; what is absent does not narrow. */
export interface ApprovalFilter {
  readonly state: ApprovalState;
  readonly tenant?: TenantId | undefined;
  readonly agent?: AgentId | undefined;
  readonly tool?: ToolId | undefined;
  /** Asked of at least one of these approver names. */
  readonly askedOf?: readonly string[] | undefined;
}

/** Where a page ends: of what is pending by when it runs out, of the others by when it was asked. */
export interface ApprovalCursor {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly id: string;
}

/** A question on record. */
export interface ApprovalOnRecord {
  readonly id: ApprovalId;
  readonly rev: number;
  readonly seq: number;
  readonly state: ApprovalState;
  readonly permit: PermitId | null;
  readonly run: RunId;
  readonly step: number;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly tool: ToolId;
  readonly digest: Digest;
  readonly policies: readonly string[];
  readonly roles: readonly string[];
  readonly askedAt: Date;
  readonly expiresAt: Date;
  readonly settledAt: Date | null;
  /** Null when it was asked by a version that could not be answered: it is about to be asked anew. */
  readonly content: Omit<Approval, 'id' | 'rev' | 'state'> | null;
}

export interface ApprovalReader {
  /** What is pending soonest to run out first; the others newest first. */
  list(filter: ApprovalFilter, after: ApprovalCursor | null, limit: number): Promise<readonly ApprovalOnRecord[]>;
  find(id: ApprovalId): Promise<ApprovalOnRecord | null>;
  /** All that was ever asked about one act, in order. */
  rounds(permit: PermitId): Promise<readonly ApprovalOnRecord[]>;
  /** What was answered to the same agent about the same tool before, newest first. */
  alike(
    one: Pick<ApprovalOnRecord, 'tenant' | 'tool' | 'agent' | 'id'>,
    limit: number,
  ): Promise<readonly ApprovalOnRecord[]>;
}

export function approvalReader(db: Database): ApprovalReader {
  return {
    list(filter, after, limit) {
      const where = [
        stateIs(filter.state),
        filter.tenant === undefined ? undefined : eq(approval.tenant, filter.tenant),
        filter.agent === undefined ? undefined : eq(approval.agent, filter.agent),
        filter.tool === undefined ? undefined : eq(approval.tool, filter.tool),
        filter.askedOf === undefined ? undefined : askedOf(filter.askedOf),
      ];
      const read = select(db);
      if (filter.state === 'pending') {
        return read
          .where(and(...where, after === null ? undefined : laterThan(after)))
          .orderBy(asc(approval.expiresAt), asc(approval.id))
          .limit(limit);
      }
      return read
        .where(and(...where, after === null ? undefined : earlierThan(after)))
        .orderBy(desc(approval.askedAt), asc(approval.id))
        .limit(limit);
    },
    find: async (id) => (await select(db).where(eq(approval.id, id)).limit(1))[0] ?? null,
    rounds: (permit) =>
      select(db).where(eq(approval.permit, permit)).orderBy(asc(approval.askedAt), asc(approval.id)).limit(MOST_ROUNDS),
    alike: ({ tenant, tool, agent, id }, limit) =>
      select(db)
        .where(
          and(
            eq(approval.tenant, tenant),
            eq(approval.tool, tool),
            eq(approval.agent, agent),
            sql`${approval.state} in ('approved', 'declined', 'expired', 'consumed')`,
            sql`${approval.id} <> ${id}`,
          ),
        )
        .orderBy(desc(approval.askedAt))
        .limit(limit),
  };
}

/** An act is asked about again after a change; it is not asked about for ever. */
const MOST_ROUNDS = 100;

function select(db: Database) {
  return db
    .select({
      id: approval.id,
      rev: approval.rev,
      seq: approval.seq,
      state: approval.state,
      permit: approval.permit,
      run: approval.run,
      step: approval.step,
      tenant: approval.tenant,
      agent: approval.agent,
      tool: approval.tool,
      digest: approval.intentDigest,
      policies: approval.policies,
      roles: approval.roles,
      askedAt: approval.askedAt,
      expiresAt: approval.expiresAt,
      settledAt: approval.settledAt,
      content: approval.content,
    })
    .from(approval)
    .$dynamic();
}

/** Pending is written out and not a parameter, so that the planner sees that the index of pending questions holds all of them. */
function stateIs(state: ApprovalState): SQL {
  return state === 'pending' ? sql`${approval.state} = 'pending'` : eq(approval.state, state);
}

function askedOf(names: readonly string[]): SQL {
  return names.length === 0 ? sql`false` : arrayOverlaps(approval.roles, [...names]);
}

// The first bound is what the index is entered by.
function laterThan({ at, id }: ApprovalCursor): SQL | undefined {
  const time = new Date(at);
  return and(gte(approval.expiresAt, time), or(gt(approval.expiresAt, time), gt(approval.id, id as ApprovalId)));
}

function earlierThan({ at, id }: ApprovalCursor): SQL | undefined {
  const time = new Date(at);
  return and(lte(approval.askedAt, time), or(lt(approval.askedAt, time), gt(approval.id, id as ApprovalId)));
}
