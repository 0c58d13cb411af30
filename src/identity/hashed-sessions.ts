import type { DBAdapter, DBTransactionAdapter, Where } from 'better-auth';
import { hashOf } from './access-token.ts';

/** What a method of an adapter is given, as far as sessions are concerned. */
interface Given {
  readonly model: string;
  readonly where?: Where[];
  readonly data?: object;
  readonly update?: object;
  readonly set?: object;
}
type Method = (given: Given) => Promise<unknown>;

const METHODS = [
  'create',
  'findOne',
  'findMany',
  'count',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'consumeOne',
  'incrementOne',
] as const satisfies readonly (keyof DBTransactionAdapter)[];

/**
 * An adapter of Better Auth that keeps the SHA-256 of a session's token where Better Auth would keep the token: who reads the
 * database, or a copy of it, cannot sign in with what they find. Better Auth gets back the token that it asked with; the
 * column takes nothing but a hash, should a method ever pass by here.
 */
export function hashingSessions(adapter: DBAdapter): DBAdapter {
  return {
    ...adapter,
    ...hashing(adapter),
    transaction: (work) => adapter.transaction((inside) => work({ ...inside, ...hashing(inside) })),
  };
}

function hashing(adapter: DBTransactionAdapter): Pick<DBTransactionAdapter, (typeof METHODS)[number]> {
  const methods = METHODS.map((name) => {
    const plain = adapter[name] as unknown as Method;
    const wrapped: Method = async (given) => {
      if (given.model !== 'session') return plain(given);
      const found = await plain({
        ...given,
        ...(given.where !== undefined && { where: given.where.map(hashedCondition) }),
        ...(given.data !== undefined && { data: withHash(given.data) }),
        ...(given.update !== undefined && { update: withHash(given.update) }),
        ...(given.set !== undefined && { set: withHash(given.set) }),
      });
      const token = tokenOf(given.data) ?? tokenOf(given.update) ?? askedFor(given.where);
      const isRow = found !== null && typeof found === 'object' && 'token' in found;
      return isRow && token !== null ? { ...found, token } : found;
    };
    return [name, wrapped] as const;
  });
  return Object.fromEntries(methods) as unknown as Pick<DBTransactionAdapter, (typeof METHODS)[number]>;
}

function tokenOf(row: object | undefined): string | null {
  const { token } = (row ?? {}) as { token?: unknown };
  return typeof token === 'string' ? token : null;
}

function askedFor(where: readonly Where[] | undefined): string | null {
  const value = where?.find(({ field, operator = 'eq' }) => field === 'token' && operator === 'eq')?.value;
  return typeof value === 'string' ? value : null;
}

function withHash(row: object): object {
  const token = tokenOf(row);
  return token === null ? row : { ...row, token: hashOf(token) };
}

function hashedCondition(condition: Where): Where {
  const { field, value } = condition;
  if (field !== 'token') return condition;
  if (typeof value === 'string') return { ...condition, value: hashOf(value) };
  return Array.isArray(value) ? { ...condition, value: (value as string[]).map(hashOf) } : condition;
}
