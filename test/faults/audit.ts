/** What an outsider finds who has the simulators' journals and the database: the judge of the crash proof. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { openPool } from '../../src/host/index.ts';
import { verifyFile } from '../../src/ledger/index.ts';
import { effectsOnRecord, permitEntries, reconcile, type Reconciliation } from '../../src/observe/index.ts';
import { readJournal, SYSTEMS, type JournalLine } from '../../src/testing/index.ts';
import { RetryLater } from '../../src/vocabulary/index.ts';

/** The effect classes as the crash fleet spreads them over the systems. */
export const CELL_OF = { erp: 'E1', mes: 'E1+C', ticketing: 'E2', patch: 'E3' } as const;
export type Cell = (typeof CELL_OF)[keyof typeof CELL_OF];
export const CELLS: readonly Cell[] = Object.values(CELL_OF);

/** Every line of every journal. */
export async function* journals(folder: string): AsyncGenerator<JournalLine> {
  for (const system of SYSTEMS) yield* readJournal(join(folder, `${system}.journal.jsonl`));
}

/** Intents without an outcome, at the moment of a crash. */
export interface InDoubt {
  readonly permit: string;
  readonly class: string;
  readonly tool: string;
}

/** Looks at the record. A backend may outlive a killed database by a moment and answer once more: then it is looked at again. */
export async function withRecord<T>(databaseUrl: string, look: (pool: Pool) => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    const pool = openPool(databaseUrl, { connections: 2 });
    try {
      await untilUp(pool);
      return await look(pool);
    } catch (error) {
      if (!(error instanceof RetryLater) || n === 5) throw error;
    } finally {
      await pool.end();
    }
  }
}

/** A database that was killed is being started again by its platform. */
async function untilUp(pool: Pool): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await pool.query('select 1');
      return;
    } catch (error) {
      if (!(error instanceof RetryLater) || n === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** What the dead platform had sent, the database still carries out: the crash is over when its connection is. */
export async function untilQuiet(pool: Pool): Promise<void> {
  for (let n = 0; n < 200; n++) {
    const { rows } = await pool.query(`select from pg_stat_activity where application_name = 'reeve ledger'`);
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the database still serves a platform that is dead');
}

export async function inDoubt(pool: Pool): Promise<readonly InDoubt[]> {
  const { rows } = await pool.query<InDoubt>(`select permit, class, tool from reeve.effect where state = 'intent'`);
  return rows;
}

/**
 * Effects in the journals, by class, that have no intent on record. Holds at every moment, also while work goes on: the
 * journals are read first, and an intent comes before its effect.
 */
export async function unloggedNow(pool: Pool, folder: string): Promise<Record<Cell, number>> {
  const happened: JournalLine[] = [];
  for await (const line of journals(folder)) happened.push(line);
  const logged = new Set<string>();
  for await (const { permit, kind } of permitEntries(pool)) if (kind === 'intent.permitted') logged.add(permit);
  return tallyCells(happened.filter(({ key }) => key === null || !logged.has(key)));
}

export interface Audit {
  readonly reconciliation: Reconciliation;
  /** Effects that happened before their intent was on record, by class. */
  readonly late: Record<Cell, number>;
  /** Effects that happened again under one key, by class. */
  readonly again: Record<Cell, number>;
  readonly runs: Readonly<Record<string, number>>;
  /** Runs that wait for nobody: neither an approval nor an owner who must settle an outcome. */
  readonly forgotten: readonly string[];
  /** Effects that are unknown although their tool can be asked or called again. */
  readonly unsettled: number;
  /** Effects that are unknown and for a person to settle. */
  readonly unknown: number;
  readonly effects: number;
  /** Events that agents published; each makes a run. */
  readonly announced: number;
}

/** Everything that must hold when the work is over. */
export async function audit(pool: Pool, folder: string): Promise<Audit> {
  const reconciliation = await reconcile({
    journal: journals(folder),
    effects: effectsOnRecord(pool),
    entries: permitEntries(pool),
  });
  const intended = new Map<string, number>();
  const { rows } = await pool.query<{ permit: string; at: Date }>('select permit, intended_at as at from reeve.effect');
  for (const { permit, at } of rows) intended.set(permit, at.getTime());
  const seen = new Set<string>();
  const late: JournalLine[] = [];
  const again: JournalLine[] = [];
  for await (const line of journals(folder)) {
    const { key, at } = line;
    if (key !== null && seen.has(key)) again.push(line);
    // Both by the clock of this machine, in milliseconds; the intent's is taken before its statement is sent.
    if (key === null || (intended.get(key) ?? Infinity) > Date.parse(at)) late.push(line);
    if (key !== null) seen.add(key);
  }
  const runs = await pool.query<{ state: string; n: string }>('select state, count(*) as n from reeve.run group by 1');
  const forgotten = await pool.query<{ id: string }>(
    `select r.id from reeve.run r join reeve.agent a on a.name = r.agent where r.state = 'waiting'
       and not exists (select from reeve.approval p where p.run = r.id and p.state = 'pending' and cardinality(p.roles) > 0)
       and not (a.manifest ->> 'owner' <> ''
                and exists (select from reeve.effect e where e.run = r.id and e.state = 'unknown'))`,
  );
  const unknown = await pool.query<{ class: string; n: string }>(
    `select class, count(*) as n from reeve.effect where state = 'unknown' group by 1`,
  );
  const announced = await pool.query<{ n: string }>(
    `select count(*) as n from reeve.effect where tool = 'events.job-announced' and state = 'done'`,
  );
  const unknownOf = (forPerson: boolean) =>
    unknown.rows.reduce((sum, row) => ((row.class === 'E3') === forPerson ? sum + Number(row.n) : sum), 0);
  return {
    reconciliation,
    late: tallyCells(late),
    again: tallyCells(again),
    runs: Object.fromEntries(runs.rows.map(({ state, n }) => [state, Number(n)])),
    forgotten: forgotten.rows.map(({ id }) => id),
    unsettled: unknownOf(false),
    unknown: unknownOf(true),
    effects: rows.length,
    announced: Number(announced.rows[0]?.n ?? 0),
  };
}

/** Effects that were in doubt at a crash and did not end as their class demands. */
export async function wronglyEnded(pool: Pool, doubtful: readonly InDoubt[]): Promise<readonly string[]> {
  const { rows } = await pool.query<InDoubt & { state: string }>(
    'select permit, class, tool, state from reeve.effect where permit = any($1)',
    [doubtful.map(({ permit }) => permit)],
  );
  const state = new Map(rows.map((row) => [row.permit, row.state]));
  return doubtful.flatMap(({ permit, class: effect, tool }) => {
    const ended = state.get(permit) ?? 'gone';
    const right = effect === 'E3' ? ended === 'unknown' : ended === 'done' || ended === 'failed';
    return right ? [] : [`${tool} (${effect}) in doubt ended as ${ended}`];
  });
}

/** Verifies an exported ledger with nothing but the file, the public key and the witness. */
export async function verifyExport(path: string, dataDir: string): Promise<string | null> {
  const vkey = readFileSync(join(dataDir, 'keys/ledger.pub'), 'utf8').trim();
  const witness = readFileSync(join(dataDir, 'witness/checkpoints'), 'utf8');
  const found = await verifyFile(path, { vkey, witness });
  return found.ok ? null : (found.firstBad?.why ?? 'it does not verify');
}

function tallyCells(lines: readonly JournalLine[]): Record<Cell, number> {
  const tally = { E1: 0, 'E1+C': 0, E2: 0, E3: 0 };
  for (const { system } of lines) if (system in CELL_OF) tally[CELL_OF[system as keyof typeof CELL_OF]] += 1;
  return tally;
}
