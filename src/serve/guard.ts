import type { Entrance } from '../identity/index.ts';
import {
  may,
  Misuse,
  tenantsOf,
  type PersonId,
  type Principal,
  type Right,
  type TenantId,
} from '../vocabulary/index.ts';

/** Tenants that somebody's right reaches; `*`: all, and the installation itself. */
export type Tenants = '*' | readonly TenantId[];

/** Names under which a server on loopback is called by someone on the same machine. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Against DNS rebinding: a page of somebody else whose name was pointed at 127.0.0.1 comes with its own name as `Host`.
 *
 * @param port where we listen; null lets any port pass (tests without a socket).
 * @throws Misuse `bad-host`.
 */
export function checkHost(host: string | null, port: number | null): void {
  const [, name = '', given = '80'] = /^(.*?)(?::(\d{1,5}))?$/.exec(host?.toLowerCase() ?? '') ?? [];
  if (LOOPBACK.includes(name) && (port === null || Number(given) === port)) return;
  throw new Misuse('bad-host', 'this server is not called that', {
    fix: 'call it by `127.0.0.1` or `localhost` and its port; a proxy in front of it must set `Host` so',
  });
}

/** Behind an open endpoint: nobody, who may nothing. */
export const NOBODY: Principal = {
  person: `per_${'0'.repeat(32)}` as PersonId,
  name: 'nobody',
  teams: [],
  grants: [],
  via: 'token',
  scopes: [],
  credential: 'none',
};

/**
 * Who sends a request: by an access token, or by the cookie of a session.
 *
 * INVARIANT (no-forged-requests): what changes something and comes with a cookie must come from a page of ours.
 *
 * @throws Misuse `unauthorized`, `forbidden` for a request that another site made; RetryLater `too-many-attempts`.
 */
export async function authenticate(request: Request, doorkeeper: Entrance): Promise<Principal> {
  const { headers, method } = request;
  const authorization = headers.get('authorization');
  if (authorization !== null || !headers.has('cookie')) {
    const [, given] = /^Bearer ([^\s]+)$/i.exec(authorization ?? '') ?? [];
    const principal = given === undefined ? null : await doorkeeper.ofToken(given);
    if (principal !== null) return principal;
    throw new Misuse('unauthorized', given === undefined ? 'a token is needed' : 'the token is not right', {
      fix: 'send `authorization: Bearer TOKEN`; the token is in the file `token` in the data folder',
    });
  }
  const principal = await doorkeeper.ofSession(headers);
  if (principal === null) {
    throw new Misuse('unauthorized', 'you are not signed in (any more)', { fix: 'sign in again' });
  }
  if (method !== 'GET' && method !== 'HEAD') checkOrigin(request);
  return principal;
}

/** Throws Misuse `forbidden` unless a page of this server made the request, as browsers say it. */
export function checkOrigin({ headers }: Request): void {
  const origin = headers.get('origin');
  // `Host` has been checked: it is one of our names.
  if (origin !== null && origin === `http://${headers.get('host')?.toLowerCase()}`) return;
  throw new Misuse('forbidden', 'a request with a cookie must come from a page of this server');
}

/**
 * Where somebody has a right, or only the tenant that it is needed in.
 *
 * @param tenant where it is needed; null: in any.
 * @throws Misuse `forbidden`, whether or not there is such a tenant.
 */
export function checkRight(principal: Principal, right: Right, tenant: TenantId | '*' | null): Tenants {
  const tenants = tenantsOf(principal, right);
  const has = tenant === null ? tenants.length > 0 : may(principal, right, tenant);
  if (has) return tenant === null || tenant === '*' ? tenants : [tenant];
  const where = tenant === null ? '' : tenant === '*' ? ' for the whole installation' : ` in \`${tenant}\``;
  throw new Misuse('forbidden', `this needs the right \`${right}\`${where}`, {
    fix: '`reeve whoami` shows your roles; an administrator can give you another',
  });
}

/** Whether a tenant is among those. */
export function covers(tenants: Tenants, tenant: string): boolean {
  return tenants === '*' || tenants.some((one) => one === tenant);
}
