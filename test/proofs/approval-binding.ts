import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approvalMove } from '../../src/fabric/approvals/approval-rows.ts';
import type { GateOptions } from '../../src/fabric/gate.ts';
import { intend } from '../../src/fabric/intend.ts';
import type { Deliberation, EffectOnRecord, Passage, Task } from '../../src/fabric/world.ts';
import { act, bindAgain, parseLaw, type Law } from '../../src/govern/index.ts';
import {
  boundDigest,
  derivedId,
  digest,
  digestText,
  messageOf,
  newId,
  NO_TRAIL,
  type Approval,
  type BoundField,
  type Event,
  type Intent,
  type Run,
} from '../../src/vocabulary/index.ts';
import { journals } from '../faults/audit.ts';
import { clerk, openApprovalWorld, wire, type ApprovalWorld, type Wire } from './approval-world.ts';
import type { Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** Trials under way at once. */
const AT_ONCE = 64;
/** One in so many is left as it was approved, and must run. */
const HONEST_RATE = 0.01;

/** P6, the part on binding: what is executed is what was approved, once. */
export const proof: Proof = {
  name: 'approval-binding',
  shows:
    'an approved act with one to three bound fields changed is never executed and says which changed; approvals raced by 64 workers are used once each',
  async run({ size, seed, log }) {
    const most = size === 'full' ? 50_000 : 1_000;
    const races = size === 'full' ? 1_000 : 40;
    const random = randomFrom(seed);
    const dir = await mkdtemp(join(tmpdir(), 'reeve-binding-'));
    let world: ApprovalWorld | null = null;
    try {
      world = await openApprovalWorld(dir);
      const bound = await tryChanged(world, random, most, log);
      const raced = await race(world, random, races, log);
      const control = await forgeWhole(world);
      const wires = await wiresMade(world);
      const expected = bound.honest + races + control;
      return {
        pass:
          bound.wrong.length === 0 &&
          bound.executed === 0 &&
          bound.honestRun === bound.honest &&
          raced.wrong.length === 0 &&
          raced.permits === races &&
          wires.size === expected &&
          wires.most === 1 &&
          control === 1,
        figures: {
          tried: bound.tried,
          executed: bound.executed,
          stoppedByTheRecord: bound.noSuchEffect,
          stoppedNamingTheFields: bound.tried - bound.executed - bound.noSuchEffect - bound.wrong.length,
          fieldsCovered: bound.fields.size,
          wrongReason: bound.wrong.length,
          firstWrong: bound.wrong[0] ?? null,
          honestRun: `${bound.honestRun} of ${bound.honest}`,
          raced: races,
          racingWorkers: AT_ONCE,
          attempts: raced.attempts,
          permits: raced.permits,
          firstRaceWrong: raced.wrong[0] ?? null,
          transfersInTheJournal: wires.size,
          transfersExpected: expected,
          mostOfOneKey: wires.most,
          controlSeen: control === 1,
        },
      };
    } finally {
      await world?.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** One act that waits for people, and everything that it is presented with. */
interface Case {
  readonly task: Task;
  readonly intent: Intent;
  readonly given: Wire;
  readonly approval: Approval;
}

const DELIBERATION: Deliberation = {
  known: { facts: {}, evidence: [], label: { integrity: 'trusted', confidentiality: 'internal', origins: ['tests'] } },
  thought: { decided: { output: {}, row: null, digest: digest({}) }, proposals: [] },
};

/** An act that was asked about and approved, on record. */
async function approved(world: ApprovalWorld, worker: ReturnType<ApprovalWorld['worker']>, n: string): Promise<Case> {
  const event = eventOf(n);
  const run: Run = {
    id: derivedId('run', event.id, clerk.name),
    tenant: clerk.tenant,
    agent: clerk.name,
    agentVersion: clerk.version,
    event: event.id,
    seq: 1,
    subject: event.subject,
    attempts: 0,
  };
  const first: Task = { run, agent: clerk, event };
  const given: Wire = { case: `case-${n}`, minor: 20_000, currency: 'EUR', memo: 'as agreed' };
  const proposal = wire.with(given, 'told so');
  const intent = intend(first, 0, proposal, DELIBERATION, NO_TRAIL);
  const { id, tenant, agent, agentVersion, subject } = run;
  await world.writer.append({
    entries: [{ kind: 'event.admitted', tenant, run: null, agent: null, body: { event: event.id } }],
    runs: [{ entry: 0, id, tenant, agent, agent_version: agentVersion, event: event.id, subject }],
  });
  await worker.pass(first, intent, proposal);
  const permit = derivedId('permit', run.id, 0);
  const asked = await world.approvals.latestOf(permit);
  if (asked === null || asked.state !== 'pending') throw new Error(`${permit} was not asked about`);
  const answered = await answer(world, asked);
  const effect: EffectOnRecord = {
    permit,
    step: 0,
    state: 'waiting',
    tool: wire.name,
    toolDigest: wire.digest,
    effect: wire.effect,
    argumentsText: intent.argumentsText,
    argumentsDigest: intent.argumentsDigest,
    why: '',
    agentVersion: clerk.version,
    label: intent.label,
    trail: null,
  };
  return { task: { ...first, effects: new Map([[0, effect]]) }, intent, given, approval: answered };
}

/** As many people as it takes say yes. */
async function answer(world: ApprovalWorld, asked: Approval): Promise<Approval> {
  let approval = asked;
  for (let n = 0; n < 10 && approval.state === 'pending'; n++) {
    const names = approval.requirements.flatMap(({ stages }) => stages.flatMap(({ of }) => of));
    const context = {
      principal: { person: newId('person'), name: `person ${n}`, teams: [] },
      names,
      delegators: [],
      now: Date.now(),
      dwellSeconds: 3_600,
      single: false,
      singleDelayMs: 0,
    };
    const moved = act(approval, { kind: 'approve', reason: 'checked' }, context);
    if (moved.kind === 'refused') throw new Error(`nobody could approve: ${moved.why}`);
    approval = moved.approval;
    await world.writer.append({ entries: [], approvalMoves: [approvalMove(approval)] });
  }
  return approval;
}

/** A way to change what is at the gate after people have answered, with the fields that it changes. */
interface Change {
  readonly fields: readonly BoundField[];
  change(at: AtGate, random: Random): AtGate;
}
interface AtGate {
  readonly task: Task;
  readonly intent: Intent;
  readonly given: Wire;
  readonly approval: Approval;
  readonly options: Partial<GateOptions>;
}

const hex = (random: Random) => digestText(String(random.below(2 ** 30)));
const withGiven = (at: AtGate, changed: Partial<Wire>): AtGate => {
  const given = { ...at.given, ...changed };
  const again = intend(at.task, at.intent.step, wire.with(given, 'told so'), DELIBERATION, NO_TRAIL);
  const { arguments: args, argumentsText, argumentsDigest, amount, resource } = again;
  return { ...at, given, intent: { ...at.intent, arguments: args, argumentsText, argumentsDigest, amount, resource } };
};
const withIntent = (at: AtGate, changed: Partial<Intent>): AtGate => ({ ...at, intent: { ...at.intent, ...changed } });

/** Of the world: what stands at the gate is not what was asked about. */
const OF_THE_ACT: Readonly<Record<string, Change>> = {
  tenant: { fields: ['tenant'], change: (at) => withIntent(at, { tenant: 'abroad' as Intent['tenant'] }) },
  // The approval of one act, brought for another.
  run: {
    fields: ['run'],
    change: (at) => withIntent(at, { run: newId('run') }),
  },
  step: { fields: ['step'], change: (at, random) => withIntent(at, { step: 1 + random.below(9) }) },
  agent: { fields: ['agent'], change: (at) => withIntent(at, { agent: 'other.home' as Intent['agent'] }) },
  agentVersion: { fields: ['agentVersion'], change: (at, random) => withIntent(at, { agentVersion: hex(random) }) },
  principal: {
    fields: ['principal'],
    change: (at) => ({ ...at, task: { ...at.task, event: { ...at.task.event, principal: newId('person') } } }),
  },
  tool: { fields: ['tool'], change: (at) => withIntent(at, { tool: 'erp.wire-all' as Intent['tool'] }) },
  toolDigest: { fields: ['toolDigest'], change: (at, random) => withIntent(at, { toolDigest: hex(random) }) },
  memo: {
    fields: ['argumentsText'],
    change: (at, random) => withGiven(at, { memo: `as agreed ${random.below(1e6)}` }),
  },
  spaces: { fields: ['argumentsText'], change: (at) => withGiven(at, { memo: `${at.given.memo}\u200b` }) },
  amount: {
    fields: ['argumentsText', 'amount'],
    change: (at, random) => withGiven(at, { minor: 20_001 + random.below(1e6) }),
  },
  payee: {
    fields: ['argumentsText', 'resource'],
    change: (at, random) => withGiven(at, { case: `case-other-${random.below(1e6)}` }),
  },
  resourceVersion: {
    fields: ['resourceVersion'],
    change: (at, random) => ({
      ...at,
      options: { ...at.options, revision: () => Promise.resolve(`2.${random.below(1e6)}`) },
    }),
  },
  label: {
    fields: ['label'],
    change: (at) => withIntent(at, { label: { ...at.intent.label, integrity: 'untrusted' } }),
  },
};

/** Of the record: somebody who can write rows changed what was approved. The votes are for another question then. */
const OF_THE_RECORD: readonly BoundField[] = ['rule', 'rendered', 'expiresAt', 'nonce'];

function tampered(approval: Approval, field: BoundField, random: Random): Approval {
  const { bound } = approval;
  const value = field === 'expiresAt' ? bound.expiresAt + 1 + random.below(1e9) : hex(random);
  return { ...approval, bound: { ...bound, [field]: value } };
}

interface Tally {
  tried: number;
  executed: number;
  /** Brought for an act that does not wait: the record takes nothing of it, and the approval stays as it was. */
  noSuchEffect: number;
  honest: number;
  honestRun: number;
  readonly fields: Set<BoundField>;
  readonly wrong: string[];
}

async function tryChanged(
  world: ApprovalWorld,
  random: Random,
  most: number,
  log: (line: string) => void,
): Promise<Tally> {
  const tally: Tally = {
    tried: 0,
    executed: 0,
    noSuchEffect: 0,
    honest: 0,
    honestRun: 0,
    fields: new Set(),
    wrong: [],
  };
  const honest = world.worker();
  const otherLaw = anotherLaw(world.standing.law);
  let n = 0;
  while (tally.tried < most) {
    const round = Array.from({ length: Math.min(AT_ONCE, most - tally.tried) }, () => `${n++}`);
    // Chance is drawn before anything runs side by side, so that a seed is a proof.
    const plans = round.map((id) => ({ id, plan: random.hit(HONEST_RATE) ? null : planOf(random) }));
    await Promise.all(
      plans.map(async ({ id, plan }) => {
        const one = await approved(world, honest, id);
        if (plan === null) {
          tally.honest += 1;
          const passage = await honest.pass(one.task, one.intent, wire.with(one.given, 'told so'));
          if (passage.kind !== 'permitted') tally.wrong.push(`${id}: unchanged, and not permitted`);
          else if ((await honest.actor.perform(passage.permit, wire)).kind === 'done') tally.honestRun += 1;
          return;
        }
        tally.tried += 1;
        for (const field of plan.fields) tally.fields.add(field);
        const fault = await tryOne(world, one, plan, otherLaw);
        if (fault === 'executed') tally.executed += 1;
        else if (fault === 'no-such-effect') tally.noSuchEffect += 1;
        else if (fault !== null) tally.wrong.push(`${id} (${plan.fields.join(', ')}): ${fault}`);
      }),
    );
    if (n % Math.ceil(most / 10) < AT_ONCE)
      log(`${tally.tried} changed, ${tally.executed} executed, ${tally.wrong.length} wrong`);
  }
  return tally;
}

interface Plan {
  readonly fields: readonly BoundField[];
  readonly acts: readonly Change[];
  readonly law: boolean;
  readonly record: readonly BoundField[];
  readonly random: Random;
}

/** One to three changes. */
function planOf(random: Random): Plan {
  const names = [...Object.keys(OF_THE_ACT), 'law', ...OF_THE_RECORD];
  const chosen = new Set<string>();
  const wanted = 1 + random.below(3);
  while (chosen.size < wanted) chosen.add(random.pick(names));
  const acts = [...chosen].flatMap((name) => OF_THE_ACT[name] ?? []);
  const record = OF_THE_RECORD.filter((field) => chosen.has(field));
  const law = chosen.has('law');
  const fields = [...new Set([...acts.flatMap((one) => one.fields), ...(law ? (['law'] as const) : []), ...record])];
  return { fields, acts, law, record, random: randomFrom(random.below(2 ** 30)) };
}

/** Null when it was stopped for the right reason. */
async function tryOne(world: ApprovalWorld, one: Case, plan: Plan, otherLaw: Law): Promise<string | null> {
  let at: AtGate = { ...one, options: {} };
  for (const change of plan.acts) at = change.change(at, plan.random);
  if (plan.law)
    at = {
      ...at,
      options: { ...at.options, standing: () => ({ ...world.standing, law: otherLaw, lawOf: () => otherLaw }) },
    };
  let presented = one.approval;
  for (const field of plan.record) presented = tampered(presented, field, plan.random);
  // Whatever is asked for, this approval is what comes.
  let asked = 0;
  const approvals = {
    gone: world.approvals.gone,
    latestOf: () => Promise.resolve(asked++ === 0 ? presented : world.approvals.latestOf(one.approval.permit)),
  };
  const { pass, actor } = world.worker({ ...at.options, approvals });
  const effects = new Map([[at.intent.step, { ...one.task.effects?.get(0), step: at.intent.step } as EffectOnRecord]]);
  let passage: Passage;
  try {
    passage = await pass({ ...at.task, effects }, at.intent, wire.with(at.given, 'told so'));
  } catch (error) {
    const forAnother = plan.fields.some((field) => field === 'run' || field === 'step');
    const isRefused = /does not go on from where it stands|has ended does not end again/.test(messageOf(error));
    return forAnother && isRefused ? 'no-such-effect' : `threw: ${messageOf(error)}`;
  } finally {
    await actor.stop();
  }
  if (passage.kind === 'permitted') return 'executed';
  const { rows } = await world.pool.query<{ state: string; why: string; fields: BoundField[] | null }>(
    `select state, content->>'why' as why,
       (select (body::jsonb->'body'->'fields') from reeve.entry
        where kind = 'approval.settled' and run = $2 and body::jsonb->'body'->>'approval' = a.id order by seq desc limit 1) as fields
     from reeve.approval a where id = $1`,
    [one.approval.id, one.task.run.id],
  );
  const [row] = rows;
  if (row === undefined) return 'the approval is gone';
  if (row.state !== 'void') return `the approval is ${row.state}: ${row.why}`;
  const expected = plan.fields.filter((field) => !OF_THE_RECORD.includes(field));
  if (expected.length > 0) {
    const named = [...(row.fields ?? [])].sort().join(', ');
    return named === expected.toSorted().join(', ') ? null : `it names ${named === '' ? 'nothing' : named}: ${row.why}`;
  }
  // Changed on record only: what differs from what follows from the act is named, the rest no vote was cast on.
  const isRight = (row.fields ?? []).length > 0 || /votes do not make it approved/.test(row.why);
  return isRight ? null : `it says: ${row.why}`;
}

/** The same policies and one that never applies: another law. */
function anotherLaw(law: Law): Law {
  const texts = [...law.policies.values()].map(({ text }) => text);
  const more = '@id("never") @why("never") forbid (principal, action, resource) when { context.amountMinor == -7 };';
  return parseLaw([...texts, more].join('\n'), law.schemaText, 'candidate', JSON.stringify(law.rules));
}

/** Every approval is brought to the gate by every worker, each with permits of its own and one of four writers. */
async function race(world: ApprovalWorld, random: Random, races: number, log: (line: string) => void) {
  const honest = world.worker();
  const writers = [world.writer, await world.anotherWriter(), await world.anotherWriter(), await world.anotherWriter()];
  const cases: Case[] = [];
  for (let n = 0; n < races; n += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, races - n) }, (_, i) =>
      approved(world, honest, `race-${n + i}`),
    );
    cases.push(...(await Promise.all(some)));
  }
  log(`${races} approvals, raced by ${AT_ONCE} workers`);
  let permits = 0;
  let attempts = 0;
  const wrong: string[] = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, i) => {
      const worker = world.worker({ writer: writers[i % writers.length] as ApprovalWorld['writer'] });
      // Neighbours begin at the same places, so that they meet.
      const from = random.below(4) * Math.floor(races / 4);
      for (let k = 0; k < races; k++) {
        const { task, intent, given } = cases[(from + k) % races] as Case;
        attempts += 1;
        try {
          const passage = await worker.pass(task, intent, wire.with(given, 'told so'));
          if (passage.kind !== 'permitted') {
            wrong.push('it was neither used nor lost');
            continue;
          }
          permits += 1;
          const outcome = await worker.actor.perform(passage.permit, wire);
          if (outcome.kind !== 'done') wrong.push(`performed, and ${outcome.kind}`);
        } catch (error) {
          if (!/does not go on from where it stands/.test(messageOf(error))) wrong.push(messageOf(error));
        }
      }
    }),
  );
  return { permits, attempts, wrong };
}

/** The control: whoever could forge votes as well would get through, and this proof would see it. */
async function forgeWhole(world: ApprovalWorld): Promise<number> {
  const worker = world.worker();
  const one = await approved(world, worker, 'control');
  const at = withGiven({ ...one, options: {} }, { memo: 'forged' });
  const again = bindAgain(one.approval, { ...one.approval.bound, argumentsText: at.intent.argumentsText });
  const votes = one.approval.votes.map((vote) => ({ ...vote, bound: boundDigest(again) }));
  const forged: Approval = { ...one.approval, bound: again, votes };
  const { pass, actor } = world.worker({ approvals: { ...world.approvals, latestOf: () => Promise.resolve(forged) } });
  const passage = await pass({ ...one.task }, at.intent, wire.with(at.given, 'told so'));
  if (passage.kind !== 'permitted') return 0;
  const outcome = await actor.perform(passage.permit, wire);
  return outcome.kind === 'done' ? 1 : 0;
}

/** What the simulated bank's own journal says: how many transfers, and the most under one key. */
async function wiresMade(world: ApprovalWorld): Promise<{ size: number; most: number }> {
  const byKey = new Map<string, number>();
  for await (const { collection, key } of journals(world.journals)) {
    if (collection === 'wires') byKey.set(key ?? '', (byKey.get(key ?? '') ?? 0) + 1);
  }
  return { size: [...byKey.values()].reduce((sum, count) => sum + count, 0), most: Math.max(0, ...byKey.values()) };
}

function eventOf(n: string): Event {
  const id = derivedId('event', 'binding', n);
  return {
    id,
    tenant: clerk.tenant,
    type: 'case.given',
    source: 'tests',
    sourceId: n,
    subject: `case-${n}`,
    time: '2026-06-10T10:00:00Z',
    data: { case: `case-${n}` },
    dataDigest: digest({ case: `case-${n}` }),
    label: DELIBERATION.known.label,
    dedupeKey: `tests|${n}`,
    seq: 1,
    principal: null,
    root: id,
    depth: 0,
    trail: NO_TRAIL,
  };
}
