import type { Pool } from 'pg';
import { dueAt } from '../../govern/index.ts';
import type { ApprovalMoveRow, ApprovalRow } from '../../ledger/index.ts';
import {
  boundDigest,
  type Approval,
  type ApprovalId,
  type ApprovalState,
  type PermitId,
  type PersonId,
} from '../../vocabulary/index.ts';

import { goneVoters } from './voters.ts';

/** Approvals as they stand on record. Every read is bounded. */
export interface ApprovalRecords {
  find(id: ApprovalId): Promise<Approval | null>;
  /** The one that was asked last about this intent. */
  latestOf(permit: PermitId): Promise<Approval | Unanswerable | null>;
  /** Of those who answered, who may not answer so any more. */
  gone(approval: Approval): Promise<readonly PersonId[]>;
  /** Pending or approved ones whose time has come by `now` (milliseconds since the epoch), soonest first. */
  due(now: number, most: number): Promise<readonly Approval[]>;
}

/** Asked by a version that kept too little of it for an answer: it is asked anew. */
export interface Unanswerable {
  readonly id: ApprovalId;
  readonly rev: number;
  readonly state: 'unanswerable';
}

interface Row {
  id: ApprovalId;
  rev: number;
  state: ApprovalState;
  content: Omit<Approval, 'id' | 'rev' | 'state'> | null;
}

const COLUMNS = 'id, rev, state, content';

export function createApprovalRecords(pool: Pool): ApprovalRecords {
  return {
    async find(id) {
      const { rows } = await pool.query<Row>(`select ${COLUMNS} from reeve.approval where id = $1`, [id]);
      const found = rows[0] === undefined ? null : toApproval(rows[0]);
      return found === null || found.state === 'unanswerable' ? null : found;
    },
    async latestOf(permit) {
      const { rows } = await pool.query<Row>({
        name: 'latest-approval',
        // Those of the first version name no permit, but a run and a step, from which it follows.
        text: `select a.id, a.rev, a.state, a.content from reeve.approval a
               where a.permit = $1 or (a.permit is null and (a.run, a.step) in (select run, step from reeve.effect where permit = $1))
               order by coalesce((a.content->>'round')::int, -1) desc limit 1`,
        values: [permit],
      });
      return rows[0] === undefined ? null : toApproval(rows[0]);
    },
    gone: (approval) => goneVoters(pool, approval),
    async due(now, most) {
      const { rows } = await pool.query<Row>(
        `select ${COLUMNS} from reeve.approval where due_at <= $1 and content is not null order by due_at limit $2`,
        [new Date(now), most],
      );
      return rows.flatMap((row) => {
        const one = toApproval(row);
        return one.state === 'unanswerable' ? [] : [one];
      });
    },
  };
}

function toApproval({ id, rev, state, content }: Row): Approval | Unanswerable {
  return content === null ? { id, rev, state: 'unanswerable' } : { ...content, id, rev, state };
}

/** A new approval, for a change. */
export function approvalRow(approval: Approval): ApprovalRow {
  const { id, rev: _, state: _state, ...content } = approval;
  const { bound } = approval;
  return {
    ...asked(approval),
    id,
    permit: approval.permit,
    run: bound.run,
    step: bound.step,
    tenant: bound.tenant,
    agent: bound.agent,
    tool: bound.tool,
    expires_at: new Date(bound.expiresAt).toISOString(),
    due_at: new Date(dueAt(approval) ?? bound.expiresAt).toISOString(),
    content,
  };
}

/** An approval after something happened to it (its `rev` is the new one), for a change. */
export function approvalMove(approval: Approval): ApprovalMoveRow {
  const { id, rev, state, ...content } = approval;
  const due = dueAt(approval);
  return { ...asked(approval), id, rev, state, due_at: due === null ? null : new Date(due).toISOString(), content };
}

function asked({ bound, requirements, widened }: Approval) {
  return {
    intent_digest: boundDigest(bound),
    policies: requirements.map(({ policy }) => policy),
    // Those to whom it was escalated, too: it is found by the names that may answer.
    roles: [
      ...new Set([
        ...requirements.flatMap(({ stages }) => stages.flatMap((stage) => stage.of)),
        ...widened.map(({ to }) => to),
      ]),
    ],
  };
}
