import { propose } from '../reason/index.ts';
import { recall } from '../remember/index.ts';
import { failpoint, type Outcome, type Proposal } from '../vocabulary/index.ts';
import { intend } from './intend.ts';
import type { Act, Deliberation, RunEnd, Task, World } from './world.ts';

/**
 * The path of one event through one agent (ARCHITECTURE.md, steps 3 to 9), top to bottom. Everything that touches the
 * world is behind {@link World}: production writes ahead and calls, rehearsal only notes. Nothing here knows which.
 *
 * Called again after a crash, with the effects that are already on record in `task.effects`: what is done is not done again,
 * and what is in doubt is settled by the tool's effect class before anything else happens.
 */
export async function work(task: Task, world: World): Promise<RunEnd> {
  failpoint('run.before-recall');
  const known = await recall(task.agent, task.event, world.past);
  const thought = await propose(task.agent, await world.templateOf(task.agent), task.event, known.facts);
  const deliberation = { known, thought };

  const last = thought.proposals.length - 1;
  for (const [step, proposal] of thought.proposals.entries()) {
    const act = await carryOut(task, step, proposal, deliberation, world);
    if (act.kind === 'ended') return act.end;
    if (act.kind === 'skipped') continue;
    const end = endAfter(act.outcome, step === last);
    await world.record(task, act, end);
    if (end !== null) return end;
  }
  return world.conclude(task, { state: 'done', why: last < 0 ? 'nothing to do' : 'done' }, deliberation);
}

/** One step: judged and permitted, then done; or, when an earlier attempt got that far, found out how it ended. */
async function carryOut(
  task: Task,
  step: number,
  proposal: Proposal,
  deliberation: Deliberation,
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
    case 'waiting':
      return { kind: 'ended', end: { state: 'waiting', why: before.why } };
    case 'intent':
    case 'unknown': {
      const outcome = await world.settle(before, task);
      // Still unknown, and on record as that: nothing new to say.
      if (outcome.kind === 'unknown' && before.state === 'unknown')
        return { kind: 'ended', end: endAfter(outcome, true) };
      return { kind: 'performed', permit: before.permit, outcome, settled: true };
    }
    case undefined:
      break;
  }
  failpoint('run.before-judge');
  const passage = await world.pass(task, intend(task, step, proposal, deliberation), proposal, deliberation);
  if (passage.kind === 'noted') return { kind: 'skipped' };
  if (passage.kind === 'stopped') return { kind: 'ended', end: passage.end };
  const outcome = await world.perform(passage.permit, proposal.tool);
  return { kind: 'performed', permit: passage.permit.id, outcome, settled: false };
}

/** Where an outcome leaves the run: null while there are steps to go. */
function endAfter(outcome: Outcome, isLast: true): RunEnd;
function endAfter(outcome: Outcome, isLast: boolean): RunEnd | null;
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
