import { propose } from '../reason/index.ts';
import { recall } from '../remember/index.ts';
import {
  alongTrail,
  failpoint,
  GiveUp,
  type Label,
  type Outcome,
  type Proposal,
  type Tool,
  type Trail,
} from '../vocabulary/index.ts';
import { intend } from './intend.ts';
import type { Act, Deliberation, EffectOnRecord, RunEnd, Task, World } from './world.ts';

/**
 * The path of one event through one agent (ARCHITECTURE.md, steps 3 to 9), top to bottom. Everything that touches the
 * world is behind {@link World}: production writes ahead and calls, rehearsal only notes. Nothing here knows which.
 *
 * Called again after a crash, with the effects that are already on record in `task.effects`: what is done is not done again,
 * and what is in doubt is settled by the tool's effect class before anything else happens.
 *
 * Throws what an agent's own code throws; GiveUp `unknown-agent` when another version of the agent began it.
 */
export async function work(begun: Task, world: World): Promise<RunEnd> {
  const { task, end: settledEnd } = await settleDoubts(begun, world);
  if (settledEnd !== null) return settledEnd;
  failpoint('run.before-recall');
  const known = await recall(task.agent, task.event, world.past);
  const thought = await propose(task.agent, await world.templateOf(task.agent), task.event, known.facts);
  const deliberation = { known, thought };

  const last = thought.proposals.length - 1;
  let { trail } = task.event;
  for (const [step, proposal] of thought.proposals.entries()) {
    const act = await carryOut(task, step, proposal, { ...deliberation, trail }, world);
    if (act.kind === 'ended') return act.end;
    trail = alongTrail(trail, proposal.tool.name, broughtBy(proposal.tool));
    if (act.kind === 'skipped') continue;
    const end = endAfter(act.outcome, step === last);
    await world.record(task, act, end);
    if (end !== null) return end;
  }
  return world.conclude(task, { state: 'done', why: last < 0 ? 'nothing to do' : 'done' }, deliberation);
}

/**
 * What earlier attempts left in doubt, found out before the agent's code is asked again: that may fail, or come to something
 * else than it did then.
 *
 * INVARIANT (every-intent-ends): whatever becomes of the agent, an intent on record gets its outcome.
 */
async function settleDoubts(begun: Task, world: World): Promise<{ readonly task: Task; readonly end: RunEnd | null }> {
  if (begun.effects === undefined || begun.effects.size === 0) return { task: begun, end: null };
  const effects = new Map<number, EffectOnRecord>(begun.effects);
  const task = { ...begun, effects };
  for (const [step, effect] of begun.effects) {
    if (effect.state !== 'intent' && effect.state !== 'unknown') continue;
    const outcome = await world.settle(effect, task);
    const end = endAfter(outcome, false);
    // Still unknown, and on record as that: nothing new to say.
    if (outcome.kind !== 'unknown' || effect.state !== 'unknown')
      await world.record(task, { kind: 'performed', permit: effect.permit, outcome, settled: true }, end);
    if (end !== null) return { task, end };
    effects.set(step, { ...effect, state: 'done' });
  }
  const { name, version } = task.agent;
  // Steps of two versions do not continue each other: what one calls its second may be what the other calls its first.
  if ([...effects.values()].some(({ agentVersion, state }) => state !== 'waiting' && agentVersion !== version)) {
    throw new GiveUp(
      'unknown-agent',
      `it was begun by an earlier version of agent \`${name}\`, which is not here any more`,
    );
  }
  return { task, end: null };
}

/** One step: judged and permitted, then done; or, when an earlier attempt got that far, what came of it. */
async function carryOut(
  task: Task,
  step: number,
  proposal: Proposal,
  { trail, ...deliberation }: Deliberation & { readonly trail: Trail },
  world: World,
): Promise<Act> {
  const before = task.effects?.get(step);
  switch (before?.state) {
    case 'done':
    case 'compensated':
    case 'compensation-failed':
      return { kind: 'skipped' };
    case 'failed':
    case 'refused':
      return { kind: 'ended', end: await world.conclude(task, { state: before.state, why: before.why }, deliberation) };
    case 'intent':
    case 'unknown':
    // Nothing is left in doubt by now; what waits for people is weighed at the gate.
    case 'waiting':
    case undefined:
      break;
  }
  failpoint('run.before-judge');
  const passage = await world.pass(task, intend(task, step, proposal, deliberation, trail), proposal, deliberation);
  if (passage.kind === 'noted') return { kind: 'skipped' };
  if (passage.kind === 'stopped') return { kind: 'ended', end: passage.end };
  const outcome = await world.perform(passage.permit, proposal.tool);
  return { kind: 'performed', permit: passage.permit.id, outcome, settled: false };
}

/** The label of what a tool answers: what comes from outside the enterprise is not to be trusted. */
function broughtBy({ name, reads, external }: Tool): Label {
  return { integrity: external ? 'untrusted' : 'trusted', confidentiality: reads, origins: [name] };
}

/** Where an outcome leaves the run: null while there are steps to go. */
function endAfter(outcome: Outcome, isLast: boolean): RunEnd | null {
  switch (outcome.kind) {
    case 'done':
      return isLast ? { state: 'done', why: 'done' } : null;
    case 'failed':
      return { state: 'failed', why: `${outcome.code}: ${outcome.message}` };
    case 'unknown':
      return { state: 'waiting', why: `outcome unknown, to be settled by a person: ${outcome.message}` };
  }
}
