import { dueAt, type ApprovalFact, type Moved } from '../../govern/index.ts';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import {
  boundDigest,
  digestText,
  type Approval,
  type EntryDraft,
  type Json,
  type Run,
  type RunId,
} from '../../vocabulary/index.ts';
import { oneLine } from '../one-line.ts';
import type { Records } from '../records.ts';
import { approvalMove } from './approval-rows.ts';
import type { SeededChecks } from './seeded-checks.ts';

export interface PutOptions {
  readonly writer: Pick<LedgerWriter, 'append'>;
  readonly records: Pick<Records, 'openRuns'>;
  /** Hands a run to the dispatcher; when it is under way just now, it is carried out once more. */
  offer(run: Run): void;
  /** Decides what can never execute. Absent: nothing is such. */
  readonly checks?: Pick<SeededChecks, 'settle'>;
}

/** Longest arguments that are written out in an entry; longer ones are there by digest, and in full beside the record. */
const INLINE_ARGUMENTS = 2_000;

/**
 * Puts what became of an approval on record. When people have answered, or nobody did in time, its run goes on in the same
 * append: it comes to the gate, which looks at everything anew. So nothing depends on this process being there afterwards.
 *
 * @param now milliseconds since the epoch
 * @returns it as it stands on record; null when somebody else changed it meanwhile: read it again.
 */
export async function putMoved(options: PutOptions, moved: Moved, now: number): Promise<Approval | null> {
  const check = (await options.checks?.settle(moved)) ?? null;
  if (check !== null) return check.approval ?? null;
  const { approval, said } = moved;
  const { run } = approval.bound;
  const due = dueAt(approval, now);
  const change: Change = {
    entries: said.map((fact) => entryOf(approval, fact)),
    approvalMoves: [{ ...approvalMove(approval), due_at: due === null ? null : new Date(due).toISOString() }],
  };
  const goesOn = approval.state !== 'pending' && (approval.notBefore ?? 0) <= now;
  const asItIs = async () => ((await tried(options, change)) === null ? approval : null);
  if (!goesOn) return asItIs();
  const on = await tried(options, { ...change, ends: [{ id: run, state: 'queued', why: oneLine(approval.why) }] });
  // Its run is over (set aside, say): nothing goes on, and what people said is on record all the same.
  if (on === 'state') return asItIs();
  if (on === null) await offerRuns(options, [run]);
  return on === null ? approval : null;
}

/** Offers those of these runs that are not over. */
export async function offerRuns({ records, offer }: PutOptions, ids: readonly RunId[]): Promise<void> {
  const open = await records.openRuns(ids);
  for (const { run } of open.values()) offer(run);
}

/** Null when it is on record; else what it conflicts with. */
async function tried({ writer }: PutOptions, change: Change): Promise<'rev' | 'state' | null> {
  try {
    await writer.append(change);
    return null;
  } catch (error) {
    if (error instanceof Conflict && (error.on === 'rev' || error.on === 'state')) return error.on;
    throw error;
  }
}

function entryOf(approval: Approval, fact: ApprovalFact): EntryDraft {
  const { tenant, run, agent } = approval.bound;
  const { kind, ...said } = fact;
  const body: Record<string, unknown> = { approval: approval.id, permit: approval.permit, ...said };
  // Both versions stay on record: this one here, and what the agent wanted in the entry that parked it.
  if (fact.kind === 'approval.answered' && fact.edited !== null) body['edited'] = boundShown(fact.edited);
  return { kind, tenant, run, agent, body: body as Json };
}

function boundShown(bound: Approval['bound']): object {
  const { argumentsText, ...rest } = bound;
  return {
    ...rest,
    digest: boundDigest(bound),
    argumentsDigest: digestText(argumentsText),
    ...(argumentsText.length <= INLINE_ARGUMENTS && { arguments: JSON.parse(argumentsText) as Json }),
  };
}
