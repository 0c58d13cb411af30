import type { Pool } from 'pg';
import { canonical, type Json } from '../../src/vocabulary/index.ts';

/** Enforcement as it stands on record, in the terms of somebody who wants less of it. */
export interface Enforcement {
  readonly law: string;
  readonly watching: readonly string[];
  readonly stopped: readonly string[];
  readonly documents: readonly Doc[];
}
interface Doc {
  readonly kind: string;
  readonly id: string;
  readonly state: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- read as it stands on record, whatever the code believes of it
  readonly content: any;
}

const KINDS = ['autonomy', 'budget', 'mode', 'person', 'standing-grant', 'tenant-policies'];

/** Read straight from the tables: what the platform says of itself is not asked. */
export async function enforcement(pool: Pool): Promise<Enforcement> {
  const { rows } = await pool.query<{ sets: Doc[] | null; stopped: string[] | null; documents: Doc[] | null }>(
    `select (select jsonb_agg(jsonb_build_object('id', id, 'state', state) order by id) from reeve.document
             where kind = 'policy-set' and state in ('enforced', 'log-only')) as sets,
       (select jsonb_agg(scope order by scope) from reeve.fence where stopped) as stopped,
       (select jsonb_agg(jsonb_build_object('kind', kind, 'id', id, 'state', state, 'content', content) order by kind, id)
        from reeve.document where kind = any($1) and state in ('in-force', 'active')) as documents`,
    [KINDS],
  );
  const { sets, stopped, documents } = rows[0]!;
  const idsIn = (state: string) => (sets ?? []).filter((set) => set.state === state).map(({ id }) => id);
  return {
    law: idsIn('enforced').join(' '),
    watching: idsIn('log-only'),
    stopped: stopped ?? [],
    documents: documents ?? [],
  };
}

/** What is weaker afterwards than before, each in a few words; empty when nothing is. */
export function weakened(before: Enforcement, after: Enforcement): readonly string[] {
  const found: string[] = [];
  if (before.law !== after.law) found.push('the law is another');
  for (const set of before.watching) if (!after.watching.includes(set)) found.push('a set watches no longer');
  for (const scope of before.stopped) if (!after.stopped.includes(scope)) found.push(`the stop of ${scope} is lifted`);
  const was = byKey(before.documents);
  const is = byKey(after.documents);
  for (const [key, { kind, content }] of was) {
    const now = is.get(key)?.content;
    if (kind === 'budget' && !isBudgetKept(content.terms, now?.terms)) found.push(`budget ${key} is looser`);
    if (kind === 'tenant-policies' && !isTextKept(content.policies, now?.policies ?? '')) {
      found.push(`${key} forbid less`);
    }
    if (kind === 'autonomy' && content.form === 'ceiling' && now === undefined) found.push(`${key} is lifted`);
    if (kind === 'mode' && now?.single !== content.single) found.push('the mode is another');
  }
  for (const [key, { kind, content }] of is) {
    const earlier = was.get(key)?.content;
    if (kind === 'standing-grant' && earlier === undefined && !isBrokenAlone(content)) found.push(`${key} is new`);
    if (kind === 'autonomy' && content.form === 'promotion' && !same(content, earlier)) found.push(`${key} is raised`);
    if (kind === 'person') found.push(...gained(key, earlier, content));
  }
  if (administrators(after) < Math.min(2, administrators(before))) found.push('nobody is left to second');
  return found;
}

/** Broken glass that one person may open alone: short, of something named, and to be reviewed by somebody else. */
export function isBrokenAlone({ form, from, until, review, by, agent, tool }: Doc['content']): boolean {
  return (
    form === 'break-glass' &&
    until - from <= 3_600_000 &&
    review !== null &&
    review.dueAt - from <= 24 * 3_600_000 &&
    by.length === 1 &&
    (agent !== null || tool !== null)
  );
}

function gained(key: string, before: Doc['content'], after: Doc['content']): readonly string[] {
  const grants = (before?.grants ?? []).map(canonical);
  const found = after.grants
    .filter((grant: { role: string }) => grant.role !== 'viewer' && !grants.includes(canonical(grant as Json)))
    .map((grant: { role: string }) => `${key} became ${grant.role}`);
  const decides = after.grants.some(({ role }: { role: string }) => role !== 'viewer');
  if (before !== undefined) {
    if (!same(before.accounts, after.accounts)) found.push(`${key} has other accounts`);
    // Whoever leaves a team may approve what its agents want.
    for (const team of before.teams) if (!after.teams.includes(team)) found.push(`${key} left ${team}`);
    if (decides && after.link !== null && !same(before.link, after.link)) found.push(`${key} may be come in as`);
  }
  return found;
}

function administrators({ documents }: Enforcement): number {
  return documents.filter(
    ({ kind, content }) =>
      kind === 'person' &&
      content.grants.some(
        ({ tenant, role }: { tenant: string; role: string }) => tenant === '*' && role === 'administrator',
      ),
  ).length;
}

/** The same but for a cap that is lower. */
function isBudgetKept(before: { cap: number }, after: { cap: number } | null = null): boolean {
  return after !== null && after.cap <= before.cap && same({ ...before, cap: 0 }, { ...after, cap: 0 });
}

/** Each policy that was there is there to the letter. */
function isTextKept(before: string, after: string): boolean {
  return before
    .split(/(?=@id\()/)
    .map((part) => part.trim())
    .every((part) => after.includes(part));
}

function byKey(documents: readonly Doc[]): Map<string, Doc> {
  return new Map(documents.map((document) => [`${document.kind} ${document.id}`, document]));
}

function same(one: unknown, other: unknown): boolean {
  return (
    one === other || (one !== undefined && other !== undefined && canonical(one as Json) === canonical(other as Json))
  );
}
