import type { Pool } from 'pg';
import { Conflict, type LedgerWriter } from '../../ledger/index.ts';
import type { Clock, PermitId, RunId, TenantId, AgentId } from '../../vocabulary/index.ts';
import type { Reservations } from './reservations.ts';

const EVERY_MS = 10_000;
const MOST_AT_ONCE = 500;

interface Leak {
  permit: PermitId;
  tenant: TenantId | null;
  run: RunId | null;
  agent: AgentId | null;
  state: string | null;
  accounts: string[];
}

/**
 * Room that is held for an act that is over: it should not happen, as the outcome settles it in its own transaction. If it does
 * all the same, it comes back within a minute, and the record says so. What is under way or in doubt keeps its room: it may have
 * been spent.
 *
 * To be called at every sweep; it looks every ten seconds.
 */
export function createLeakSweep(options: {
  readonly pool: Pool;
  readonly writer: Pick<LedgerWriter, 'append'>;
  readonly reservations: Reservations;
  readonly clock: Clock;
}): () => Promise<void> {
  const { pool, writer, reservations, clock } = options;
  let next = 0;
  return async () => {
    if (clock.now() < next) return;
    next = clock.now() + EVERY_MS;
    const { rows } = await pool.query<Leak>(
      `select r.permit, e.tenant, e.run, e.agent, e.state, array_agg(r.account order by r.account) as accounts
       from reeve.reservation r left join reeve.effect e on e.permit = r.permit
       where e.permit is null or e.state not in ('intent', 'unknown')
       group by r.permit, e.tenant, e.run, e.agent, e.state limit $1`,
      [MOST_AT_ONCE],
    );
    for (const leak of rows) await release(leak);
  };

  async function release({ permit, tenant, run, agent, state, accounts }: Leak): Promise<void> {
    try {
      await writer.append({
        entries: [
          {
            kind: 'budget.released',
            tenant: tenant ?? ('platform' as TenantId),
            run,
            agent,
            body: { permit, accounts, state, why: 'its act is over, and nothing had settled it' },
          },
        ],
        releases: [{ permit }],
      });
    } catch (error) {
      // Settled meanwhile.
      if (error instanceof Conflict && error.on === 'state') return;
      throw error;
    }
    for (const account of accounts) reservations.freed(account);
  }
}
