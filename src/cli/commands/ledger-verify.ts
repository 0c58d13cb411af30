import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { readVerifierKey, verifyFile, type Verification } from '../../ledger/index.ts';
import { messageOf, Misuse } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { count, counted } from '../humane.ts';
import { EXIT, type Session } from '../session.ts';
import { join } from 'node:path';

interface Options {
  readonly key?: string;
  readonly witness?: string;
}

export function ledgerVerifyCommand(cli: Cli): Command {
  return new Command('verify')
    .summary('verify an exported ledger, offline')
    .description(
      'Verifies a file that `reeve ledger export` wrote, with the public key alone: no platform, no database, no network. An ' +
        'edit, a deletion, an insertion, another order, or a cut end is found, and the first bad entry named (exit 1). The key ' +
        'must come from somebody you trust: the one in the file is not believed. With the file of a witness, also a history ' +
        'that was written anew with the stolen signing key is found.',
    )
    .argument('<file>', 'the exported ledger')
    .option('--key <vkey>', 'the public key, or a file that holds it (default: keys/ledger.pub in the data folder)')
    .option('--witness <file>', 'the file of a witness, copied before the export')
    .addHelpText(
      'after',
      examples(
        ['reeve ledger verify ledger.jsonl', 'with the key of this data folder'],
        ['reeve ledger verify ledger.jsonl --key ledger.pub --witness checkpoints', 'as an auditor elsewhere'],
      ),
    )
    .action((file: string, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const vkey = keyFrom(options.key, session);
        const witness = options.witness === undefined ? undefined : readText(options.witness, '--witness');
        requireFile(file);
        const found = await verifyFile(file, { vkey, ...(witness !== undefined && { witness }) });
        session.answer(found, () => verdict(found, session));
        return found.ok ? EXIT.ok : EXIT.failed;
      }),
    );
}

/** The key itself, or what the file of that name holds. */
function keyFrom(given: string | undefined, { config }: Session): string {
  if (given !== undefined && readVerifierKey(given) !== null) return given;
  const path = given ?? join(config.dataDir, 'keys', 'ledger.pub');
  const text = readText(path, '--key').trim();
  if (readVerifierKey(text) === null) throw new Misuse('bad-request', `\`${path}\` holds no public key of a ledger`);
  return text;
}

function requireFile(path: string): void {
  try {
    if (statSync(path).isFile()) return;
  } catch (cause) {
    throw new Misuse('not-found', `cannot read \`${path}\`: ${messageOf(cause)}`, { cause });
  }
  throw new Misuse('bad-request', `\`${path}\` is no file`);
}

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Misuse('not-found', `cannot read \`${path}\`: ${messageOf(cause)}`, {
      cause,
      fix: option === '--key' ? 'give the public key, or its file, with `--key`' : `give a file with \`${option}\``,
    });
  }
}

function verdict(found: Verification, { paint }: Session): readonly string[] {
  const warnings = found.warnings.map((warning) => paint.warn(`warning: ${warning}`));
  if (found.ok) {
    const witnessed = found.witnessed === null ? ', no witness was asked' : `, ${count(found.witnessed)} witnessed`;
    return [
      ...warnings,
      paint.good('the ledger verifies'),
      `${counted(found.entries, 'entry', 'entries')}, ${count(found.sealed)} sealed by ${counted(found.checkpoints, 'checkpoint')}${witnessed}`,
      `root ${found.root ?? 'none'}`,
    ];
  }
  const { firstBad } = found;
  const place =
    firstBad === null || firstBad.seq === null
      ? 'the file'
      : firstBad.upTo !== null && firstBad.upTo !== firstBad.seq
        ? `one of the entries ${count(firstBad.seq)} to ${count(firstBad.upTo)}`
        : `entry ${count(firstBad.seq)}`;
  const line = firstBad?.line === null || firstBad === null ? '' : ` (line ${count(firstBad.line)})`;
  return [
    ...warnings,
    paint.bad(`the ledger does not verify: ${firstBad?.why ?? 'no reason is known'}`),
    `first bad: ${place}${line}; the ${counted(found.sealed, 'entry', 'entries')} under the last good checkpoint are as they were signed`,
  ];
}
