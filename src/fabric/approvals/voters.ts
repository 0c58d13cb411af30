import type { Pool } from 'pg';
import { approverNames, type Approval, type PersonId, type RoleGrant } from '../../vocabulary/index.ts';

/**
 * Whose votes do not count any more: people who have left, turned out to be somebody else, or no longer bear a name that they
 * answered under. Asked at the gate; to take a role away is a change of the law, so what was weighed before it is weighed again.
 */
export async function goneVoters(pool: Pool, { votes, bound }: Approval): Promise<readonly PersonId[]> {
  const voters = votes.map((vote) => ({ ...vote, bearer: vote.onBehalfOf ?? vote.person }));
  const ids = [...new Set(voters.flatMap(({ person, bearer }) => [person, bearer]))];
  if (ids.length === 0) return [];
  const { rows } = await pool.query<{ id: PersonId; state: string; grants: readonly RoleGrant[] }>(
    `select id, state, content->'grants' as grants from reeve.document where kind = 'person' and id = any($1)`,
    [ids],
  );
  // Nobody comes in by any door without a document; who has none was handed in by the program itself.
  const known = new Map(rows.map((row) => [row.id, row]));
  const isGone = (id: PersonId) => (known.get(id)?.state ?? 'active') !== 'active';
  return voters.flatMap(({ person, bearer, as }) => {
    const row = known.get(bearer);
    const names = row === undefined ? as : approverNames({ grants: row.grants }, bound.tenant);
    const hasNames = as.every((name) => names.includes(name));
    return [...(isGone(person) ? [person] : []), ...(isGone(bearer) || !hasNames ? [bearer] : [])];
  });
}
