import { autonomyFor, type Registry } from '../fleet/index.ts';
import { LawMoved, type Change, type LedgerWriter } from '../ledger/index.ts';
import type { AgentStanding, Judge, Permits, PlainCase, Question } from '../govern/index.ts';
import {
  derivedId,
  digest,
  failpoint,
  type Clock,
  type Digest,
  type EntryDraft,
  type Intent,
  type Json,
  type PermitId,
  type Proposal,
  type Tool,
  type Verdict,
} from '../vocabulary/index.ts';
import { oneLine } from './one-line.ts';
import { stoppedFor, type Standing } from './standing.ts';
import type { Passage, Task } from './world.ts';

export interface GateOptions {
  readonly registry: Registry;
  readonly writer: LedgerWriter;
  readonly judge: Judge;
  readonly permits: Permits;
  readonly clock: Clock;
  readonly environment: 'development' | 'production';
  /** What is in force now; `reload` reads it again from the record. */
  standing(): Standing;
  reload(): Promise<void>;
}

/** Longest arguments that are written out in an entry; longer ones are there by digest, and in full beside the record. */
const INLINE_ARGUMENTS = 2_000;

/**
 * The gate (ARCHITECTURE.md, step 7): judged, then put on record in one transaction that holds only if nothing that it was
 * judged under has changed; if it has, judged again.
 *
 * INVARIANT (write-before-act): a permit is issued after the append has returned, never before.
 */
export function createGate(options: GateOptions) {
  const { writer, permits, clock } = options;
  const onRecord = new WeakSet<PlainCase>();
  return async function pass(task: Task, intent: Intent, proposal: Proposal): Promise<Passage> {
    const permit = derivedId('permit', task.run.id, intent.step);
    for (;;) {
      const standing = options.standing();
      const question = questionOf(options, task, intent, standing);
      const { verdict, about } = options.judge(question, standing.law);
      // As it is registered, whatever the proposal says of it.
      const tool = question.tool ?? proposal.tool;
      const judged = changeOf(permit, task, intent, tool, verdict, about, standing);
      const change = about === null || onRecord.has(about) ? judged : { ...judged, cases: [about] };
      try {
        failpoint('gate.before-commit');
        await writer.append(change);
        if (about !== null) onRecord.add(about);
        failpoint('gate.after-commit');
      } catch (error) {
        if (!(error instanceof LawMoved)) throw error;
        await options.reload();
        continue;
      }
      switch (verdict.kind) {
        case 'permitted':
          return {
            kind: 'permitted',
            permit: permits.issue({ ...intent, id: permit, effect: tool.effect }, clock.now()),
          };
        case 'needs-approval':
          return { kind: 'stopped', end: { state: 'waiting', why: waitingFor(verdict) } };
        case 'refused':
          return { kind: 'stopped', end: { state: 'refused', why: refusedBy(verdict) } };
      }
    }
  };
}

/** Everything that a verdict on this intent depends on. */
export function questionOf(
  options: Pick<GateOptions, 'registry' | 'clock' | 'environment'>,
  task: Pick<Task, 'event'>,
  intent: Intent,
  standing: Standing,
): Question {
  const registered = options.registry.tool(intent.tool, intent.tenant);
  const agent = options.registry.agent(intent.agent);
  const tool = registered?.tool ?? null;
  return {
    intent,
    tool,
    toolTenant: registered?.tenant ?? null,
    agent:
      agent === null
        ? null
        : ({ ...agent, status: 'active', autonomy: autonomyFor(agent, intent.tool) } satisfies AgentStanding),
    capability: agent === null ? null : options.registry.capability(agent, intent.tool),
    eventTenant: task.event.tenant,
    subject: task.event.subject,
    stopped: stoppedFor(standing, intent, tool),
    approvals: [],
    environment: options.environment,
    now: options.clock.now(),
  };
}

const STATE_OF = { permitted: 'intent', 'needs-approval': 'waiting', refused: 'refused' } as const satisfies Record<
  Verdict['kind'],
  string
>;
const ENTRY_OF = {
  permitted: 'intent.permitted',
  'needs-approval': 'intent.parked',
  refused: 'intent.refused',
} as const satisfies Record<Verdict['kind'], EntryDraft['kind']>;

function changeOf(
  permit: PermitId,
  task: Task,
  intent: Intent,
  tool: Tool,
  verdict: Verdict,
  about: PlainCase | null,
  standing: Standing,
): Change {
  const { run, event } = task;
  const who = { tenant: run.tenant, run: run.id, agent: run.agent };
  const why =
    verdict.kind === 'refused' ? refusedBy(verdict) : verdict.kind === 'needs-approval' ? waitingFor(verdict) : '';
  const judged: EntryDraft = {
    ...who,
    kind: ENTRY_OF[verdict.kind],
    body: {
      event: event.id,
      permit,
      ...intentBody(intent),
      effect: tool.effect,
      verdict: verdict as unknown as Json,
      case: about === null ? null : about.digest,
      law: { policies: standing.law.digest, number: standing.number },
    },
  };
  const effect = {
    entry: 0,
    permit,
    run: run.id,
    step: intent.step,
    tenant: intent.tenant,
    agent: intent.agent,
    tool: intent.tool,
    tool_digest: intent.toolDigest,
    class: tool.effect,
    system: tool.call.kind === 'http' ? tool.call.system : null,
    state: STATE_OF[verdict.kind],
    arguments: intent.argumentsText,
    arguments_digest: intent.argumentsDigest,
    amount_minor: intent.amount?.minor ?? null,
    currency: intent.amount?.currency ?? null,
    why,
  };
  const change = { entries: [judged], effects: [effect], judgedUnder: standing.number };
  switch (verdict.kind) {
    case 'permitted':
      return change;
    case 'needs-approval':
      return {
        ...change,
        ends: [{ id: run.id, state: 'waiting', why }],
        approvals: [
          {
            entry: 0,
            id: derivedId('approval', permit),
            run: run.id,
            step: intent.step,
            tenant: intent.tenant,
            agent: intent.agent,
            tool: intent.tool,
            intent_digest: approvedDigest(permit, intent, verdict, standing),
            policies: verdict.policies,
            roles: verdict.roles,
            expires_in_seconds: verdict.expiresInSeconds,
          },
        ],
      };
    case 'refused': {
      const ended: EntryDraft = { ...who, kind: 'run.ended', body: { event: event.id, state: 'refused', why } };
      return { ...change, entries: [judged, ended], ends: [{ id: run.id, state: 'refused', why }] };
    }
  }
}

/** All that an approval is for; with any of it changed it is for something else. */
function approvedDigest(
  permit: PermitId,
  { tenant, agent, agentVersion, tool, toolDigest, argumentsDigest }: Intent,
  { policies, roles, expiresInSeconds }: Extract<Verdict, { kind: 'needs-approval' }>,
  { law }: Standing,
): Digest {
  const intent = { permit, tenant, agent, agentVersion, tool, toolDigest, argumentsDigest };
  return digest({ ...intent, law: law.digest, policies, roles, expiresInSeconds });
}

/** An intent as an entry holds it. */
function intentBody(intent: Intent): { [key: string]: Json } {
  return {
    step: intent.step,
    agentVersion: intent.agentVersion,
    tool: intent.tool,
    toolDigest: intent.toolDigest,
    ...(intent.argumentsText.length <= INLINE_ARGUMENTS && { arguments: intent.arguments }),
    argumentsDigest: intent.argumentsDigest,
    amount: intent.amount === null ? null : { ...intent.amount },
    resource: intent.resource,
    why: intent.why,
    evidence: intent.evidence as unknown as Json,
    label: intent.label as unknown as Json,
  };
}

function refusedBy(verdict: Extract<Verdict, { kind: 'refused' }>): string {
  return oneLine([verdict.code, verdict.policies.join(', '), verdict.why].filter((part) => part !== '').join(': '));
}

function waitingFor(verdict: Extract<Verdict, { kind: 'needs-approval' }>): string {
  return `needs approval by ${[...new Set(verdict.roles)].join(' and ')} (${verdict.policies.join(', ')})`;
}
