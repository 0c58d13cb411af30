import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import { GiveUp, messageOf, Misuse, RetryLater } from '../vocabulary/index.ts';
import { databaseFault, withClient } from './pool.ts';

/** The migrations that ship. A new one is one SQL file here and one line in `meta/_journal.json`. */
export const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
/** Any fixed number does; this spells `reeve` in ASCII. */
const LOCK = 0x7265657665n;
const LOCK_LIMIT_MS = 60_000;
const LOCK_NOT_AVAILABLE = '55P03';
const MIGRATION_LIMIT_MS = 10 * 60_000;

/** One line of the journal, in the format of drizzle-kit. */
interface JournalLine {
  readonly tag: string;
  readonly when: number;
}

interface Applied {
  readonly hash: string;
  readonly created_at: string;
}

/**
 * Brings the database to what this code expects, in one transaction, while every other platform that tries the same waits.
 *
 * @returns the names of the migrations that were applied now.
 * @throws GiveUp `database-newer-than-code`, `migration-changed`; RetryLater `database-unreachable`, also when another
 * platform migrates for more than a minute; GiveUp `internal` with what the database said; Misuse `internal` when the folder of migrations contradicts itself.
 */
export async function migrate(url: string, folder: string = MIGRATIONS): Promise<readonly string[]> {
  const journal = readJournal(folder);
  return withClient(url, MIGRATION_LIMIT_MS, async (client) => {
    await lock(client);
    const applied = await readApplied(client);
    refuseForeign(folder, journal, applied);
    await applyMigrations(drizzle(client), { migrationsFolder: folder }).catch((error: unknown) => {
      throw databaseFault(error) ?? refused(error);
    });
    return journal.slice(applied.length).map(({ tag }) => tag);
    // The lock goes with the connection, however this ends.
  });
}

/** Checks what Drizzle leaves unchecked: it would silently pass over a file without a line, and a line out of order. */
function readJournal(folder: string): JournalLine[] {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: JournalLine[];
  };
  let last = 0;
  for (const { tag, when } of entries) {
    if (!existsSync(join(folder, `${tag}.sql`)))
      throw wrong(`the journal names \`${tag}\`, and there is no \`${tag}.sql\``);
    if (!(when > last)) throw wrong(`\`when\` of \`${tag}\` is not later than the one before`);
    last = when;
  }
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.sql') || entries.some(({ tag }) => `${tag}.sql` === file)) continue;
    throw wrong(`\`${file}\` has no line in \`meta/_journal.json\``);
  }
  return entries;
}

function wrong(message: string): Misuse {
  return new Misuse('internal', `the migrations contradict themselves: ${message}`);
}

/** Drizzle's own message is the whole text of the statement. */
function refused(error: unknown): GiveUp {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new GiveUp('internal', `the database refuses a migration, and is as it was: ${messageOf(cause)}`, {
    fix: 'the role in `REEVE_DATABASE_URL` must own its database and may need `createrole`',
    cause: error,
  });
}

async function lock(client: Client): Promise<void> {
  try {
    await client.query(`set lock_timeout = ${LOCK_LIMIT_MS}`);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('reset lock_timeout');
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new RetryLater(
      'database-unreachable',
      'another platform has been migrating this database for more than a minute',
    );
  }
}

async function readApplied(client: Client): Promise<Applied[]> {
  const there = await client.query<{ there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  );
  if (there.rows[0]?.there !== true) return [];
  const { rows } = await client.query<Applied>(
    'select hash, created_at from drizzle.__drizzle_migrations order by created_at',
  );
  return rows;
}

/** What was applied must be the beginning of what we know, unchanged. */
function refuseForeign(folder: string, journal: readonly JournalLine[], applied: readonly Applied[]): void {
  for (const [index, { hash, created_at }] of applied.entries()) {
    const known = journal[index];
    if (known === undefined || known.when !== Number(created_at)) {
      throw new GiveUp(
        'database-newer-than-code',
        `the database has ${applied.length} migrations, this program knows ${journal.length}: a newer or other one wrote it`,
        { fix: 'run the program that last used this database, or a newer one' },
      );
    }
    const text = readFileSync(join(folder, `${known.tag}.sql`));
    if (createHash('sha256').update(text).digest('hex') === hash) continue;
    throw new GiveUp(
      'migration-changed',
      `the migration \`${known.tag}\` was changed after this database had applied it`,
      {
        fix: 'bring the file back as it was and write a further migration; in development, start with a new data folder',
      },
    );
  }
}
