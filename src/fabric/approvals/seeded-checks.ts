import { createHmac, randomInt } from 'node:crypto';
import { act, type ApprovalFact, type Moved } from '../../govern/index.ts';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import {
  canonical,
  derivedId,
  NO_TRAIL,
  type Approval,
  type ApprovalId,
  type Digest,
  type Document,
  type EntryDraft,
  type Event,
  type EventId,
  type Intent,
  type Json,
  type PersonId,
  type Proposal,
  type Run,
  type Tool,
} from '../../vocabulary/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import { createGate, type GateOptions } from '../gate.ts';
import type { Task } from '../world.ts';
import { withArguments } from './answer.ts';
import { approvalMove, type ApprovalRecords } from './approval-rows.ts';
import { MUTATIONS, wrongArguments, type Mutation } from './wrong-arguments.ts';
import { askedAfter, headOf, modelsFor, parkedNow, type Model } from './seeded-rows.ts';
import type { Pool } from 'pg';

/** A request that can never execute; the document bears the id of its run. States: `open`, `caught`, `missed`, `expired`. */
export interface SeededCheck {
  readonly approval: ApprovalId;
  /** The earlier request that it is made of. */
  readonly of: ApprovalId;
  readonly mutation: Mutation;
  readonly caught: readonly PersonId[];
  readonly missed: readonly PersonId[];
}

/**
 * Requests that can never execute, put before approvers to see whether they look.
 *
 * Nothing can come of one: its run never reaches the loop (`Records.openRuns` leaves it out), the gate that asks for it has no
 * permits to give, its effect cannot go from `waiting` to `intent` (the append function refuses it), and the append in which it
 * is decided ends all of it.
 */
export interface SeededChecks {
  /** Makes checks of what was asked since the last time, and takes back those whose law or agent is another one now. */
  sow(): Promise<void>;
  /** Null when it is not a check, or not decided; else whether it is on record, and as what: undefined when it has changed. */
  settle(moved: Moved): Promise<{ readonly approval: Approval | undefined } | null>;
}

export interface SeededChecksOptions extends Omit<GateOptions, 'permits' | 'writer' | 'approvals'> {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly writer: Pick<LedgerWriter, 'append'>;
  readonly approvals: ApprovalRecords;
  /** Of what is asked, how many bring a check: 0 to 0.2. */
  readonly share: number;
  /** Whoever does not have it cannot tell what brings a check. */
  readonly key: string;
}

const KIND = 'seeded-check';
const EVERY_MS = 2_000;
const MOST_ASKED = 200;
const MOST_MODELS = 20;
/** A check whose question is not on record by then broke off. */
const BROKEN_OFF_MS = 60_000;

export function createSeededChecks(options: SeededChecksOptions): SeededChecks {
  const { pool, documents, writer, clock, share, key } = options;
  let after: number | null = null;
  let lastSown = Number.NEGATIVE_INFINITY;
  const drawn = (what: string) => createHmac('sha256', key).update(what).digest();
  const chance = (what: string) => drawn(what).readUIntBE(0, 6) / 2 ** 48;

  return {
    async sow() {
      if (clock.now() - lastSown < EVERY_MS) return;
      lastSown = clock.now();
      await takeBack();
      if (share === 0) return;
      after ??= await headOf(pool);
      const asked = await askedAfter(pool, after, MOST_ASKED);
      for (const one of asked) {
        after = one.seq;
        // Alone, one would check oneself.
        if (!options.standing().single && chance(`whether ${one.id}`) < share) await makeOf(one.id);
      }
    },
    async settle(moved) {
      const edited = moved.said.some((fact) => fact.kind === 'approval.answered' && fact.edited !== null);
      if (moved.approval.state === 'pending' && !edited) return null;
      const check = await documents.find<SeededCheck>(KIND, moved.approval.bound.run);
      if (check === null) return null;
      return { approval: (await end(check, moved)) ?? undefined };
    },
  };

  /** Tries the ways to make it wrong until the law asks people about the result. */
  async function makeOf(asked: ApprovalId): Promise<void> {
    const models = await modelsFor(pool, asked, MOST_MODELS);
    if (models.length === 0) return;
    const start = Math.floor(chance(`which ${asked}`) * models.length);
    const model = models[start] as Model;
    const other = models.find(({ bound }) => bound.argumentsText !== model.bound.argumentsText) ?? null;
    const [first, second] = MUTATIONS;
    for (const mutation of chance(`how ${asked}`) < 0.5 ? [first, second] : [second, first]) {
      if (await tryOne(asked, model, other, mutation)) return;
    }
  }

  async function tryOne(asked: ApprovalId, model: Model, other: Model | null, mutation: Mutation): Promise<boolean> {
    const { bound } = model;
    const agent = options.registry.agent(bound.agent);
    const tool = options.registry.tool(bound.tool, bound.tenant)?.tool;
    if (agent === null || tool === undefined || tool.digest !== bound.toolDigest) return false;
    const theirs = other === null ? null : (JSON.parse(other.bound.argumentsText) as Json);
    const wrong = wrongArguments(mutation, JSON.parse(bound.argumentsText) as Json, theirs, tool);
    if (wrong === null) return false;

    const event = eventLike(model, drawn(`event ${asked}`).toString('hex'));
    const id = derivedId('run', event.id, agent.name);
    const { tenant, name, version } = agent;
    const run: Run = {
      id,
      tenant,
      agent: name,
      agentVersion: version,
      event: event.id,
      seq: 0,
      subject: event.subject,
      attempts: 0,
    };
    const task: Task = { run, agent, event, effects: new Map() };
    const intent = withArguments(intentLike(model, run, tool), canonical(wrong), tool);

    // Once without a trace, to see that the law asks people, and only people, about it.
    if (!(await asks(task, intent, tool, null))) return false;
    const check: SeededCheck = {
      approval: derivedId('approval', derivedId('permit', id, intent.step), 0),
      of: model.approval,
      mutation,
      caught: [],
      missed: [],
    };
    const dueAt = null;
    try {
      await writer.append({
        ...arrival(event, run),
        documents: [newDocument(KIND, id, tenant, { state: 'open', dueAt, content: check })],
      });
    } catch (error) {
      // It was made before this start.
      if (error instanceof Conflict) return true;
      throw error;
    }
    // When the law has changed in this moment it is taken back by and by, like one that broke off.
    await asks(task, intent, tool, writer);
    return true;
  }

  /** Passes it to a gate that can only ask: what would be permitted or refused is not put on record. */
  async function asks(
    task: Task,
    intent: Intent,
    tool: Tool,
    to: Pick<LedgerWriter, 'append'> | null,
  ): Promise<boolean> {
    const { beside } = options;
    const pass = createGate({
      ...options,
      ...(beside && { beside: { judge: (...asked) => beside.judge(...asked), noted: () => {} } }),
      permits: {
        issue: () => {
          throw new Error('a check was about to be permitted');
        },
      } as unknown as GateOptions['permits'],
      writer: {
        async append(change: Change) {
          if (change.approvals === undefined) throw new NotAsked();
          return to === null ? 0 : to.append(change);
        },
      } as LedgerWriter,
    });
    try {
      const { kind } = await pass(task, intent, { tool } as unknown as Proposal);
      return kind === 'stopped';
    } catch (error) {
      if (error instanceof NotAsked) return false;
      throw error;
    }
  }

  /** Those that were asked under what does not stand any more. Real ones are asked anew, these are not. */
  async function takeBack(): Promise<void> {
    for (const check of await documents.list<SeededCheck>(KIND, { state: 'open' })) {
      const approval = await options.approvals.find(check.content.approval);
      if (approval === null) {
        await endBrokenOff(check);
        continue;
      }
      const { bound } = approval;
      const stands =
        bound.law === options.standing().lawOf(bound.tenant).digest &&
        bound.agentVersion === options.registry.agent(bound.agent)?.version;
      if (stands) continue;
      const moved = act(approval, { kind: 'void', fields: [], why: 'what people were asked under has changed' });
      if (moved.kind === 'moved') await end(check, moved);
    }
  }

  async function endBrokenOff(check: Document<SeededCheck>): Promise<void> {
    const { rows } = await pool.query<{ at: Date }>('select at from reeve.document where kind = $1 and id = $2', [
      KIND,
      check.id,
    ]);
    if (clock.now() - (rows[0]?.at.getTime() ?? 0) < BROKEN_OFF_MS) return;
    const documentRow = revise(check, { state: 'expired', dueAt: null, content: check.content });
    await writer.append({
      entries: [],
      documents: [documentRow],
      ends: [{ id: check.id, state: 'refused', why: WHAT_IT_WAS }],
    });
  }

  /** Everything of it, in one append. Null when it has changed meanwhile. */
  async function end(check: Document<SeededCheck>, moved: Moved): Promise<Approval | null> {
    const [settled, said] = decided(moved);
    const { bound, id: approval, permit, votes, original } = settled;
    const stands = await parkedNow(pool, permit);
    if (stands === null) return null;
    const caught = [
      ...votes.flatMap(({ kind, person }) => (kind === 'decline' ? [person] : [])),
      ...(original === null ? [] : [original.editedBy]),
    ];
    const missed = votes.flatMap(({ kind, person }) =>
      kind === 'approve' && !caught.includes(person) ? [person] : [],
    );
    const state = missed.length > 0 ? 'missed' : caught.length > 0 ? 'caught' : 'expired';
    const content = { ...check.content, caught: [...new Set(caught)], missed: [...new Set(missed)] };
    const { tenant, run, agent } = bound;
    const who = { tenant, run, agent };
    const verdict = {
      kind: 'refused',
      code: 'declined',
      policies: settled.requirements.map(({ policy }) => policy),
      why: WHAT_IT_WAS,
    };
    const entries: EntryDraft[] = [
      { ...who, kind: 'intent.refused', body: { ...stands.parked, verdict } },
      ...said.map(({ kind, ...fact }) => ({ ...who, kind, body: { approval, permit, ...fact } as unknown as Json })),
      {
        ...who,
        kind: 'seeded-check.settled',
        body: { ...content, permit, state, why: settled.why } as unknown as Json,
      },
      {
        ...who,
        kind: 'run.ended',
        body: { event: stands.parked['event'] ?? null, state: 'refused', why: WHAT_IT_WAS },
      },
    ];
    try {
      await writer.append({
        entries,
        approvalMoves: [{ ...approvalMove(settled), due_at: null }],
        effectMoves: [{ entry: 0, ...stands.effect, state: 'refused', why: WHAT_IT_WAS }],
        ends: [{ id: run, state: 'refused', why: WHAT_IT_WAS }],
        documents: [revise(check, { state, dueAt: null, content })],
      });
      return settled;
    } catch (error) {
      if (error instanceof Conflict) return null;
      throw error;
    }
  }
}

class NotAsked extends Error {}

const WHAT_IT_WAS = 'a seeded check: it could never have been executed';

/** What was approved or edited is void: there is nothing to be executed. Who answered is told by the reason. */
function decided(moved: Moved): readonly [Approval, readonly ApprovalFact[]] {
  const { approval, said } = moved;
  const { state } = approval;
  if (state !== 'approved' && state !== 'pending') {
    const why = state === 'declined' ? `${approval.why} (${WHAT_IT_WAS}, and is caught)` : approval.why;
    return [{ ...approval, why }, said];
  }
  const why =
    state === 'approved' && approval.original === null ? `${WHAT_IT_WAS}, and was to be declined` : WHAT_IT_WAS;
  const ended = act(approval, { kind: 'void', fields: [], why });
  if (ended.kind === 'refused') throw new Error(`a check cannot be ended: ${ended.why}`);
  return [{ ...ended.approval, rev: approval.rev }, [...said, ...ended.said]];
}

/** An event as its model's, with ids and a time of its own. */
function eventLike({ event, bound }: Model, secret: string): Event {
  const sourceId = sameShape(event.source_id);
  // Where the source's ids are as good as random, so are ours, and ids follow from each other as they do elsewhere. Where they are
  // numbered, a later real event must not be taken for a repeat of this one.
  const id: EventId = derivedId('event', bound.tenant, isLong(sourceId) ? `${event.source}|${sourceId}` : secret);
  return {
    id,
    tenant: bound.tenant,
    type: event.type,
    source: event.source,
    sourceId,
    subject: event.subject,
    time: new Date().toISOString(),
    data: JSON.parse(event.data) as Json,
    dataDigest: event.data_digest as Digest,
    label: event.label as Event['label'],
    dedupeKey: `seeded-check:${secret}`,
    seq: 0,
    principal: null,
    root: id,
    depth: 0,
    trail: NO_TRAIL,
  };
}

function sameShape(text: string): string {
  return text.replaceAll(/[0-9]|(?<=[0-9a-f-]{4})[a-f](?=[0-9a-f-]{4})/g, (one) =>
    /[0-9]/.test(one) ? String(randomInt(10)) : 'abcdef'.charAt(randomInt(6)),
  );
}

function isLong(sourceId: string): boolean {
  return (sourceId.match(/[0-9]/g)?.length ?? 0) >= 18;
}

function intentLike({ bound, parked }: Model, run: Run, tool: Tool): Intent {
  return {
    tenant: run.tenant,
    run: run.id,
    step: bound.step,
    agent: run.agent,
    agentVersion: run.agentVersion,
    tool: bound.tool,
    toolDigest: tool.digest,
    arguments: null,
    argumentsText: '',
    argumentsDigest: '' as Digest,
    amount: null,
    resource: bound.resource,
    why: (parked['why'] ?? '') as string,
    evidence: (parked['evidence'] ?? []) as unknown as Intent['evidence'],
    label: bound.label,
    trail: (parked['trail'] as unknown as Intent['trail'] | undefined) ?? NO_TRAIL,
  };
}

/** As admission puts an event and its run on record, but that the run waits from the beginning. */
function arrival(event: Event, run: Run): Change {
  const { id, tenant, type, source, sourceId, subject, time, label, dataDigest } = event;
  const body = {
    event: id,
    type,
    source,
    sourceId,
    subject,
    time,
    dataDigest,
    label: label as unknown as Json,
    agents: [run.agent],
  };
  return {
    entries: [{ kind: 'event.admitted', tenant, run: null, agent: null, body }],
    events: [
      {
        entry: 0,
        id,
        tenant,
        type,
        source,
        source_id: sourceId,
        subject,
        time,
        data: canonical(event.data),
        data_digest: dataDigest,
        label,
        dedupe_key: event.dedupeKey,
        principal: null,
        root: null,
        depth: 0,
        trail: null,
      },
    ],
    runs: [{ entry: 0, id: run.id, tenant, agent: run.agent, agent_version: run.agentVersion, event: id, subject }],
    ends: [{ id: run.id, state: 'waiting', why: '' }],
  };
}
