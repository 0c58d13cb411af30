import type { Pool } from 'pg';
import { flipOf, type Flip, type Judge, type Question } from '../../govern/index.ts';
import type { AgentId, Digest, TenantId, ToolId, Verdict } from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';

/** Judges every intent by the set that only watches, too, and counts where it would have said something else. */
export interface Beside {
  /** Null when nothing watches. Where it says something else, the flip goes on record with the verdict. */
  judge(question: Question, verdict: Verdict, standing: Standing): Seen | null;
  /** The verdict is on record. */
  noted(about: Place, seen: Seen | null): void;
  report(): FlipReport | null;
  /** Goes by the set that watches now; of one that watched before this process began, what is on record is counted first. */
  watch(set: { readonly digest: Digest; readonly since: number } | null): Promise<void>;
}

export interface Seen {
  /** Of the set that watches. */
  readonly digest: Digest;
  readonly flip: Flip | null;
}

interface Place {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly tool: ToolId;
}

/** How often the set that watches would have said something else, since it began to. */
export interface FlipReport {
  readonly digest: Digest;
  /** The last entry before it began. */
  readonly since: number;
  /** Verdicts on record that it judged too. */
  readonly judged: number;
  readonly flipped: number;
  /** The most frequent first. */
  readonly groups: readonly FlipGroup[];
}

export interface FlipGroup extends Place {
  readonly policy: string;
  readonly from: Verdict['kind'];
  readonly to: Verdict['kind'];
  readonly count: number;
}

/** More kinds of flips than anybody reads; those beyond are counted in `flipped` only. */
const MOST_GROUPS = 10_000;

export function createBeside(options: { readonly pool: Pool; readonly judge: Judge }): Beside {
  let tally: Tally | null = null;

  return {
    judge(question, verdict, standing) {
      const law = standing.logOnlyOf(question.intent.tenant);
      if (law === null || tally === null) return null;
      return { digest: tally.digest, flip: flipOf(verdict, options.judge(question, law).verdict, tally.digest) };
    },
    noted(about, seen) {
      if (seen !== null && seen.digest === tally?.digest) tally.count(about, seen.flip);
    },
    report: () => tally?.report() ?? null,
    async watch(set) {
      if (set?.digest === tally?.digest && set?.since === tally?.since) return;
      const next = set === null ? null : createTally(set);
      if (next !== null) await takeInRecord(options.pool, next);
      tally = next;
    },
  };
}

type Tally = ReturnType<typeof createTally>;

function createTally({ digest, since }: { readonly digest: Digest; readonly since: number }) {
  const groups = new Map<string, { -readonly [K in keyof FlipGroup]: FlipGroup[K] }>();
  let judged = 0;
  let flipped = 0;
  return {
    digest,
    since,
    count({ tenant, agent, tool }: Place, flip: Flip | null): void {
      judged += 1;
      if (flip === null || flip.digest !== digest) return;
      flipped += 1;
      for (const policy of flip.policies.length === 0 ? ['none permits it'] : flip.policies) {
        const { from, to } = flip;
        const key = [policy, tenant, agent, tool, from, to].join(' ');
        const known = groups.get(key);
        if (known !== undefined) known.count += 1;
        else if (groups.size < MOST_GROUPS) groups.set(key, { policy, tenant, agent, tool, from, to, count: 1 });
      }
    },
    report: (): FlipReport => ({
      digest,
      since,
      judged,
      flipped,
      groups: [...groups.values()].sort((a, b) => b.count - a.count || (a.policy < b.policy ? -1 : 1)),
    }),
  };
}

const PAGE = 5_000;

/** What was judged before this process began: every verdict on record since the set began to watch. */
async function takeInRecord(pool: Pool, tally: Tally): Promise<void> {
  let after = tally.since;
  for (;;) {
    const { rows } = await pool.query<{
      seq: string;
      tenant: TenantId;
      agent: AgentId;
      tool: ToolId;
      flip: Flip | null;
    }>(
      `select seq, tenant, agent, body::jsonb #>> '{body,tool}' as tool, body::jsonb #> '{body,logOnly}' as flip
       from reeve.entry where seq > $1 and kind in ('intent.permitted', 'intent.parked', 'intent.refused')
       order by seq limit $2`,
      [after, PAGE],
    );
    for (const { flip, ...about } of rows) tally.count(about, flip);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = Number(last.seq);
  }
}
