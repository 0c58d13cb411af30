import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistry, type Registry } from '../../fleet/index.ts';
import type { Change, LedgerWriter } from '../../ledger/index.ts';
import {
  canonical,
  digestText,
  NO_LABEL,
  NO_TRAIL,
  RetryLater,
  type Clock,
  type Event,
  type Json,
  type Proposal,
  type Run,
  type RunId,
  type TenantId,
} from '../../vocabulary/index.ts';
import { PLATFORM } from '../registration.ts';
import type { Task, World } from '../world.ts';
import { drillAgent, drillTask } from './drill-agent.ts';
import { openSink } from './drill-sink.ts';
import type { Stopped } from './stops.ts';

/** What a drill found. Times in milliseconds. */
export interface DrillMeasured {
  readonly scope: string;
  /** Acts that had arrived when the stop was asked for, and how long they had been going on. */
  readonly arrivedBefore: number;
  readonly actedForMs: number;
  /** From asking to the acknowledgement. */
  readonly acknowledgedAfterMs: number;
  /** The stop was on record when it was acknowledged. */
  readonly onRecord: boolean;
  readonly arrivedAfter: number;
  /** From the acknowledgement to the last arrival; negative when the last one came before it, null when none ever came. */
  readonly lastArrivalMs: number | null;
  /** Arrivals later than any permit that was out can have lived. */
  readonly arrivedAfterPermits: number;
  readonly refusedAtGate: number;
  readonly heldAtSending: number;
  /** Sequence number of the entry that says all this. */
  readonly seq: number;
}

export interface DrillOptions {
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  /** The world as it is, with other agents and tools: the same gate, law, permits, actor and record. */
  worldOf(registry: Registry): World;
  reload(): Promise<void>;
  stop(scope: string, tenant: TenantId): Promise<Stopped>;
}

const LANES = 8;
const ACTS_FOR_MS = 1_000;
const BETWEEN_ACTS_MS = 10;
/** How long a permit lives, and a little. */
const PERMITS_DIE_MS = 2_000;
const WATCH_MS = 2_300;
const RECORD_PATIENCE_MS = 5_000;

/**
 * A stop, measured on something that was made for it: eight runs of one agent of the platform's own act all the time under real
 * permits, each through the gate, the record and the actor; their run tree is stopped, and what still arrives is counted where it
 * arrives, on a socket of its own. Nothing else is touched and nothing has to be lifted: the tree ends with the drill.
 *
 * @throws RetryLater `record-unavailable` when the record is away: then nothing acts, so there is nothing to measure.
 */
export async function runDrill({ writer, clock, worldOf, reload, stop }: DrillOptions): Promise<DrillMeasured> {
  const sink = await openSink();
  try {
    const agent = drillAgent(sink.send);
    const world = worldOf(createRegistry([{ name: 'drill', tenant: PLATFORM, agents: [agent], work: () => [] }]));
    const { event, runs } = drillTask(agent, LANES, clock.now());
    // Asked before anything is written: what waits for a record that is away would be written when nobody waits for it any more.
    await onRecordSoon(reload());
    await onRecordSoon(writer.append(admitted(event, runs)));
    const began = performance.now();
    const ended = { refusedAtGate: 0, heldAtSending: 0 };
    const over = new AbortController();
    const lanes = Promise.all(
      runs.map((run) => actUntilStopped({ run, agent, event }, agent.act[0]?.tool, world, ended, over.signal)),
    );
    lanes.catch(() => undefined);
    await Promise.race([sleep(ACTS_FOR_MS), lanes]);
    const asked = performance.now();
    const arrivedBefore = sink.arrivals().length;
    const stopped = await stop(`tree:${event.root}`, event.tenant);
    const acknowledged = performance.now();
    await sleep(WATCH_MS);
    over.abort();
    await onRecordSoon(lanes);
    const after = sink.arrivals().map((at) => at - acknowledged);
    const found = {
      scope: stopped.scope,
      arrivedBefore,
      actedForMs: round(asked - began),
      acknowledgedAfterMs: round(acknowledged - asked),
      onRecord: stopped.onRecord,
      arrivedAfter: after.filter((ms) => ms > 0).length,
      lastArrivalMs: after.length === 0 ? null : round(after.at(-1) ?? 0),
      arrivedAfterPermits: after.filter((ms) => ms > PERMITS_DIE_MS).length,
      ...ended,
    };
    // All that this stop covers has ended: there is nothing that it could give back.
    const { scope, epoch } = stopped;
    const dropped = { scope, stopped: false, epoch: epoch + 1, reason: 'the drill is over and its run tree has ended' };
    const seq = await onRecordSoon(
      writer.append({
        entries: [
          {
            kind: 'drill.measured',
            tenant: PLATFORM,
            run: null,
            agent: agent.name,
            body: { ...found, epoch: stopped.epoch, by: stopped.by, root: event.root, runs: runs.map(({ id }) => id) },
          },
          {
            kind: 'fence.changed',
            tenant: PLATFORM,
            run: null,
            agent: null,
            body: { ...dropped, by: [], via: 'drill', askedAt: new Date(clock.now()).toISOString() },
          },
        ],
        fences: [dropped],
        changesLaw: true,
      }),
    );
    await reload();
    return { ...found, seq };
  } finally {
    await sink.close();
  }
}

/** One run: act after act, until the gate or the point of sending says no. */
async function actUntilStopped(
  task: Task,
  tool: Proposal['tool'] | undefined,
  world: World,
  ended: { refusedAtGate: number; heldAtSending: number },
  over: AbortSignal,
): Promise<void> {
  if (tool === undefined) return;
  for (let step = 0; ; step++) {
    const given: Json = { run: task.run.id, step };
    const proposal: Proposal = { tool, arguments: given, why: 'drill' };
    const passage = await world.pass(task, intentOf(task, step, proposal, given), proposal, NOTHING_KNOWN);
    if (passage.kind !== 'permitted') {
      ended.refusedAtGate += 1;
      return;
    }
    const outcome = await world.perform(passage.permit, tool);
    const isOver = over.aborted || outcome.kind !== 'done';
    if (outcome.kind === 'failed' && outcome.code === 'stopped') ended.heldAtSending += 1;
    const act = { kind: 'performed', permit: passage.permit.id, outcome, settled: false } as const;
    const why = outcome.kind === 'failed' ? `${outcome.code}: ${outcome.message}` : 'the drill is over';
    await world.record(task, act, isOver ? { state: outcome.kind === 'done' ? 'done' : 'failed', why } : null);
    if (isOver) return;
    await sleep(BETWEEN_ACTS_MS);
  }
}

/** Nothing is recalled or decided in a drill; the live world does not look at it. */
const NOTHING_KNOWN = {} as Parameters<World['pass']>[3];

function intentOf({ run, agent, event }: Task, step: number, { tool, why }: Proposal, given: Json) {
  const argumentsText = canonical(given);
  return {
    tenant: agent.tenant,
    run: run.id,
    step,
    agent: agent.name,
    agentVersion: agent.version,
    tool: tool.name,
    toolDigest: tool.digest,
    arguments: given,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    amount: null,
    resource: event.subject,
    why,
    evidence: [{ kind: 'event', event: event.id, digest: event.dataDigest } as const],
    label: NO_LABEL,
    trail: NO_TRAIL,
  };
}

function admitted(event: Event, runs: readonly Run[]): Change {
  const { id, tenant, type, source, sourceId, subject, time, data, dataDigest, label, dedupeKey } = event;
  return {
    entries: [
      {
        kind: 'event.admitted',
        tenant,
        run: null,
        agent: null,
        body: {
          event: id,
          type,
          source,
          sourceId,
          subject,
          time,
          dataDigest,
          label: label as unknown as Json,
          agents: runs.map(({ agent }) => agent),
        },
      },
    ],
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
        data: canonical(data),
        data_digest: dataDigest,
        label,
        dedupe_key: dedupeKey,
        principal: null,
        root: null,
        depth: 0,
        trail: null,
      },
    ],
    runs: runs.map((run) => ({
      entry: 0,
      id: run.id satisfies RunId,
      tenant,
      agent: run.agent,
      agent_version: run.agentVersion,
      event: id,
      subject,
    })),
  };
}

async function onRecordSoon<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(RECORD_PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
        throw new RetryLater('record-unavailable', 'the record is away: nothing acts, so there is nothing to measure');
      }),
    ]);
  } finally {
    late.abort();
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
