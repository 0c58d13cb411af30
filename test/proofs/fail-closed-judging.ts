/**
 * Faults in judging, injected while honest work goes through the same gate: whatever breaks, nothing is permitted and nothing
 * reaches a simulator.
 *
 * A judge that never returns is not among them: it runs to its end within the process, and the language of policies has no loop
 * and no recursion. What bounds it is the size of the set and the request; how long a set of a thousand policies takes is measured.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { applyLaw } from '../../src/govern/apply-law.ts';
import { judge } from '../../src/govern/judge.ts';
import { parseLaw, type Law, type LawSlot } from '../../src/govern/law.ts';
import { readPolicySet, type Judge, type PolicySources } from '../../src/govern/index.ts';
import { NO_RULES } from '../../src/govern/approval/rules.ts';
import { ORDINARY } from '../../src/govern/ordinary-case.ts';
import { work, type Task } from '../../src/fabric/index.ts';
import { createLiveWorld, type LiveWorldOptions } from '../../src/fabric/live-world.ts';
import { createLawBook, type Laws } from '../../src/fabric/policies/law-book.ts';
import { sign, type PolicySet } from '../../src/fabric/policies/policy-set.ts';
import { openPolicyKey, type NoteSigner } from '../../src/ledger/index.ts';
import {
  derivedId,
  digest,
  isFault,
  messageOf,
  NO_LABEL,
  NO_TRAIL,
  type Digest,
  type Document,
  type Event,
  type PersonId,
  type TenantId,
} from '../../src/vocabulary/index.ts';
import { journals } from '../faults/audit.ts';
import { note, openGateWorld, pay, payer, type GateWorld } from './gate-world.ts';
import type { Figure, Size } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** What is different from the gate as it should be. */
type Fault = Partial<LiveWorldOptions>;

const ROUND = 120;
/** Part of the work that is honest, and meets no fault. */
const HONEST_RATE = 0.25;
/** Longest that one judgement by a thousand policies may take. */
const MOST_PATHOLOGICAL_MS = 1_000;

export async function judgingFaults(options: {
  readonly size: Size;
  readonly seed: number;
  log(line: string): void;
}): Promise<{ readonly pass: boolean; readonly figures: Readonly<Record<string, Figure>> }> {
  const { size, seed, log } = options;
  const most = size === 'full' ? 10_000 : 600;
  const random = randomFrom(seed);
  const dir = await mkdtemp(join(tmpdir(), 'reeve-fail-closed-'));
  let gate: GateWorld | null = null;
  try {
    gate = await openGateWorld(dir);
    const faults = await faultsFor(gate.options, dir);
    const worlds = new Map(
      Object.entries(faults).map(([name, fault]) => [name, createLiveWorld({ ...gate!.options, ...fault })]),
    );
    const tally: Tally = { faulty: 0, honest: 0, honestDone: 0, ends: new Map(), wrong: [], hit: new Set() };
    while (tally.faulty < most) {
      const tries = Array.from({ length: ROUND }, () => ({
        fault: random.hit(HONEST_RATE) ? null : random.pick([...worlds.keys()]),
        task: taskOf(random),
      }));
      await begin(
        gate,
        tries.map(({ task }) => task),
      );
      await Promise.all(
        tries.map(async ({ fault, task }) => {
          const world = fault === null ? gate!.world : worlds.get(fault)!;
          mark(tally, fault, task, await endOf(task, world));
        }),
      );
    }
    const breached = await breaches(gate, tally.hit);
    const caught = await plantedFailOpen(gate, faults['cedar throws']!, random);
    const pathological = pathologicalMs();
    log(`${tally.faulty} with one of ${worlds.size} faults, ${tally.honestDone} honest done, ${breached} breaches`);
    const said = (kind: string) =>
      [...tally.ends].filter(([end]) => end.startsWith(kind)).reduce((sum, [, n]) => sum + n, 0);
    const figures = {
      faults: worlds.size,
      faulty: tally.faulty,
      refused: said('refused'),
      broken_off: said('broken off'),
      performed: breached,
      ended_otherwise: tally.wrong.length,
      first_otherwise: tally.wrong.slice(0, 3).join(' | '),
      honest: tally.honest,
      honest_done: tally.honestDone,
      planted_fail_open_caught: caught,
      judged_by_1000_policies_ms: Number(pathological.ms.toFixed(1)),
      too_deep_to_parse_refused: pathological.deepRefused,
    };
    const pass =
      figures.performed === 0 &&
      figures.ended_otherwise === 0 &&
      figures.refused + figures.broken_off === figures.faulty &&
      figures.honest > 0 &&
      figures.honest_done === figures.honest &&
      figures.planted_fail_open_caught &&
      figures.judged_by_1000_policies_ms < MOST_PATHOLOGICAL_MS &&
      figures.too_deep_to_parse_refused;
    return { pass, figures };
  } finally {
    await gate?.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

interface Tally {
  faulty: number;
  honest: number;
  honestDone: number;
  readonly ends: Map<string, number>;
  /** Ended neither refused nor broken off. */
  readonly wrong: string[];
  /** Permits of work that met a fault. */
  readonly hit: Set<string>;
}

function mark(tally: Tally, fault: string | null, task: Task, end: string): void {
  if (fault === null) {
    tally.honest += 1;
    if (end === 'done') tally.honestDone += 1;
    else tally.wrong.push(`honest work: ${end}`);
    return;
  }
  tally.faulty += 1;
  tally.hit.add(derivedId('permit', task.run.id, 0));
  tally.ends.set(end, (tally.ends.get(end) ?? 0) + 1);
  if (!end.startsWith('refused') && !end.startsWith('broken off')) tally.wrong.push(`${fault}: ${end}`);
}

/** `done`, `refused: why`, or `broken off: why` when it could not even be put on record; then it is tried again, or set aside. */
async function endOf(task: Task, world: ReturnType<typeof createLiveWorld>): Promise<string> {
  try {
    const { state, why } = await work(task, world);
    return state === 'done' ? 'done' : `${state}: ${why}`;
  } catch (error) {
    return `broken off: ${isFault(error) ? error.code : messageOf(error)}`;
  }
}

/** What was permitted or reached a simulator of all that met a fault. */
async function breaches({ pool, journals: folder }: GateWorld, hit: ReadonlySet<string>): Promise<number> {
  const { rows } = await pool.query<{ permit: string }>(
    `select permit from reeve.effect where permit = any($1) and state <> 'refused'`,
    [[...hit]],
  );
  let lines = 0;
  for await (const { key } of journals(folder)) if (hit.has(key ?? '')) lines += 1;
  return rows.length + lines;
}

/** A judge that lets pass what it could not judge: the comparison must find what it let through. */
async function plantedFailOpen(gate: GateWorld, fault: Fault, random: Random): Promise<boolean> {
  const failing = fault.judge ?? gate.options.judge;
  const open: Judge = (question, law) => {
    const { verdict, about } = failing(question, law);
    const failed = verdict.kind === 'refused' && verdict.code === 'judging-failed';
    return { verdict: failed ? { kind: 'permitted', policies: [] } : verdict, about };
  };
  const world = createLiveWorld({ ...gate.options, judge: open });
  const tasks = Array.from({ length: 10 }, () => taskOf(random));
  await begin(gate, tasks);
  for (const task of tasks) await endOf(task, world);
  const hit = new Set<string>(tasks.map(({ run }) => derivedId('permit', run.id, 0)));
  // Once as an effect, once in a journal.
  return (await breaches(gate, hit)) === 2 * tasks.length;
}

async function faultsFor(options: LiveWorldOptions, dir: string): Promise<Readonly<Record<string, Fault>>> {
  const sources = readPolicySet();
  const { lawOf } = options.standing();
  const shipped = lawOf('home' as TenantId);
  let slots = 0;
  const slot = (): LawSlot => `tenant fault-${(slots += 1)}`;
  const under = (law: Law): Fault => ({ standing: () => ({ ...options.standing(), law, lawOf: () => law }) });
  const with_ = (more: string): Law => parseLaw(`${sources.policies}\n${more}`, sources.schema, slot(), sources.rules);
  const forbid = (condition: string) =>
    `@id("broken")\n@why("broken")\nforbid (principal, action, resource) when { ${condition} };`;
  const asks = with_(
    '@id("asks")\n@approver("x")\n@rule("four-eyes")\nforbid (principal, action, resource) unless { context.approvals.contains("asks") };',
  );
  const applying = (apply: Parameters<typeof judge>[2]): Fault => ({
    judge: (question, law) => ({ verdict: judge(question, law, apply), about: null }),
  });
  const answering = (answer: unknown): Fault => applying((about, law) => applyLaw(about, law, () => answer as never));
  const registry = (changed: Partial<LiveWorldOptions['registry']>): Fault => ({
    registry: { ...options.registry, ...changed },
  });
  const withDocuments = (kind: 'autonomy' | 'budget', content: unknown): Fault => {
    const document = {
      kind,
      id: 'broken',
      rev: 1,
      tenant: 'home',
      state: 'in-force',
      dueAt: null,
      content,
    } as Document;
    return { standing: () => ({ ...options.standing(), documents: new Map([[kind, [document]]]) }) };
  };
  const throwing = (): never => {
    throw new Error('RuntimeError: unreachable');
  };
  return {
    'cedar throws': applying(throwing),
    'cedar says nothing': answering(undefined),
    'cedar says something else': answering({ type: 'success' }),
    'cedar could not take it': answering({ type: 'failure', errors: [{ message: 'no' }], warnings: [] }),
    'an allow with errors': answering({
      type: 'success',
      response: {
        decision: 'allow',
        diagnostics: { reason: ['x'], errors: [{ policyId: 'x', error: { message: 'no' } }] },
      },
      warnings: [],
    }),
    'the judge throws': { judge: throwing },
    'a missing entity': under(with_(forbid('Reeve::Agent::"nobody".status == "active"'))),
    'a policy overflows': under(with_(forbid('9223372036854775807 + 1 + context.hour > 0'))),
    'no policies': under({ ...shipped, policies: new Map(), digest: digest('no policies'), slot: slot() }),
    'nothing permits': under(
      parseLaw(sources.policies.slice(sources.policies.indexOf('@id("stopped')), sources.schema, slot(), sources.rules),
    ),
    'the schema lacks an attribute': under(lacking(sources, slot())),
    'the schema asks for more': under(
      parseLaw(
        sources.policies,
        sources.schema.replace('depth: Long,', 'depth: Long, moon: Long,'),
        slot(),
        sources.rules,
      ),
    ),
    'the schema is no schema': under({ ...shipped, schemaText: 'entity', digest: digest('no schema'), slot: slot() }),
    'approval rules are missing': under({ ...asks, rules: NO_RULES }),
    ...(await signatures(sources, dir, under)),
    'the tool is not registered': registry({ tool: () => null }),
    'the agent is not registered': registry({ agent: () => null }),
    'the capability is not registered': registry({ capability: () => null }),
    'the registry throws': registry({ tool: throwing }),
    'a limit that cannot be written': registry({
      capability: (agent, tool) => {
        const known = options.registry.capability(agent, tool);
        return known === null ? null : { ...known, upTo: { minor: 5n as unknown as number, currency: 'EUR' } };
      },
    }),
    'what is in force cannot be read': { standing: throwing },
    'stops cannot be read': { standing: () => ({ ...options.standing(), fences: null as never }) },
    'levels cannot be read': withDocuments('autonomy', null),
    'budgets cannot be read': withDocuments('budget', null),
    'a budget says nothing': withDocuments('budget', { terms: {} }),
    'the clock says nothing': { clock: { now: () => Number.NaN } },
  };
}

function lacking({ policies, schema, rules }: PolicySources, slot: LawSlot): Law {
  const from = policies.indexOf('@id("too-deep")');
  const without = policies.slice(0, from) + policies.slice(policies.indexOf(';\n', from) + 2);
  return parseLaw(without, schema.replace(/^.*\bdepth: Long.*$/m, ''), slot, rules);
}

/** What stands on record is not what was signed: no law follows from it, and no older one goes on. */
async function signatures(sources: PolicySources, dir: string, under: (law: Law) => Fault) {
  const own = await openPolicyKey({ dir: join(dir, 'own'), signed: false });
  const other = await openPolicyKey({ dir: join(dir, 'other'), signed: false });
  const { digest: id } = parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
  const stated = { number: 1, digest: id, sources, author: null };
  const set = (signer: NoteSigner, changed: Partial<PolicySet> = {}, number = 1): PolicySet => ({
    sources,
    policies: [],
    author: null,
    reason: '',
    base: null,
    draftedAt: 0,
    backTest: null,
    logOnlySince: null,
    enforcement: { number, at: 0, by: [], reason: '', previous: null, note: sign(signer, stated) },
    ...changed,
  });
  const lawOf = async (
    content: PolicySet | null,
    more: { sets?: number; last?: { digest: Digest; number: number } } = {},
  ): Promise<Law> => {
    const document = {
      kind: 'policy-set',
      id,
      rev: 1,
      tenant: 'platform',
      state: 'enforced',
      dueAt: null,
      content,
    } as Document;
    const book = createLawBook({
      pool: { query: () => Promise.resolve({ rows: more.last === undefined ? [] : [more.last] }) } as unknown as Pool,
      documents: { find: <D>() => Promise.resolve(content === null ? null : (document as Document<D>)) },
      verifier: own,
      onTrouble: () => undefined,
    });
    const sets = Array.from({ length: more.sets ?? 1 }, () => ({ id, rev: 1, state: 'enforced' }));
    const laws: Laws = await book.inForce(sets, []);
    return laws.law;
  };
  const good = await lawOf(set(own));
  if (good.fault !== null) throw new Error(`a set that is signed is no law: ${good.fault}`);
  const weaker = {
    ...sources,
    policies: sources.policies.replace('context.amountMinor > 100000000', 'context.amountMinor > 900000000'),
  };
  return {
    'signed by another key': under(await lawOf(set(other))),
    'texts were altered': under(await lawOf(set(own, { sources: weaker }))),
    'its number was altered': under(await lawOf(set(own, {}, 2))),
    'its author was altered': under(await lawOf(set(own, { author: 'per_x' as PersonId }))),
    'it was never enforced': under(await lawOf(set(own, { enforcement: null }))),
    'it was rolled back': under(await lawOf(set(own), { last: { digest: id, number: 7 } })),
    'the set is not there': under(await lawOf(null)),
    'no set is in force': under(await lawOf(set(own), { sets: 0 })),
    'two sets are in force': under(await lawOf(set(own), { sets: 2 })),
  };
}

/** How long one judgement takes by a thousand policies, each of which looks at many things, and what becomes of one that is too deep. */
function pathologicalMs(): { readonly ms: number; readonly deepRefused: boolean } {
  const { policies, schema, rules } = readPolicySet();
  const many = Array.from({ length: 1_000 }, (_, n) => {
    const looks = Array.from({ length: 20 }, (_unused, m) => `context.ran.contains("t${n}-${m}")`).join(' || ');
    return `@id("many-${n}")\nforbid (principal, action, resource) when { ${looks} };`;
  });
  const law = parseLaw([policies, ...many].join('\n'), schema, 'candidate', rules);
  const began = performance.now();
  const verdict = applyLaw(ORDINARY, law);
  const ms = performance.now() - began;
  if (verdict.kind !== 'permitted') throw new Error('a thousand policies that do not meet refuse');
  let deepRefused = false;
  try {
    const deep = `${'!('.repeat(20_000)}true${')'.repeat(20_000)}`;
    parseLaw(`${policies}\nforbid (principal, action, resource) when { ${deep} };`, schema, 'candidate', rules);
  } catch {
    deepRefused = applyLaw(ORDINARY, law).kind === 'permitted';
  }
  return { ms, deepRefused };
}

let tasks = 0;

/** Something that the law permits, with an event and a run of its own. */
export function taskOf(random: Random): Task {
  const n = (tasks += 1);
  const subject = `case-${n}`;
  const data = { case: subject };
  const id = derivedId('event', n, 'fail-closed');
  const event: Event = {
    id,
    tenant: 'home' as TenantId,
    type: 'case.given',
    source: 'fail-closed',
    sourceId: String(n),
    subject,
    time: '2026-11-22T08:00:00Z',
    data,
    dataDigest: digest(data),
    label: { ...NO_LABEL, confidentiality: 'internal' },
    dedupeKey: `fail-closed|${n}`,
    principal: null,
    root: id,
    depth: 0,
    trail: NO_TRAIL,
    seq: n,
  };
  const proposal = random.hit(0.5)
    ? { tool: pay, arguments: { case: subject, minor: random.below(9_000), currency: 'EUR' }, why: 'honest' }
    : { tool: note, arguments: { text: `note ${n}` }, why: 'honest' };
  const { name, tenant, version } = payer;
  return {
    run: {
      id: derivedId('run', id, name),
      tenant,
      agent: name,
      agentVersion: version,
      event: id,
      seq: n,
      subject,
      attempts: 0,
    },
    agent: { ...payer, propose: () => [proposal] },
    event,
  };
}

/** Puts runs on record, so that they can act. */
export async function begin({ writer }: GateWorld, those: readonly Task[]): Promise<void> {
  await writer.append({
    entries: [],
    runs: those.map(({ run }) => ({
      entry: 0,
      id: run.id,
      tenant: run.tenant,
      agent: run.agent,
      agent_version: run.agentVersion,
      event: run.event,
      subject: run.subject,
    })),
  });
}
