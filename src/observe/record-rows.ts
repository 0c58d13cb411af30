import type { Pool } from 'pg';
import type { EffectClass, EffectState, FailureCode } from '../vocabulary/index.ts';
import type { EffectRow, PermitEntry } from './reconcile.ts';

/** Rows read at a time. */
const PAGE = 5_000;

/** Every effect on record, for reconciliation. */
export async function* effectsOnRecord(pool: Pool): AsyncGenerator<EffectRow> {
  let after = '';
  for (;;) {
    const { rows } = await pool.query<{
      permit: string;
      tool: string;
      system: string | null;
      class: EffectClass;
      state: EffectState;
      why: string;
    }>('select permit, tool, system, class, state, why from reeve.effect where permit > $1 order by permit limit $2', [
      after,
      PAGE,
    ]);
    for (const { class: effect, why, ...row } of rows) {
      yield { ...row, effect, code: row.state === 'failed' ? (why.split(':')[0] as FailureCode) : null };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.permit;
  }
}

/** Every entry about a permit, for reconciliation. */
export async function* permitEntries(pool: Pool): AsyncGenerator<PermitEntry> {
  let after = 0;
  for (;;) {
    const { rows } = await pool.query<PermitEntry & { seq: string }>(
      `select seq, kind, body::jsonb -> 'body' ->> 'permit' as permit from reeve.entry
       where seq > $1 and kind in ('intent.permitted', 'outcome.recorded', 'outcome.settled') order by seq limit $2`,
      [after, PAGE],
    );
    for (const { permit, kind } of rows) yield { permit, kind };
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.seq);
  }
}
