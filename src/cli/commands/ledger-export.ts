import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { embeddedDatabaseUrl, openPool, startHost } from '../../host/index.ts';
import { exportToFile, pgEntrySource } from '../../ledger/index.ts';
import { GiveUp, messageOf, Misuse } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { discover } from '../discovery.ts';
import { count } from '../humane.ts';
import { Me } from '../people-answers.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';

export function ledgerExportCommand(cli: Cli): Command {
  return new Command('export')
    .summary('write the sealed record to a file, for an auditor')
    .description(
      'Writes every sealed entry, with the checkpoints that sign for them, to a new file (docs/ledger-file.md). It is read ' +
        'from the database: of the platform that runs, or, when none does, one that is started for it and stopped again.',
    )
    .argument('<file>', 'the file to make; one that is there is not overwritten')
    .addHelpText(
      'after',
      examples(
        ['reeve ledger export ledger.jsonl', 'all of it'],
        ['reeve ledger verify ledger.jsonl', 'what an auditor does with it, offline'],
      ),
    )
    .action((file: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { dataDir } = session.config;
        const vkey = publicKey(dataDir);
        if (existsSync(file)) {
          throw new Misuse('bad-request', `\`${file}\` is there already`, { fix: 'name a new file' });
        }
        await checkRight(session);
        await withDatabase(session, async (url) => {
          // One page of entries is a few megabytes; a slow disk may take its time between two.
          const pool = openPool(url, { connections: 2 });
          try {
            await exportToFile(file, { source: pgEntrySource(pool), vkey });
          } finally {
            await pool.end();
          }
        });
        const bytes = statSync(file).size;
        session.answer({ file, bytes, vkey }, () => [
          `${printable(file)}: ${count(bytes)} bytes; public key ${vkey}`,
          `verify it with: reeve ledger verify ${printable(file)} --key ${join(dataDir, 'keys', 'ledger.pub')} --witness ${join(dataDir, 'witness', 'checkpoints')}`,
        ]);
      }),
    );
}

/**
 * Where a platform runs, it is asked whether whoever has this token may export all of the record. Where none does, whoever can
 * start one on this folder can read it: then the folder's own lock is the right.
 */
async function checkRight(session: Session): Promise<void> {
  if (discover(session.config.dataDir) === null) return;
  const { rights } = await connect(session).get('/v1/me', Me);
  if (rights['ledger.export'] === '*') return;
  throw new Misuse('forbidden', 'this needs the right `ledger.export` everywhere', {
    fix: 'ask an auditor or an administrator',
  });
}

/** Lends the address of the record's database: a running one's, or that of one started for as long as `use` takes. */
async function withDatabase(session: Session, use: (url: string) => Promise<void>): Promise<void> {
  const { config } = session;
  if (config.databaseUrl !== undefined) return use(config.databaseUrl);
  const embedded = embeddedDatabaseUrl(config.dataDir);
  if (embedded === null) throw noRecord(config.dataDir);
  if (discover(config.dataDir) !== null) return use(embedded);
  session.note('no platform runs here: starting its database for the export ...');
  const host = await startHost(config);
  try {
    await use(host.databaseUrl);
  } finally {
    await host.stop();
  }
}

function publicKey(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'keys', 'ledger.pub'), 'utf8').trim();
  } catch (cause) {
    throw noRecord(dataDir, cause);
  }
}

function noRecord(dataDir: string, cause?: unknown): GiveUp {
  return new GiveUp(
    'not-found',
    `there is no record in \`${dataDir}\`${cause === undefined ? '' : `: ${messageOf(cause)}`}`,
    {
      fix: 'name the data folder with `--data-dir`; `npm start` makes one',
      cause,
    },
  );
}
