import type { Pool } from 'pg';
import type { Registry } from '../../fleet/index.ts';
import { Conflict, type DocumentRow, type LedgerWriter } from '../../ledger/index.ts';
import {
  derivedId,
  type AgentId,
  type AutonomyLevel,
  type Clock,
  type Digest,
  type Json,
  type PermitId,
  type PersonId,
  type RunId,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import { newDocument } from '../documents.ts';
import { REVIEW_MS, type Review } from './reviews.ts';

/** Of what is done at L4, one in so many is looked at. */
export const SAMPLED_ONE_IN = 10;
/** Name under which it is on record how far the ledger has been followed. */
const FOLLOWER = 'reviews';
/** Entries looked at in one step, and steps in one sweep: what is behind catches up without holding up the rest. */
const PAGE = 5_000;
const STEPS = 10;

export interface FollowerOptions {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
}

/** Whether an act at L4 is among those that people look at: by its permit, so that nobody can choose. */
export function isSampled(permit: PermitId): boolean {
  return Number.parseInt(permit.slice(-8), 16) % SAMPLED_ONE_IN === 0;
}

/**
 * Opens reviews for what was done at L4 (some) and L5 (all), behind the work and from the ledger: the acts do not wait for it.
 * How far it came is written with the reviews, so that each act is reviewed once, over crashes too.
 */
export function createReviewFollower({ pool, registry, writer, clock }: FollowerOptions): () => Promise<void> {
  const levels = new Map<Digest, AutonomyLevel>();
  let at: Place | null = null;

  return async function follow() {
    at ??= await begin();
    for (let step = 0; step < STEPS; step++) {
      const to = Math.min(await headNow(), at.seq + PAGE);
      if (to === at.seq) return;
      const reviews = await reviewsBetween(at.seq, to, at.seq < at.before);
      if (reviews.length > 0 || to - at.saved >= PAGE) {
        try {
          await save(reviews, to);
        } catch (error) {
          // Written before, by a statement whose answer was lost: the record says how far it came.
          if (!(error instanceof Conflict)) throw error;
          at = null;
          return;
        }
        at = { ...at, seq: to, saved: to };
      } else at = { ...at, seq: to };
    }
  };

  /** From where it was left; the very first time, from this start: what earlier versions did was not asked about. */
  async function begin(): Promise<Place> {
    const { rows } = await pool.query<{ position: string | null; started: string | null }>(
      `select (select position from reeve.source where name = $1) as position,
              (select max(seq) from reeve.entry where kind = 'platform.started') as started`,
      [FOLLOWER],
    );
    const seq = Number(rows[0]?.position ?? rows[0]?.started ?? 0);
    if (rows[0]?.position === null) await save([], seq);
    return { seq, saved: seq, before: await headNow() };
  }

  async function headNow(): Promise<number> {
    const { rows } = await pool.query<{ seq: string }>('select seq from reeve.head');
    return Number(rows[0]?.seq ?? 0);
  }

  async function save(documents: readonly DocumentRow[], position: number): Promise<void> {
    await writer.append({ entries: [], documents, sources: [{ name: FOLLOWER, position }] });
  }

  /** `any`: by whatever agents there were when it was done, not only by those that may act so freely now. */
  async function reviewsBetween(after: number, to: number, any: boolean): Promise<readonly DocumentRow[]> {
    const free = any ? null : await freeAgents();
    if (free?.size === 0) return [];
    const outcomes = await pool.query<{ seq: string; permit: PermitId; agent: AgentId }>(
      `select seq, permit, agent from (
         select seq, agent, body::jsonb -> 'body' as o, body::jsonb -> 'body' ->> 'permit' as permit from reeve.entry
         where seq > $1 and seq <= $2 and kind in ('outcome.recorded', 'outcome.settled')
           and ($3::text[] is null or agent = any($3))) as outcomes
       where o -> 'outcome' ->> 'kind' = 'done' order by seq`,
      [after, to, free === null ? null : [...free.keys()]],
    );
    const wanted = new Map(
      outcomes.rows
        .filter(({ permit, agent }) => free === null || free.get(agent) === 'L5' || isSampled(permit))
        .map(({ permit, seq }) => [permit, Number(seq)]),
    );
    if (wanted.size === 0) return [];
    const { rows } = await pool.query<ActRow>(
      `select f.permit, f.run, f.tenant, f.agent, f.tool, f.tool_digest, f.amount_minor, f.currency, i.body as intent, v.principal
       from reeve.effect f join reeve.entry i on i.seq = f.seq join reeve.run r on r.id = f.run join reeve.event v on v.id = r.event
       where f.permit = any($1) and f.class <> 'E0'`,
      [[...wanted.keys()]],
    );
    await learnLevels(rows.flatMap(({ intent }) => intentOf(intent).case ?? []));
    return rows.flatMap((row) => {
      const review = reviewOf(row, wanted.get(row.permit) ?? 0);
      if (review === null) return [];
      const dueAt = clock.now() + REVIEW_MS;
      return [
        newDocument('review', derivedId('review', row.permit), row.tenant, { state: 'open', dueAt, content: review }),
      ];
    });
  }

  function reviewOf(row: ActRow, seq: number): Review | null {
    const intent = intentOf(row.intent);
    const level = intent.case === null ? undefined : levels.get(intent.case);
    if (level !== 'L5' && !(level === 'L4' && isSampled(row.permit))) return null;
    return {
      permit: row.permit,
      run: row.run,
      agent: row.agent,
      agentVersion: intent.agentVersion,
      tool: row.tool,
      toolDigest: row.tool_digest,
      level,
      amount: row.amount_minor === null ? null : { minor: Number(row.amount_minor), currency: row.currency ?? '' },
      resource: intent.resource,
      why: intent.why,
      argumentsDigest: intent.argumentsDigest,
      requester: row.principal,
      seq,
      openedAt: clock.now(),
      answer: null,
      reason: '',
      by: null,
      late: false,
    };
  }

  /** Agents that may act at L4 or L5, with the higher of the two: the entries of all others are passed over. */
  async function freeAgents(): Promise<ReadonlyMap<AgentId, 'L4' | 'L5'>> {
    const found = new Map<AgentId, 'L4' | 'L5'>();
    const note = (agent: AgentId, level: AutonomyLevel) => {
      if (level === 'L5' || (level === 'L4' && !found.has(agent))) found.set(agent, level);
    };
    for (const { name, autonomy } of registry.agents) for (const level of Object.values(autonomy)) note(name, level);
    // In whatever state: what was done before a promotion was lost is looked at all the same.
    const { rows } = await pool.query<{ agent: AgentId; level: AutonomyLevel }>(
      `select content ->> 'agent' as agent, content ->> 'level' as level from reeve.document
       where kind = 'autonomy' and content ->> 'form' = 'promotion'`,
    );
    for (const { agent, level } of rows) note(agent, level);
    return found;
  }

  /** The level at which something was judged is part of its case. */
  async function learnLevels(cases: readonly Digest[]): Promise<void> {
    const unknown = [...new Set(cases)].filter((digest) => !levels.has(digest));
    if (unknown.length === 0) return;
    if (levels.size > 20_000) levels.clear();
    const { rows } = await pool.query<{ digest: Digest; text: string }>(
      'select digest, text from reeve.judged_case where digest = any($1)',
      [unknown],
    );
    for (const { digest, text } of rows) {
      levels.set(digest, (JSON.parse(text) as { situation: { autonomy: AutonomyLevel } }).situation.autonomy);
    }
  }
}

/** How far the ledger has been followed, how far that is on record, and where it stood when this process began. */
interface Place {
  readonly seq: number;
  readonly saved: number;
  readonly before: number;
}

interface ActRow {
  permit: PermitId;
  run: RunId;
  tenant: TenantId;
  agent: AgentId;
  tool: ToolId;
  tool_digest: Digest;
  amount_minor: string | null;
  currency: string | null;
  intent: string;
  principal: PersonId | null;
}

function intentOf(text: string): {
  readonly agentVersion: Digest;
  readonly argumentsDigest: Digest;
  readonly case: Digest | null;
  readonly resource: string;
  readonly why: string;
} {
  return (JSON.parse(text) as { body: Json }).body as never;
}
