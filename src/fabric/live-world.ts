import type { Pool } from 'pg';
import type { Actor } from '../act/index.ts';
import type { Permits } from '../govern/index.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import type { Past } from '../remember/index.ts';
import {
  alongTrail,
  failpoint,
  NO_LABEL,
  type AgentId,
  type EntryDraft,
  type Event,
  type Json,
  type Label,
  type Outcome,
  type PermitId,
  type PersonId,
  type TenantId,
  type ToolId,
  type Trail,
} from '../vocabulary/index.ts';
import type { Registry } from '../fleet/index.ts';
import { createSettlement, type Bill } from './budgets/settlement.ts';
import { createGate, type GateOptions } from './gate.ts';
import { oneLine } from './one-line.ts';
import { stoppedFor } from './standing.ts';
import type { Templates } from './templates.ts';
import type { Act, Deliberation, EffectOnRecord, RunEnd, Task, World } from './world.ts';

export interface LiveWorldOptions extends GateOptions {
  readonly past: Past;
  readonly templates: Templates;
  readonly actor: Actor;
  readonly permits: Permits;
  readonly writer: LedgerWriter;
  readonly registry: Registry;
  readonly pool: Pool;
  /** Whose acts are under way, for tools that publish events. */
  readonly underWay: Map<PermitId, Sender>;
}

/** Who is acting under a permit, and the label of what is sent. */
export interface Sender {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly label: Label;
  readonly principal: PersonId | null;
  /** What an event that it publishes comes from. */
  readonly because: Pick<Event, 'root' | 'depth' | 'trail'>;
}

type Performed = Extract<Act, { kind: 'performed' }>;

/** Results longer than this are in entries by digest only. */
const INLINE_RESULT = 2_000;

/** The world in production: written ahead, called, recorded. */
export function createLiveWorld(options: LiveWorldOptions): World {
  const { actor, writer, underWay, registry } = options;
  const gate = createGate(options);
  const billOf = createSettlement(options);

  return {
    past: options.past,
    templateOf: (agent) => options.templates.of(agent),
    async pass(task, intent, proposal) {
      const passage = await gate(task, intent, proposal);
      if (passage.kind === 'permitted') {
        underWay.set(passage.permit.id, { ...intent, ...sentBecauseOf(task.event, intent.tool, intent.trail) });
      }
      return passage;
    },
    // The tool that was judged, not whatever object the agent's code came with.
    async perform(permit, tool) {
      try {
        return await actor.perform(permit, registry.tool(permit.tool, permit.tenant)?.tool ?? tool);
      } finally {
        underWay.delete(permit.id);
      }
    },
    async settle(effect, task) {
      failpoint('recover.before-settle');
      const outcome = await settle(effect, task);
      failpoint('recover.after-settle');
      return outcome;
    },
    async record(task, act, end) {
      const bill = await billFor(task, act);
      failpoint('outcome.before-commit');
      await writer.append({
        entries: [
          outcomeEntry(task, act, bill),
          ...(bill?.overdrawn ?? []),
          ...(end === null ? [] : [endEntry(task, end)]),
        ],
        outcomes: [
          {
            permit: act.permit,
            state: act.outcome.kind,
            why: whyOf(act.outcome),
            ...(bill !== null && { spent: bill.spent }),
          },
        ],
        ...(end !== null && { ends: [{ id: task.run.id, state: end.state, why: oneLine(end.why) }] }),
      });
      bill?.settled();
      failpoint('outcome.after-commit');
    },
    async conclude(task, end, deliberation) {
      const entry = endEntry(task, end, deliberation);
      await writer.append({ entries: [entry], ends: [{ id: task.run.id, state: end.state, why: oneLine(end.why) }] });
      return end;
    },
  };

  /** What the act comes to in budgets; null when it took nothing of any, or nobody knows yet. */
  function billFor(task: Task, { permit, outcome, settled }: Performed): Bill | null | Promise<Bill | null> {
    if (outcome.kind === 'unknown') {
      options.reservations.take(permit);
      return null;
    }
    const { run } = task;
    const who = { tenant: run.tenant, run: run.id, agent: run.agent };
    return billOf({
      permit,
      outcome,
      settled,
      who,
      called: () => {
        const effect = [...(task.effects?.values() ?? [])].find((one) => one.permit === permit);
        if (effect === undefined) return null;
        const tool = registry.tool(effect.tool, run.tenant)?.tool ?? null;
        return tool === null ? null : { tool, argumentsText: effect.argumentsText };
      },
    });
  }

  /** With a permit issued anew under the same id, so that the tool sees the same key. */
  async function settle(effect: EffectOnRecord, { run, event }: Task): Promise<Outcome> {
    const tool = registry.tool(effect.tool, run.tenant)?.tool;
    if (tool === undefined || tool.digest !== effect.toolDigest) {
      return { kind: 'unknown', message: `tool \`${effect.tool}\` is no longer the one that was called` };
    }
    const { agentVersion } = effect;
    const place = { tenant: run.tenant, agent: run.agent, agentVersion, root: event.root, tool: effect.tool };
    if (tool.effect !== 'E2' && stoppedFor(options.standing(), { ...place, effect: tool.effect }).length > 0) {
      return { kind: 'unknown', message: 'stopped: it is called again when the stop is lifted' };
    }
    underWay.set(effect.permit, {
      ...place,
      label: effect.label,
      ...sentBecauseOf(event, effect.tool, effect.trail ?? event.trail),
    });
    const permit = options.permits.issue({ ...effect, ...place, id: effect.permit, run: run.id }, options.clock.now());
    try {
      return await actor.settle(permit, tool);
    } finally {
      underWay.delete(effect.permit);
    }
  }
}

function sentBecauseOf(
  { principal, root, depth }: Event,
  tool: ToolId,
  trail: Trail,
): Pick<Sender, 'principal' | 'because'> {
  return { principal, because: { root, depth: depth + 1, trail: alongTrail(trail, tool, NO_LABEL) } };
}

/** A failure's code comes first: reconciliation reads it, since `bad-result` says that it did happen. */
function whyOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
      return '';
    case 'failed':
      return oneLine(`${outcome.code}: ${outcome.message}`);
    case 'unknown':
      return oneLine(outcome.message);
  }
}

function outcomeEntry({ run }: Task, { permit, outcome, settled }: Performed, bill: Bill | null): EntryDraft {
  return {
    kind: settled ? 'outcome.settled' : 'outcome.recorded',
    tenant: run.tenant,
    run: run.id,
    agent: run.agent,
    body: { permit, outcome: outcomeBody(outcome), ...(bill !== null && { spent: bill.body }) },
  };
}

function outcomeBody(outcome: Outcome): Json {
  switch (outcome.kind) {
    case 'done': {
      const { result, resultDigest } = outcome;
      const inline = JSON.stringify(result).length <= INLINE_RESULT;
      return { kind: 'done', resultDigest, ...(inline && { result }) };
    }
    case 'failed':
      return { kind: 'failed', code: outcome.code, message: oneLine(outcome.message) };
    case 'unknown':
      return { kind: 'unknown', message: oneLine(outcome.message) };
  }
}

/** A run that ends without an act carries here what it rests on; otherwise its intents do. */
function endEntry({ run, event, agent }: Task, end: RunEnd, deliberation?: Deliberation): EntryDraft {
  return {
    kind: 'run.ended',
    tenant: run.tenant,
    run: run.id,
    agent: run.agent,
    body: {
      event: event.id,
      agentVersion: agent.version,
      // Admitted for an earlier version, which had not begun it when this one took over.
      ...(run.agentVersion !== agent.version && { admittedFor: run.agentVersion }),
      state: end.state,
      why: oneLine(end.why),
      ...(deliberation && {
        decision: {
          row: deliberation.thought.decided.row,
          digest: deliberation.thought.decided.digest,
          facts: deliberation.known.evidence.map(({ name, digest }) => ({ name, digest })),
        },
      }),
    },
  };
}
