import type { Pool } from 'pg';
import type { Law, StopScope } from '../govern/index.ts';
import type { Intent, Tool } from '../vocabulary/index.ts';

/** What is in force at one moment: the policies, the fence, and the number under which the record knows this state. */
export interface Standing {
  readonly law: Law;
  /** Number of the law on record; what is judged under another number does not pass the gate. */
  readonly number: number;
  readonly fences: ReadonlyMap<string, Fence>;
}

export interface Fence {
  readonly scope: string;
  readonly stopped: boolean;
  readonly epoch: number;
  readonly reason: string;
}

/** Reads what is in force from the record; the policies are those of this process. */
export async function readStanding(pool: Pool, law: Law): Promise<Standing> {
  const { rows } = await pool.query<{ law: string; fences: Fence[] | null }>(
    `select law, (select jsonb_agg(jsonb_build_object('scope', scope, 'stopped', stopped, 'epoch', epoch, 'reason', reason))
                  from reeve.fence) as fences
     from reeve.head`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the record has no head');
  const fences = new Map((row.fences ?? []).map((fence) => [fence.scope, fence]));
  return { law, number: Number(row.law), fences };
}

/** Kinds of scope that are stopped and cover this intent. */
export function stoppedFor(
  { fences }: Standing,
  intent: Pick<Intent, 'tenant' | 'agent' | 'tool'>,
  tool: Tool | null,
): readonly StopScope[] {
  if (fences.size === 0) return NONE;
  const scopes: readonly (readonly [StopScope, string])[] = [
    ['everything', 'everything'],
    ['tenant', `tenant:${intent.tenant}`],
    ['agent', `agent:${intent.agent}`],
    ['tool', `tool:${intent.tool}`],
    ['class', `class:${tool?.effect ?? ''}`],
  ];
  return scopes.flatMap(([kind, scope]) => (fences.get(scope)?.stopped === true ? [kind] : []));
}

const NONE: readonly StopScope[] = [];
