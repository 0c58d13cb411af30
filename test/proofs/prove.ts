/**
 * `npm run prove`: lists the proofs. `npm run prove -- NAME [--seed N] [--reduced]`: runs one, says how it goes, and ends with
 * one line of JSON. Exits 1 when it falls short, 2 when there is no such proof.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/vocabulary/index.ts';
import { PROOFS } from './index.ts';
import type { Proof } from './proof.ts';

const MOST_SEED = 2 ** 31;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let asked: ReturnType<typeof read>;
  try {
    asked = read(args);
  } catch (error) {
    say(messageOf(error));
    return 2;
  }
  const { name, seed, reduced } = asked;
  if (name === undefined) {
    list();
    return 0;
  }
  const proof = PROOFS.find((one) => one.name === name);
  if (proof === undefined) {
    say(`there is no proof \`${name}\`: the proofs are ${PROOFS.map((one) => one.name).join(', ')}`);
    return 2;
  }
  return prove(proof, seed, reduced);
}

function read(args: string[]): { name: string | undefined; seed: number; reduced: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: 'string' }, reduced: { type: 'boolean', default: false } },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * MOST_SEED) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`\`--seed\` is a whole number, not \`${values.seed}\``);
  if (positionals.length > 1) throw new Error('one proof at a time: `npm run prove -- NAME`');
  return { name: positionals[0], seed, reduced: values.reduced };
}

function list(): void {
  const widest = Math.max(...PROOFS.map(({ name }) => name.length));
  for (const { name, shows } of PROOFS) process.stdout.write(`${name.padEnd(widest)}  ${shows}\n`);
  process.stdout.write('\nrun one at full size: npm run prove -- NAME [--seed N] [--reduced]\n');
}

async function prove(proof: Proof, seed: number, reduced: boolean): Promise<number> {
  const began = performance.now();
  const seconds = (): number => Number(((performance.now() - began) / 1_000).toFixed(1));
  say(`${proof.name}: ${proof.shows}; seed ${seed}${reduced ? ', reduced' : ''}`);
  let pass = false;
  let figures: Awaited<ReturnType<Proof['run']>>['figures'] = {};
  try {
    const size = reduced ? 'reduced' : 'full';
    ({ pass, figures } = await proof.run({
      size,
      seed,
      log: (line) => say(`${String(seconds()).padStart(7)} s  ${line}`),
    }));
  } catch (error) {
    say(`the proof could not be run: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
    figures = { broken_off: messageOf(error) };
  }
  for (const [figure, value] of Object.entries(figures)) say(`  ${figure}: ${String(value)}`);
  process.stdout.write(`${JSON.stringify({ proof: proof.name, pass, figures, seed, seconds: seconds() })}\n`);
  return pass ? 0 : 1;
}

/** How it goes is for people; stdout holds the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
