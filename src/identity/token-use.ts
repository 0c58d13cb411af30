import type { Pool } from 'pg';
import type { TokenId } from './access-token.ts';

/** Notes when a token was last used; milliseconds since the epoch. */
export async function noteUse(pool: Pool, token: TokenId, now: number): Promise<void> {
  await pool.query(
    `insert into reeve_identity.token_use (token, at) values ($1, $2)
     on conflict (token) do update set at = greatest(reeve_identity.token_use.at, excluded.at)`,
    [token, new Date(now)],
  );
}

/** When each of these was last used; those that never were are left out. */
export async function lastUses(pool: Pool, tokens: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ token: string; at: Date }>(
    'select token, at from reeve_identity.token_use where token = any($1)',
    [tokens],
  );
  return new Map(rows.map(({ token, at }) => [token, at.getTime()]));
}
