import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { cpuOf } from '../../bench/process-cpu.ts';
import { contextOf, entitiesOf, requestOf } from '../../src/govern/apply-law.ts';
import { createJudge, loadLaw } from '../../src/govern/index.ts';
import { slotOf } from '../../src/govern/law.ts';
import { ORDINARY } from '../../src/govern/ordinary-case.ts';
import { caseOf } from '../../src/govern/case.ts';
import type { Case } from '../../src/govern/case.ts';
import { questionOf } from '../../src/fabric/gate.ts';
import { intend } from '../../src/fabric/intend.ts';
import type { Deliberation, Task } from '../../src/fabric/index.ts';
import { createLiveWorld } from '../../src/fabric/live-world.ts';
import type { Change } from '../../src/ledger/index.ts';
import { derivedId, digest, NO_TRAIL, type Intent } from '../../src/vocabulary/index.ts';
import { begin, taskOf } from './fail-closed-judging.ts';
import { openGateWorld, type GateWorld } from './gate-world.ts';
import type { Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** Milliseconds of CPU, of this process and the database, that judging and gating may add to an act. */
const MOST_ADDED_MS = 0.5;
const AT_ONCE = 100;

export const proof: Proof = {
  name: 'judging-cost',
  shows:
    'judging and gating by the shipped policies add at most 0.5 ms of CPU to an act beyond putting it on record; how many decisions a second that is stands beside Cedar alone',
  async run({ size, seed, log }) {
    const [acts, rounds, asks] = size === 'full' ? [2_000, 7, 4_000] : [400, 3, 400];
    const random = randomFrom(seed);
    const dir = await mkdtemp(join(tmpdir(), 'reeve-judging-cost-'));
    let gate: GateWorld | null = null;
    try {
      gate = await openGateWorld(dir);
      if (cpuOf(gate.databasePid, true) === 0) throw new Error('the CPU of the database cannot be read');
      const template = await aChange(gate, random);
      const ways = {
        // What an act costs that is put on record as the gate does it, with nobody asked whether it may.
        ungoverned: recordOnly(gate, template),
        remembered: passing(gate, gate.world),
        // As if each case were new as a whole: every policy is asked, and remembers what it was asked.
        unseen: passing(gate, createLiveWorld({ ...gate.options, judge: createJudge({ most: 0 }) })),
      };
      const cost: Record<keyof typeof ways, number[]> = { ungoverned: [], remembered: [], unseen: [] };
      for (let round = -1; round < rounds; round++) {
        for (const name of Object.keys(ways) as (keyof typeof ways)[]) {
          const ms = await cpuPerAct(gate, ways[name], acts, random);
          // The first round warms up, and does not count.
          if (round >= 0) cost[name].push(ms);
        }
        log(
          `round ${round + 1}: ${Object.entries(cost)
            .map(([name, all]) => `${name} ${(all.at(-1) ?? 0).toFixed(3)} ms`)
            .join(', ')}`,
        );
      }
      const rates = decisionRates(gate, asks, random);
      const added = median(cost.remembered) - median(cost.ungoverned);
      const figures = {
        added_ms: round3(added),
        added_unseen_ms: round3(median(cost.unseen) - median(cost.ungoverned)),
        ungoverned_cpu_ms: round3(median(cost.ungoverned)),
        governed_cpu_ms: round3(median(cost.remembered)),
        governed_unseen_cpu_ms: round3(median(cost.unseen)),
        ...rates,
      };
      const unseen = median(cost.unseen) - median(cost.ungoverned);
      return {
        pass: added <= MOST_ADDED_MS && unseen <= MOST_ADDED_MS && rates.remembered_per_s > rates.cedar_alone_per_s,
        figures,
      };
    } finally {
      await gate?.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  },
};

/** One act, from the proposal to where it may be sent. */
type Way = (task: Task, intent: Intent) => Promise<void>;

function passing(gate: GateWorld, world: GateWorld['world']): Way {
  return async (task, intent) => {
    const [proposal] = proposalsOf(task);
    const passage = await world.pass(task, intent, proposal!, DELIBERATION);
    if (passage.kind !== 'permitted') throw new Error(`an honest act was not permitted: ${JSON.stringify(passage)}`);
    gate.options.permits.spend(passage.permit);
    gate.options.underWay.delete(passage.permit.id);
  };
}

/** The same entry and the same row, without verdict, case and law, whatever the act. */
function recordOnly({ writer }: GateWorld, template: Change): Way {
  const [entry] = template.entries;
  const [row] = template.effects ?? [];
  if (entry === undefined || row === undefined) throw new Error('the gate puts no intent on record');
  const { verdict: _, case: _case, law: _law, ...body } = entry.body as Record<string, never>;
  return async (task, intent) => {
    const permit = derivedId('permit', task.run.id, 0);
    await writer.append({
      entries: [
        {
          ...entry,
          run: task.run.id,
          body: {
            ...body,
            permit,
            event: task.event.id,
            arguments: intent.arguments,
            argumentsDigest: intent.argumentsDigest,
          },
        },
      ],
      effects: [
        { ...row, permit, run: task.run.id, arguments: intent.argumentsText, arguments_digest: intent.argumentsDigest },
      ],
    });
  };
}

/** What the gate puts on record for one act. */
async function aChange(gate: GateWorld, random: Random): Promise<Change> {
  const changes: Change[] = [];
  const writer = {
    ...gate.options.writer,
    append: (change: Change) => (changes.push(change), gate.writer.append(change)),
  };
  const task = taskOf(random);
  await begin(gate, [task]);
  await passing(gate, createLiveWorld({ ...gate.options, writer }))(task, intentOf(task));
  return changes[0]!;
}

async function cpuPerAct(gate: GateWorld, way: Way, acts: number, random: Random): Promise<number> {
  const tasks = Array.from({ length: acts }, () => taskOf(random));
  await begin(gate, tasks);
  const before = cpu(gate);
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) await way(task, intentOf(task));
    }),
  );
  return (cpu(gate) - before) / acts;
}

function cpu({ databasePid }: GateWorld): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + cpuOf(databasePid, true);
}

/** Verdicts a second: remembered, each asked of Cedar anew, and Cedar by itself with the request made beforehand. */
function decisionRates({ options }: GateWorld, asks: number, random: Random) {
  const law = loadLaw(undefined, 'candidate');
  const questions = Array.from({ length: asks }, () => {
    const task = taskOf(random);
    return questionOf(options, task, intentOf(task), options.standing());
  });
  const judge = createJudge();
  for (const question of questions) judge(question, law);
  const unseen = createJudge({ most: 0 });
  for (const question of questions.slice(0, 10)) unseen(question, law);
  const slot = slotOf(law);
  const alone = (about: Case) => {
    const answer = statefulIsAuthorized({
      ...requestOf(about),
      context: contextOf(about, []),
      preparsedPolicySetId: slot,
      preparsedSchemaName: slot,
      validateRequest: true,
      entities: entitiesOf(about),
    });
    if (answer.type !== 'success') throw new Error('Cedar does not take the request');
  };
  alone(ORDINARY);
  const cases = questions.map(caseOf);
  const rate = (ask: (n: number) => unknown, count: number) => {
    const began = process.cpuUsage();
    for (let n = 0; n < count; n++) ask(n);
    const { user, system } = process.cpuUsage(began);
    return Math.round(count / ((user + system) / 1e6));
  };
  return {
    remembered_per_s: rate((n) => judge(questions[n % asks]!, law), asks * 10),
    unseen_per_s: rate((n) => unseen(questions[n]!, law), asks),
    cedar_alone_per_s: rate((n) => alone(cases[n]!), asks),
  };
}

const DELIBERATION: Deliberation = {
  known: {
    facts: {},
    label: { integrity: 'trusted', confidentiality: 'internal', origins: ['judging-cost'] },
    evidence: [],
  },
  thought: { decided: { output: {}, row: 'nothing', digest: digest({}) }, proposals: [] },
};

function proposalsOf({ agent, event }: Task) {
  return agent.propose({ event, facts: {}, decided: {} });
}

function intentOf(task: Task): Intent {
  const [proposal] = proposalsOf(task);
  return intend(task, 0, proposal!, DELIBERATION, NO_TRAIL);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round3(value: number): number {
  return Number(value.toFixed(3));
}
