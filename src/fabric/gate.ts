import { randomBytes } from 'node:crypto';
import type { Registry } from '../fleet/index.ts';
import {
  openApproval,
  type AgentStanding,
  type Granted,
  type Judge,
  type Permits,
  type PlainCase,
  type Question,
} from '../govern/index.ts';
import { Conflict, LawMoved, type Change, type LedgerWriter } from '../ledger/index.ts';
import {
  derivedId,
  failpoint,
  NO_TRAIL,
  RetryLater,
  type Approval,
  type Clock,
  type EntryDraft,
  type Intent,
  type Json,
  type PermitId,
  type Proposal,
  type Tool,
  type Verdict,
} from '../vocabulary/index.ts';
import { actOf, asking, NOTHING, settleBefore, standsFor, weigh, type Answer } from './approvals/answer.ts';
import { approvalRow, type ApprovalRecords, type Unanswerable } from './approvals/approval-rows.ts';
import { autonomyNow } from './autonomy/now.ts';
import type { Claim, Reservations } from './budgets/reservations.ts';
import { createGrantsAtGate, useOf } from './grants/at-gate.ts';
import { oneLine } from './one-line.ts';
import type { Beside, Seen } from './policies/beside.ts';
import { stoppedFor, type Standing } from './standing.ts';
import type { Passage, Task } from './world.ts';

export interface GateOptions {
  readonly registry: Registry;
  readonly writer: LedgerWriter;
  readonly judge: Judge;
  readonly permits: Permits;
  readonly clock: Clock;
  readonly environment: 'development' | 'production';
  readonly approvals: Pick<ApprovalRecords, 'latestOf' | 'gone'>;
  readonly reservations: Reservations;
  /** Absent: no set of policies watches. */
  readonly beside?: Pick<Beside, 'judge' | 'noted'>;
  /** What is in force now; `reload` reads it again from the record. */
  standing(): Standing;
  reload(): Promise<void>;
  /** The version of what a tool would act on; null when it cannot tell. Throws RetryLater when it could not be asked. */
  revision(tool: Tool, intent: Intent): Promise<string | null>;
  /** What people answered could not be weighed for now: it waits, and has to come again. */
  putOff?(): void;
}

/** Longest arguments that are written out in an entry; longer ones are there by digest, and in full beside the record. */
const INLINE_ARGUMENTS = 2_000;

/**
 * The gate (ARCHITECTURE.md, step 7): judged, then put on record in one transaction that holds only if nothing that it was
 * judged under has changed (law, approval, budget); if it has, judged again.
 *
 * INVARIANT (write-before-act): a permit is issued after the append has returned, never before.
 */
export function createGate(options: GateOptions) {
  const { writer, permits, clock } = options;
  const onRecord = new WeakSet<PlainCase>();
  const grants = createGrantsAtGate(clock);

  return async function pass(task: Task, wanted: Intent, proposal: Proposal): Promise<Passage> {
    const permit = derivedId('permit', task.run.id, wanted.step);
    const waits = task.effects?.get(wanted.step)?.state === 'waiting';
    let before = waits ? await options.approvals.latestOf(permit) : null;
    let again = false;
    for (;;) {
      const standing = options.standing();
      const registered = options.registry.tool(wanted.tool, wanted.tenant)?.tool ?? proposal.tool;
      const version = await versionFor(options, registered, wanted, before);
      if (version.kind === 'away') return { kind: 'stopped', end: { state: 'waiting', why: version.why } };
      const { revision } = version;
      const gone = before?.state === 'approved' ? await options.approvals.gone(before) : [];
      const around = { standing, principal: task.event.principal, revision, gone };
      const judged = (intent: Intent, approvals: readonly string[]) => {
        const plain = questionOf(options, task, intent, standing);
        const claim = options.reservations.claim(
          {
            intent,
            tool: plain.tool,
            role: plain.agent?.role ?? '',
            root: task.event.root,
            lifted: approvals,
            before:
              before === null || before.state === 'unanswerable' ? [] : before.requirements.map(({ policy }) => policy),
          },
          standing,
        );
        const question = { ...plain, approvals, exhausted: claim.exhausted };
        const { verdict, about } = options.judge(question, standing.lawOf(intent.tenant));
        return { question, claim, verdict: claim.hold(verdict), about, said: verdict };
      };
      const asks = (intent: Intent) => {
        const { verdict } = judged(intent, []);
        return verdict.kind === 'needs-approval' ? verdict.policies : null;
      };
      const answer: Answer = again ? NOTHING : weigh(before, wanted, registered, around, asks, clock.now());
      if (answer.kind === 'wait') return { kind: 'stopped', end: { state: 'waiting', why: answer.why } };
      const intent = answer.kind === 'given' ? answer.intent : wanted;
      const lifted = answer.kind === 'given' ? answer.policies : [];
      const asked =
        answer.kind === 'refused' ? { ...judged(intent, []), verdict: answer.verdict } : judged(intent, lifted);
      if (asked.verdict.kind === 'needs-approval' && answer.kind === 'given') {
        // More is asked now than was answered: the whole is asked anew.
        again = true;
        continue;
      }
      const found = grants.find(standing, intent, asked.verdict, task.event.principal);
      const inAdvance = found === null ? null : judged(intent, found.policies);
      const grant = inAdvance?.verdict.kind === 'permitted' ? found : null;
      const { question, claim, verdict, about, said } = grant === null || inAdvance === null ? asked : inAdvance;
      const seen = options.beside?.judge(question, said, standing) ?? null;
      const tool = question.tool ?? proposal.tool;
      const passing: Passing = {
        permit,
        task,
        intent,
        tool,
        verdict,
        claim,
        about,
        standing,
        seen,
        before,
        answer,
        grant,
        waits,
        revision,
      };
      const whole = changeOf(passing, options.registry, clock.now());
      const change = about === null || onRecord.has(about) ? whole : { ...whole, cases: [about] };
      try {
        failpoint('gate.before-commit');
        await writer.append(change);
        if (about !== null) onRecord.add(about);
        options.beside?.noted(intent, seen);
        if (verdict.kind === 'permitted') options.reservations.held(permit, claim, tool);
        failpoint('gate.after-commit');
      } catch (error) {
        if (error instanceof LawMoved) await options.reload();
        else if (error instanceof Conflict && error.on === 'rev') before = await options.approvals.latestOf(permit);
        else if (error instanceof Conflict && error.on === 'budget') {
          if (!grants.usedUp(error.what)) claim.noRoom(error.what, error.left ?? 0);
        } else throw error;
        again = false;
        continue;
      }
      switch (verdict.kind) {
        case 'permitted':
          return {
            kind: 'permitted',
            permit: permits.issue(
              { ...intent, id: permit, effect: tool.effect, root: task.event.root },
              clock.now(),
              // However long the record took: nothing is sent on an approval whose time is over.
              answer.kind === 'given' ? answer.used.bound.expiresAt : undefined,
            ),
          };
        case 'needs-approval':
          return { kind: 'stopped', end: { state: 'waiting', why: waitingFor(verdict, claim) } };
        case 'refused':
          return { kind: 'stopped', end: { state: 'refused', why: refusedBy(verdict) } };
      }
    }
  };
}

type Version =
  | { readonly kind: 'asked'; readonly revision: string | null }
  | { readonly kind: 'away'; readonly why: string };

/**
 * The version of what would be acted on. Where people have been asked about it and the tool is away, their answer is neither used
 * nor lost. Throws RetryLater `tool-unavailable` for what nobody was asked about yet.
 */
async function versionFor(
  options: Pick<GateOptions, 'revision' | 'putOff'>,
  tool: Tool,
  wanted: Intent,
  before: Approval | Unanswerable | null,
): Promise<Version> {
  const isOver = before?.state === 'declined' || before?.state === 'expired';
  if (tool.revision === null || isOver) return { kind: 'asked', revision: null };
  try {
    return { kind: 'asked', revision: await options.revision(tool, standsFor(before, wanted, tool)) };
  } catch (error) {
    if (!(error instanceof RetryLater) || before === null) throw error;
    options.putOff?.();
    return { kind: 'away', why: error.message };
  }
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
        : ({
            ...agent,
            status: 'active',
            autonomy: autonomyNow(agent, intent.tool, tool, standing, options.clock.now()),
          } satisfies AgentStanding),
    capability: agent === null ? null : options.registry.capability(agent, intent.tool),
    eventTenant: task.event.tenant,
    subject: task.event.subject,
    stopped: stoppedFor(standing, { ...intent, root: task.event.root, effect: tool?.effect ?? null }),
    approvals: [],
    exhausted: [],
    trail: intent.trail,
    depth: task.event.depth,
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

/** All that a verdict goes on record with. */
interface Passing {
  readonly permit: PermitId;
  readonly task: Task;
  /** What would be executed: as the agent wants it, or as people edited it. */
  readonly intent: Intent;
  readonly tool: Tool;
  readonly verdict: Verdict;
  /** What it takes of budgets. */
  readonly claim: Claim;
  readonly about: PlainCase | null;
  readonly standing: Standing;
  /** What the set that only watches says of it. */
  readonly seen: Seen | null;
  /** What was asked about it before. */
  readonly before: Approval | Unanswerable | null;
  readonly answer: Answer;
  /** People answered in advance. */
  readonly grant: Granted | null;
  /** The effect is on record and waits. */
  readonly waits: boolean;
  readonly revision: string | null;
}

function changeOf(passing: Passing, registry: Registry, now: number): Change {
  const { permit, task, intent, tool, verdict, claim, about, standing, waits } = passing;
  const { run, event } = task;
  const who = { tenant: run.tenant, run: run.id, agent: run.agent };
  const why =
    verdict.kind === 'refused'
      ? refusedBy(verdict)
      : verdict.kind === 'needs-approval'
        ? waitingFor(verdict, claim)
        : '';
  const settled = settleBefore({ ...passing, now });
  const budgets = claim.body();
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
      law: { policies: standing.lawOf(intent.tenant).digest, number: standing.number },
      ...(passing.seen?.flip && { logOnly: passing.seen.flip as unknown as Json }),
      ...(budgets !== null && { budgets }),
      ...(passing.grant !== null && { grant: { id: passing.grant.id, form: passing.grant.form } }),
      ...(settled?.move.state === 'consumed' && {
        approval: { id: settled.move.id, digest: settled.move.intent_digest },
      }),
    },
  };
  const uses = passing.grant === null ? [] : [useOf(permit, intent.tenant, passing.grant)];
  const reservations = verdict.kind === 'permitted' ? [...claim.rows(permit), ...uses] : [];
  const moved = {
    entry: 0,
    permit,
    tool: intent.tool,
    class: tool.effect,
    system: tool.call.kind === 'http' ? tool.call.system : null,
    state: STATE_OF[verdict.kind],
    arguments: intent.argumentsText,
    arguments_digest: intent.argumentsDigest,
    tool_digest: intent.toolDigest,
    amount_minor: intent.amount?.minor ?? null,
    currency: intent.amount?.currency ?? null,
    why,
    ...(reservations.length > 0 && { reserved: true }),
  };
  const made = {
    run: run.id,
    step: intent.step,
    tenant: intent.tenant,
    agent: intent.agent,
  };
  const change: Change = {
    entries: [judged, ...(settled?.entries ?? []).map((entry) => ({ ...who, ...entry }))],
    ...(waits ? { effectMoves: [moved] } : { effects: [{ ...made, ...moved }] }),
    ...(settled !== null && { approvalMoves: [settled.move] }),
    judgedUnder: standing.number,
  };
  switch (verdict.kind) {
    case 'permitted':
      return reservations.length === 0 ? change : { ...change, reservations };
    case 'needs-approval':
      return {
        ...change,
        ends: [{ id: run.id, state: 'waiting', why }],
        approvals: [{ entry: 0, ...approvalRow(ask(passing, verdict, registry, now)) }],
      };
    case 'refused': {
      const ended: EntryDraft = { ...who, kind: 'run.ended', body: { event: event.id, state: 'refused', why } };
      return { ...change, entries: [...change.entries, ended], ends: [{ id: run.id, state: 'refused', why }] };
    }
  }
}

/** The question that is put to people, in the round after the last. */
function ask(
  passing: Passing,
  verdict: Extract<Verdict, { kind: 'needs-approval' }>,
  registry: Registry,
  now: number,
): Approval {
  const { permit, task, intent, standing, before, revision } = passing;
  const round = before === null ? 0 : before.state === 'unanswerable' ? 1 : before.round + 1;
  return openApproval({
    ...asking(standing.lawOf(intent.tenant), verdict.policies),
    id: derivedId('approval', permit, round),
    permit,
    round,
    act: actOf(intent, { standing, principal: task.event.principal, revision }),
    owner: registry.agent(intent.agent)?.owner ?? '',
    authors: standing.authors,
    now,
    nonce: randomBytes(16).toString('hex'),
  });
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
    ...(intent.trail !== NO_TRAIL && { trail: intent.trail as unknown as Json }),
  };
}

function refusedBy(verdict: Extract<Verdict, { kind: 'refused' }>): string {
  return oneLine([verdict.code, verdict.policies.join(', '), verdict.why].filter((part) => part !== '').join(': '));
}

function waitingFor(verdict: Extract<Verdict, { kind: 'needs-approval' }>, claim: Claim): string {
  const asked = `needs approval by ${[...new Set(verdict.roles)].join(' and ')} (${verdict.policies.join(', ')})`;
  const room = claim.why();
  return room === '' ? asked : oneLine(`${asked}: ${room}`);
}
