import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intend } from '../../src/fabric/intend.ts';
import { work, type Deliberation, type Task } from '../../src/fabric/index.ts';
import {
  derivedId,
  digest,
  digestText,
  isFault,
  messageOf,
  newId,
  type Event,
  type Permit,
  type Run,
  type TenantId,
  NO_TRAIL,
} from '../../src/vocabulary/index.ts';
import { journals } from '../faults/audit.ts';
import { ATTACKS, honest, type Attack } from './gate-attacks.ts';
import { HONEST_PLACES, note, openGateWorld, pay, type GateWorld } from './gate-world.ts';
import type { Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** Runs that share a round of appends. */
const ROUND = 250;
/** One in so many is honest work, which must get through. */
const HONEST_RATE = 0.05;
/** Part of the attacks that is on the permit itself, after an honest intent has passed the gate. */
const PERMIT_RATE = 0.1;

/** What became of one try. */
type End =
  | { readonly kind: 'refused'; readonly code: string }
  /** Thrown out with a stable code. */
  | { readonly kind: 'misuse'; readonly code: string }
  /** Parked until people answer. */
  | { readonly kind: 'parked' }
  /** Performed. */
  | { readonly kind: 'passed' }
  /** Anything else: a bug. */
  | { readonly kind: 'broke'; readonly why: string };

/** P1, small: everything that a hostile agent may ask for, and everything that may be done with a permit. */
export const proof: Proof = {
  name: 'gate',
  shows:
    'of generated hostile intents and forged, copied or spent permits none reaches a simulator unjudged, each ends with a stable code, and the honest work among them gets through',
  async run({ size, seed, log }) {
    const most = size === 'full' ? 100_000 : 3_000;
    const random = randomFrom(seed);
    const dir = await mkdtemp(join(tmpdir(), 'reeve-gate-'));
    let gate: GateWorld | null = null;
    try {
      gate = await openGateWorld(dir);
      const tally = newTally();
      while (tally.hostile < most) {
        await oneRound(gate, random, Math.min(ROUND, most - tally.hostile), tally);
        if (tally.hostile % (most / 10) < ROUND) log(`${tally.hostile} hostile, ${tally.passedHonest} honest done`);
      }
      const record = await compare(gate);
      const control = await runControl(gate);
      return conclude(tally, record, control);
    } finally {
      await gate?.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  },
};

interface Tally {
  hostile: number;
  honest: number;
  passedHonest: number;
  /** Hostile ones that ended neither with a code nor as what the law lets through. */
  readonly wrong: string[];
  readonly codes: Map<string, number>;
  readonly classes: Set<string>;
  /** Calls that are expected in the journals. */
  performed: number;
}

function newTally(): Tally {
  return { hostile: 0, honest: 0, passedHonest: 0, wrong: [], codes: new Map(), classes: new Set(), performed: 0 };
}

let runs = 0;

async function oneRound(gate: GateWorld, random: Random, hostile: number, tally: Tally): Promise<void> {
  const tries: { name: string; attack: Attack; task: Task }[] = [];
  const add = (name: string, attack: Attack): void => {
    tries.push({ name, attack, task: taskFor(attack) });
  };
  const names = Object.keys(ATTACKS);
  for (let i = 0; i < hostile; i++) {
    if (random.hit(PERMIT_RATE)) add(random.pick(PERMIT_ATTACKS).name, honest(random));
    else {
      const name = random.pick(names);
      add(name, ATTACKS[name]!(random));
    }
    if (random.hit(HONEST_RATE)) add('honest', honest(random));
  }
  await gate.writer.append({
    entries: [],
    runs: tries.map(({ task: { run } }) => ({
      entry: 0,
      id: run.id,
      tenant: run.tenant,
      agent: run.agent,
      agent_version: run.agentVersion,
      event: run.event,
      subject: run.subject,
    })),
  });
  await Promise.all(
    tries.map(async ({ name, attack, task }) => {
      const onPermit = PERMIT_ATTACKS.find((one) => one.name === name);
      if (onPermit !== undefined) return attackPermit(gate, onPermit, attack, task, tally);
      const end = await tryOnce(gate, attack, task);
      mark(tally, name, attack, end);
    }),
  );
}

function mark(tally: Tally, name: string, attack: Attack, end: End): void {
  if (end.kind === 'passed') tally.performed += 1;
  if (name === 'honest') {
    tally.honest += 1;
    if (end.kind === 'passed') tally.passedHonest += 1;
    else tally.wrong.push(`honest work ended as ${JSON.stringify(end)}`);
    return;
  }
  tally.hostile += 1;
  tally.classes.add(name);
  const said = end.kind === 'refused' || end.kind === 'misuse' ? end.code : end.kind;
  tally.codes.set(said, (tally.codes.get(said) ?? 0) + 1);
  const isRight =
    end.kind === 'refused' ||
    end.kind === 'misuse' ||
    end.kind === 'parked' ||
    (end.kind === 'passed' && attack.mayPass === true);
  if (!isRight) tally.wrong.push(`${name}: ${JSON.stringify(end)}`);
}

/** The path that every run takes; or, for a forged intent, the part from the gate on. */
async function tryOnce({ world }: GateWorld, attack: Attack, task: Task): Promise<End> {
  try {
    if (attack.forge === undefined) {
      const { state, why } = await work(task, world);
      if (state === 'done') return { kind: 'passed' };
      if (state === 'waiting') return { kind: 'parked' };
      return state === 'refused' ? { kind: 'refused', code: why.split(':')[0]! } : { kind: 'broke', why };
    }
    const intent = attack.forge(intend(task, 0, attack.proposal, DELIBERATION, NO_TRAIL));
    const passage = await world.pass(task, intent, attack.proposal, DELIBERATION);
    if (passage.kind !== 'permitted') {
      if (passage.kind === 'noted') return { kind: 'broke', why: 'noted' };
      const { state, why } = passage.end;
      return state === 'waiting' ? { kind: 'parked' } : { kind: 'refused', code: why.split(':')[0]! };
    }
    const outcome = await world.perform(passage.permit, attack.proposal.tool);
    return outcome.kind === 'done' ? { kind: 'passed' } : { kind: 'broke', why: outcome.message };
  } catch (error) {
    return isFault(error) ? { kind: 'misuse', code: error.code } : { kind: 'broke', why: messageOf(error) };
  }
}

/** Where the permit that an honest intent was given goes on its way to the tool. */
interface PermitAttack {
  readonly name: string;
  /** What is presented, made from the real one. */
  present(permit: Permit): Permit;
  /** The real one is used up first. */
  readonly spendFirst?: boolean;
  /** It is presented for another tool. */
  readonly elsewhere?: boolean;
}

const PERMIT_ATTACKS: readonly PermitAttack[] = [
  { name: 'forged-permit', present: forged },
  { name: 'copied-permit', present: (permit) => ({ ...permit }) },
  { name: 'permit-through-json', present: (permit) => JSON.parse(JSON.stringify(permit)) as Permit },
  { name: 'permit-as-prototype', present: (permit) => Object.create(permit) as Permit },
  { name: 'permit-behind-proxy', present: (permit) => new Proxy(permit, {}) },
  { name: 'permit-with-other-arguments', present: (permit) => ({ ...permit, argumentsText: '{"text":"other"}' }) },
  { name: 'permit-not-an-object', present: (permit) => permit.id as unknown as Permit },
  { name: 'permit-null', present: () => null as unknown as Permit },
  { name: 'reused-permit', present: (permit) => permit, spendFirst: true },
  { name: 'permit-of-other-tool', present: (permit) => permit, elsewhere: true },
];

/** As good as a forgery can be: everything right but the making. */
function forged(): Permit {
  const argumentsText = `{"case":"case-1","currency":"EUR","minor":${Math.floor(Math.random() * 1e9)}}`;
  return {
    id: newId('permit'),
    tenant: 'home',
    run: newId('run'),
    agent: 'payer.home',
    tool: pay.name,
    toolDigest: pay.digest,
    effect: 'E1',
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    notAfter: Date.now() + 60_000,
  } as unknown as Permit;
}

/** An honest intent passes the gate; the attack is on what comes after. The real permit still works, once, unless it was spent. */
async function attackPermit(
  gate: GateWorld,
  attack: PermitAttack,
  by: Attack,
  task: Task,
  tally: Tally,
): Promise<void> {
  const { world, actor } = gate;
  const { proposal } = by;
  const passage = await world.pass(task, intend(task, 0, proposal, DELIBERATION, NO_TRAIL), proposal, DELIBERATION);
  if (passage.kind !== 'permitted') {
    tally.wrong.push(`${attack.name}: the honest intent was not permitted`);
    tally.hostile += 1;
    return;
  }
  const { permit } = passage;
  const perform = async (what: Permit, tool = proposal.tool): Promise<End> => {
    try {
      const outcome = await actor.perform(what, tool);
      return outcome.kind === 'done' ? { kind: 'passed' } : { kind: 'broke', why: outcome.message };
    } catch (error) {
      return isFault(error) ? { kind: 'misuse', code: error.code } : { kind: 'broke', why: messageOf(error) };
    }
  };
  const first = attack.spendFirst === true ? await perform(permit) : null;
  const other = proposal.tool === pay ? note : pay;
  const end = await perform(attack.present(permit), attack.elsewhere === true ? other : undefined);
  mark(tally, attack.name, by, end);
  // Presenting it for another tool spends it; in every other case the honest use gets through once.
  const own = first ?? (attack.elsewhere === true ? null : await perform(permit));
  if (own !== null) mark(tally, 'honest', by, own);
}

const DELIBERATION: Deliberation = {
  known: {
    facts: {},
    label: { integrity: 'trusted', confidentiality: 'internal', origins: ['gate-proof'] },
    evidence: [],
  },
  thought: { decided: { output: {}, row: 'nothing', digest: digest({}) }, proposals: [] },
};

function taskFor({ agent, proposal, eventTenant }: Attack): Task {
  const n = ++runs;
  const subject = `case-${n}`;
  const data = { case: subject };
  const event: Event = {
    id: derivedId('event', n, 'gate'),
    tenant: (eventTenant ?? 'home') as TenantId,
    type: 'case.given',
    source: 'gate-proof',
    sourceId: String(n),
    subject,
    time: '2026-11-22T08:00:00Z',
    data,
    dataDigest: digest(data),
    label: DELIBERATION.known.label,
    dedupeKey: `gate-proof|${n}`,
    principal: null,
    root: derivedId('event', n, 'gate'),
    depth: 0,
    trail: NO_TRAIL,
    seq: n,
  };
  const run: Run = {
    id: derivedId('run', event.id, agent.name),
    tenant: agent.tenant,
    agent: agent.name,
    agentVersion: agent.version,
    event: event.id,
    seq: n,
    subject,
    attempts: 0,
  };
  return { run, agent: { ...agent, propose: () => [proposal] }, event };
}

interface Comparison {
  readonly lines: number;
  /** Lines whose intent is not on record, is on record for other bytes, or came later. */
  readonly unjudged: number;
}

/** Every line of the journals against the entries of permitted intents. */
async function compare({ pool, journals: folder }: GateWorld): Promise<Comparison> {
  const { rows } = await pool.query<{ permit: string; digest: string; at: Date }>(
    `select body::jsonb->'body'->>'permit' as permit, body::jsonb->'body'->>'argumentsDigest' as digest, at
     from reeve.entry where kind = 'intent.permitted'`,
  );
  const permitted = new Map(rows.map((row) => [row.permit, row]));
  let lines = 0;
  let unjudged = 0;
  for await (const line of journals(folder)) {
    lines += 1;
    const entry = permitted.get(line.key ?? '');
    const isJudged =
      entry !== undefined &&
      entry.digest === line.digest &&
      entry.at.getTime() <= Date.parse(line.at) &&
      HONEST_PLACES.has(`${line.system}/${line.collection}`);
    if (!isJudged) unjudged += 1;
  }
  return { lines, unjudged };
}

/** With the check of the permit planted out, forged ones reach the simulator, and the comparison must say so. */
async function runControl(gate: GateWorld): Promise<number> {
  const before = (await compare(gate)).unjudged;
  for (let i = 0; i < 20; i++) await gate.credulous.perform(forged(), pay);
  return (await compare(gate)).unjudged - before;
}

function conclude(tally: Tally, { lines, unjudged }: Comparison, control: number) {
  const classes = Object.keys(ATTACKS).length + PERMIT_ATTACKS.length;
  const pass =
    unjudged === 0 &&
    tally.wrong.length === 0 &&
    lines === tally.performed &&
    tally.honest > 0 &&
    tally.passedHonest === tally.honest &&
    tally.classes.size === classes &&
    control === 20;
  return {
    pass,
    figures: {
      hostile: tally.hostile,
      classes: tally.classes.size,
      reached_unjudged: unjudged,
      ended_otherwise: tally.wrong.length,
      first_otherwise: tally.wrong.slice(0, 5).join(' | '),
      codes: [...tally.codes]
        .toSorted(([, a], [, b]) => b - a)
        .map(([code, n]) => `${code} ${n}`)
        .join(', '),
      honest: tally.honest,
      honest_passed: tally.passedHonest,
      calls_expected: tally.performed,
      calls_in_journals: lines,
      control_caught: control === 20,
      control_unjudged: control,
    },
  };
}
