import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exportLedger,
  memorySource,
  newSigner,
  openFileWitness,
  startSealer,
  verifyLedger,
  type NoteSigner,
  type Verification,
} from '../../src/ledger/index.ts';
import { verify as verifyAgain } from '../../src/ledger/verify-offline.mjs';
import {
  canonical,
  derivedId,
  digest,
  type AgentId,
  type EntryDraft,
  type TenantId,
} from '../../src/vocabulary/index.ts';
import { CLASSES, type Log, type Mutation, type Random } from './ledger-mutations.ts';

type Size = 'full' | 'reduced';

interface Plan {
  /** Entries of the large log and how many mutations are made of it; the rest are made of the small ones. */
  readonly large: number;
  readonly ofLarge: number;
  readonly small: number;
  readonly mutations: number;
  readonly untouched: number;
  readonly control: number;
}

const PLANS: Record<Size, Plan> = {
  full: { large: 100_000, ofLarge: 20, small: 5_000, mutations: 500, untouched: 50, control: 300 },
  reduced: { large: 2_000, ofLarge: 10, small: 300, mutations: 80, untouched: 50, control: 300 },
};

/** What is taken out of the second verifier in each control: without it, something must slip through. */
const PLANTED = {
  chain: /if \([^{};]*\) \{\s*\/\/ CHECK chain\n/,
  root: /if \([^{};]*\) \{\s*\/\/ CHECK root\n/,
  signature: /if \([^{};]*\) \{\s*\/\/ CHECK signature\n/,
  witness: /if \([^{};]*\) \{\s*\/\/ CHECK witness\n/,
  'witness-size': /if \([^{};]*\) \{\s*\/\/ CHECK witness size\n/,
} as const;

/** P4: whatever is done to an exported ledger is found, at its place, by two verifiers; nothing else is. */
export const proof = {
  name: 'ledger',
  shows:
    'random mutations of an exported ledger are all found, each at its first bad entry; untouched copies raise no alarm',
  async run({ size, seed, log }: { size: Size; seed: number; log(line: string): void }): Promise<{
    pass: boolean;
    figures: Record<string, number | string>;
  }> {
    const plan = PLANS[size];
    const random = randomFrom(seed);
    const small = [0, 37].map((tail) => makeLog(random, plan.small, tail));
    const large = await makeLog(random, plan.large, 0);
    const logs = await Promise.all(small);
    log(`logs of ${plan.small} and ${plan.large} entries made`);

    const tally = { found: 0, placed: 0, placeable: 0, agreed: 0, missedWithoutWitness: 0 };
    const byClass: Record<string, number> = {};
    for (let i = 0; i < plan.mutations; i++) {
      const [name, mutate] = CLASSES[i % CLASSES.length]!;
      const base = i < plan.ofLarge ? large : logs[i % logs.length]!;
      const mutation = mutate(base, random);
      const [one, other] = await askBoth(base, mutation);
      const found = !one.ok && !other.ok;
      const rightPlace = isAt(mutation, one) && isAt(mutation, other);
      if (found) tally.found++;
      if (mutation.line !== undefined || mutation.seq !== undefined) tally.placeable++;
      if (found && rightPlace && (mutation.line !== undefined || mutation.seq !== undefined)) tally.placed++;
      if (canonical(one) === canonical(other)) tally.agreed++;
      if (found) byClass[name] = (byClass[name] ?? 0) + 1;
      else log(`NOT FOUND: mutation ${i}, ${name}: ${mutation.what}`);
      if (found && !rightPlace)
        log(`WRONG PLACE: mutation ${i}, ${name}: ${mutation.what}: ${canonical(one.firstBad)}`);
      if (mutation.needsWitness && (await verifyLedger([mutation.bytes], { vkey: base.vkey })).ok)
        tally.missedWithoutWitness++;
      if ((i + 1) % 100 === 0) log(`${i + 1} mutations, ${tally.found} found`);
    }

    let alarms = 0;
    for (let i = 0; i < plan.untouched; i++) {
      const entries = i === 0 ? 0 : 1 + random(i % 10 === 0 ? plan.small * 2 : plan.small);
      const copy = i === 1 ? large : await makeLog(random, entries, entries > 0 && i % 3 === 0 ? random(1_000) : 0);
      const witness = i % 2 === 0 ? copy.witness : undefined;
      for (const found of await askBoth(copy, { bytes: bytesOf(copy), witness })) if (!found.ok) alarms++;
    }
    log(`${plan.untouched} untouched copies, ${alarms} false alarms`);

    const seconds = await timeBoth(large);
    const slipped = await runControls(plan, random);
    const figures = {
      mutations: plan.mutations,
      found: tally.found,
      first_bad_defined: tally.placeable,
      first_bad_right: tally.placed,
      verifiers_agree: tally.agreed,
      untouched: plan.untouched,
      false_alarms: alarms,
      undetectable_without_witness: tally.missedWithoutWitness,
      entries_of_logs: `${plan.mutations - plan.ofLarge} mutations of ${plan.small} entries, ${plan.ofLarge} of ${plan.large}`,
      found_by_class: Object.entries(byClass)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
      verify_large_seconds: seconds.map((s) => s.toFixed(2)).join(' and '),
      slipped_through_planted: Object.entries(slipped)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    };
    const pass =
      tally.found === plan.mutations &&
      tally.placed === tally.placeable &&
      tally.agreed === plan.mutations &&
      alarms === 0 &&
      tally.missedWithoutWitness > 0 &&
      Math.max(...seconds) <= 10 &&
      Object.values(slipped).every((count) => count > 0);
    return { pass, figures };
  },
};

async function askBoth(
  { vkey }: Log,
  { bytes, witness }: Pick<Mutation, 'bytes' | 'witness'>,
): Promise<readonly [Verification, Verification]> {
  const options = { vkey, ...(witness === undefined ? {} : { witness }) };
  return [await verifyLedger([bytes], options), await verifyAgain([bytes], options)];
}

function isAt({ line, seq, upTo }: Mutation, { firstBad }: Verification): boolean {
  if (firstBad === null) return false;
  const lineRight = line === undefined || firstBad.line === line;
  const seqRight = seq === undefined || (firstBad.seq === seq && firstBad.upTo === (upTo ?? seq));
  return lineRight && seqRight;
}

/** Seconds that each verifier takes for an untouched large log. */
async function timeBoth(log: Log): Promise<readonly number[]> {
  const bytes = bytesOf(log);
  const seconds: number[] = [];
  for (const verify of [verifyLedger, verifyAgain]) {
    const start = performance.now();
    await verify([bytes], { vkey: log.vkey, witness: log.witness });
    seconds.push((performance.now() - start) / 1_000);
  }
  return seconds;
}

/** How many mutations slip through when one check is taken out: shows that each check is needed and that this proof can fail. */
async function runControls(plan: Plan, random: Random): Promise<Record<string, number>> {
  const source = readFileSync(new URL('../../src/ledger/verify-offline.mjs', import.meta.url), 'utf8');
  // The part that runs as a program asks for the file's own path, which planted code does not have.
  const program = source.indexOf('const started = process.argv');
  const slipped: Record<string, number> = {};
  const logs = await Promise.all([200, 80].map((tail) => makeLog(random, 80, tail)));
  const mutations = Array.from({ length: plan.control }, (_, i) => {
    const base = logs[Math.floor(i / CLASSES.length) % 2]!;
    return { base, ...CLASSES[i % CLASSES.length]![1](base, random) };
  });
  for (const [name, check] of Object.entries(PLANTED)) {
    const planted = source.slice(0, program).replace(check, 'if (false) {\n');
    if (planted === source.slice(0, program)) throw new Error(`no check \`${name}\` to take out`);
    const module = `data:text/javascript;base64,${Buffer.from(planted).toString('base64')}`;
    const { verify } = (await import(module)) as { verify: typeof verifyAgain };
    slipped[name] = 0;
    for (const { base, bytes, witness } of mutations) {
      const found = await verify([bytes], { vkey: base.vkey, ...(witness === undefined ? {} : { witness }) });
      if (found.ok) slipped[name]++;
    }
  }
  return slipped;
}

/** A ledger as the platform makes it: appended, sealed, witnessed and exported, with checkpoints at uneven distances. */
async function makeLog(random: Random, entries: number, tail: number): Promise<Log> {
  const dir = await mkdtemp(join(tmpdir(), 'reeve-proof-ledger-'));
  try {
    const key: NoteSigner = newSigner('example.com/proof');
    const source = memorySource();
    const path = join(dir, 'checkpoints');
    const clock = { now: () => START + source.entries.length };
    const witness = await openFileWitness({ path, vkey: key.vkey, clock });
    const everyMs = 3_600_000;
    const sealer = await startSealer({
      source,
      key,
      witness,
      clock,
      everyMs,
      onFault: (fault) => void (broken = fault),
    });
    let broken: Error | null = null;
    const most = Math.max(2, Math.min(1_000, Math.ceil(entries / 10)));
    for (let i = 0; i < entries;) {
      for (const end = Math.min(entries, i + 1 + random(most)); i < end; i++) appendOne(source, random);
      await sealer.sealNow();
    }
    await sealer.stop();
    if (broken) throw broken as Error;
    for (let i = 0; i < tail; i++) appendOne(source, random);
    let text = '';
    for await (const part of exportLedger({ source, vkey: key.vkey, unsealed: true })) text += part;
    const lines = text.split('\n').slice(0, -1);
    const sealed = source.checkpoints.map((checkpoint) => checkpoint.size);
    const seen = entries === 0 ? '' : await readFile(path, 'utf8');
    return { lines, bodies: source.entries.map((e) => e.body), sealed, key, vkey: key.vkey, witness: seen };
  } finally {
    await rm(dir, { recursive: true });
  }
}

const START = Date.parse('2026-11-22T08:00:00Z');
const TENANTS = ['north', 'south', 'west'];
const ROLES = ['claims-clerk', 'invoice-clerk', 'triage-analyst', 'control-mapper', 'line-inspector'];

/** One of the entries of a run, as the loop would write it. */
function appendOne(source: ReturnType<typeof memorySource>, random: Random): void {
  const i = source.entries.length;
  const run = derivedId('run', 'proof', Math.floor(i / 4));
  const at = new Date(START + i * 3).toISOString();
  const about = {
    subject: `declaration ${10_000 + random(90_000)}`,
    amount: { currency: 'EUR', minor: random(900_000) },
  };
  const kinds = ['event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended'] as const;
  const bodies = [
    { type: 'claim.approved', source: 'urn:faculty:é', data: about, dataDigest: digest(about), dedupeKey: `${run}-1` },
    {
      tool: 'erp.propose-payment',
      arguments: about,
      permit: derivedId('permit', run),
      policies: ['claims-clerk-may-propose', 'amount-within-limit'],
      evidence: [
        { kind: 'event', digest: digest(about) },
        { kind: 'decision', row: `row-${random(30)}` },
      ],
      label: { integrity: 'untrusted', confidentiality: 'internal', origins: ['erp', 'hr'] },
      why: 'claim is complete, approved by both, and within the limit \u2014 \u201cpay\u201d',
    },
    {
      permit: derivedId('permit', run),
      outcome: { kind: 'done', result: { proposal: random(1e9) } },
      millis: random(400) / 8,
    },
    { state: 'done', why: '' },
  ];
  const draft: EntryDraft = {
    kind: kinds[i % 4]!,
    tenant: TENANTS[random(3)] as TenantId,
    run,
    agent: `${ROLES[random(5)]}.unit-${random(20)}` as AgentId,
    body: bodies[i % 4]!,
  };
  source.append(draft, at);
}

function bytesOf(log: Log): Buffer {
  return Buffer.from(log.lines.map((line) => `${line}\n`).join(''));
}

/** Whole numbers below a bound, the same for the same seed: SHA-256 over seed and counter. */
function randomFrom(seed: number): Random {
  let counter = 0;
  let pool = Buffer.alloc(0);
  return (below) => {
    if (pool.length < 6) pool = createHash('sha256').update(`${seed}:${counter++}`).digest();
    const value = pool.readUIntBE(0, 6);
    pool = pool.subarray(6);
    return below <= 0 ? 0 : value % below;
  };
}
