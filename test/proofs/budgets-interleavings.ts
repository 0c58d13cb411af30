/**
 * Random interleavings of calls that draw on the same budgets, for the proof `budgets`: a seeded scheduler says which calls come to the
 * gate together and in which order they end. Gate, writer, append function and database are the real ones; only the calls are not
 * made, their results are drawn: a true cost of 0.1 to 3 times the estimate, mostly under the declared maximum.
 */
import { intend } from '../../src/fabric/intend.ts';
import type { Deliberation, Task } from '../../src/fabric/index.ts';
import { digest, NO_LABEL, newId, type Json, type Outcome, type PermitId } from '../../src/vocabulary/index.ts';
import { spend, type BudgetWorld } from './budgets-world.ts';
import type { Random } from './random.ts';

/** Caps of the budgets that every call draws on. */
export const CAPS = { tree: 1_000, run: 500, effects: 9, money: 5_000 } as const;

export interface Tally {
  calls: number;
  permitted: number;
  refused: number;
  /** Calls that cost more than they had declared. */
  exceeded: number;
  /** Trees in which the tokens truly used, but for what calls used beyond their declared maximum, were more than the cap. */
  readonly overspent: string[];
  /** Calls that ended in another way than a call can. */
  readonly wrong: string[];
}

export const DELIBERATION = {
  known: { facts: {}, evidence: [], label: NO_LABEL },
  thought: { decided: { output: null, row: null, digest: digest('budgets') }, proposals: [] },
} as unknown as Deliberation;

interface Call {
  readonly task: Task;
  readonly most: number;
  readonly minor: number;
  /** What it will turn out to use. */
  readonly used: number;
  state: 'new' | 'under-way' | 'in-doubt' | 'over';
  permit: PermitId | null;
}

/** Sets the budgets: tokens of each tree and of each run, effects and money of each tree. */
export async function setBudgets(world: BudgetWorld): Promise<void> {
  const terms = { window: 'ever', atLimit: 'refuse' } as const;
  await world.set('tree-tokens', { ...terms, per: 'tree', measure: 'tokens', cap: CAPS.tree });
  await world.set('run-tokens', { ...terms, per: 'run', measure: 'tokens', cap: CAPS.run });
  await world.set('tree-effects', { ...terms, per: 'tree', measure: 'effects', cap: CAPS.effects });
  await world.set('tree-money', { ...terms, per: 'tree', measure: 'money:EUR', cap: CAPS.money });
}

/** One interleaving, in a run tree of its own. */
export async function interleave(world: BudgetWorld, random: Random, tally: Tally): Promise<void> {
  const root = newId('event');
  const tasks = await world.tasks(6 + random.below(9), root);
  const calls = tasks.map((task): Call => {
    const estimate = 10 + random.below(100);
    const most = estimate * (1 + random.below(3));
    const wanted = Math.round(estimate * (0.1 + (random.below(2_900) + 1) / 1_000));
    // One in twenty lies about its maximum.
    const used = random.hit(0.05) ? wanted : Math.min(wanted, most);
    return { task, most, minor: random.below(1_500), used, state: 'new', permit: null };
  });
  const charged = { tokens: 0 };
  while (calls.some(({ state }) => state !== 'over')) {
    const open = calls.filter(({ state }) => state !== 'over');
    const next = new Set(Array.from({ length: 1 + random.below(5) }, () => random.pick(open)));
    await Promise.all([...next].map((call) => advance(world, random, call, tally, charged)));
  }
  if (charged.tokens > CAPS.tree) tally.overspent.push(`${root}: ${charged.tokens} of ${CAPS.tree} tokens`);
}

/** Takes a call one step on: to the gate, or to its end, or into doubt. */
async function advance(
  world: BudgetWorld,
  random: Random,
  call: Call,
  tally: Tally,
  charged: { tokens: number },
): Promise<void> {
  switch (call.state) {
    case 'new': {
      call.state = 'over';
      tally.calls += 1;
      const passage = await ask(world, call.task, call);
      if (passage.kind === 'permitted') {
        tally.permitted += 1;
        call.permit = passage.permit.id;
        call.state = 'under-way';
      } else if (passage.kind === 'stopped' && passage.end.why.startsWith('over-budget')) tally.refused += 1;
      else tally.wrong.push(JSON.stringify(passage));
      return;
    }
    case 'under-way':
      if (random.hit(0.1)) return record(world, call, { kind: 'unknown', message: 'no answer' }, false);
      return end(world, random, call, tally, charged);
    case 'in-doubt':
      return end(world, random, call, tally, charged);
    case 'over':
      return;
  }
}

async function end(
  world: BudgetWorld,
  random: Random,
  call: Call,
  tally: Tally,
  charged: { tokens: number },
): Promise<void> {
  const settled = call.state === 'in-doubt';
  const fate = random.below(100);
  if (fate < 10) return record(world, call, { kind: 'failed', code: 'rejected', message: 'no' }, settled);
  charged.tokens += Math.min(call.used, call.most);
  if (fate < 13) return record(world, call, { kind: 'failed', code: 'bad-result', message: 'garbage' }, settled);
  if (call.used > call.most) tally.exceeded += 1;
  const result: Json = { used: call.used };
  return record(world, call, { kind: 'done', result, resultDigest: digest(result) }, settled);
}

async function record({ world, again }: BudgetWorld, call: Call, outcome: Outcome, settled: boolean): Promise<void> {
  const permit = call.permit!;
  call.state = outcome.kind === 'unknown' ? 'in-doubt' : 'over';
  const task = settled ? await again(call.task) : call.task;
  await world.record(task, { kind: 'performed', permit, outcome, settled }, null);
}

/** Presents a call at the gate. */
export function ask(
  { world }: BudgetWorld,
  task: Task,
  { most, minor }: { readonly most: number; readonly minor: number },
) {
  const proposal = spend.with({ most, minor }, 'it is asked for');
  return world.pass(task, intend(task, 0, proposal, DELIBERATION, task.event.trail), proposal, DELIBERATION);
}
