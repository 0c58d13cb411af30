import { timingSafeEqual } from 'node:crypto';
import { RetryLater, type Principal } from '../vocabulary/index.ts';
import { hashOf } from './access-token.ts';
import type { Doorkeeper } from './doorkeeper.ts';
import { grantsOfFirst, LOCAL_ADMINISTRATOR, LOCAL_NAME } from './person.ts';

/** What it takes to let somebody in. */
export type Entrance = Pick<Doorkeeper, 'ofToken' | 'ofSession'>;

/**
 * A doorkeeper that is asked as ever, and beside it one for those who stop something: it lets them in while the record is away,
 * too, for that alone. Known are then whoever was let in since people last changed, and the installation's own token: whoever has
 * that can write the stop into the data folder anyway.
 */
export interface StopKeeper {
  readonly doorkeeper: Doorkeeper;
  readonly toStop: Entrance;
}

/** How long the record is waited for before it counts as away. */
const PATIENCE_MS = 400;
const MOST_KNOWN = 10_000;
const AWAY = 'away' as const;

export function createStopKeeper(inner: Doorkeeper, options: { readonly installationToken: string }): StopKeeper {
  const known = new Map<string, Principal>();
  const installation = hashOf(options.installationToken);
  const remembering = async (key: string, asked: Promise<Principal | null>): Promise<Principal | null> => {
    const principal = await asked;
    if (principal === null) known.delete(key);
    else {
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(key, principal);
    }
    return principal;
  };
  const doorkeeper: Doorkeeper = {
    ofToken: (text) => remembering(`token ${hashOf(text)}`, inner.ofToken(text)),
    ofSession: (headers) => remembering(keyOf(headers), inner.ofSession(headers)),
    forget() {
      known.clear();
      inner.forget();
    },
  };
  return {
    doorkeeper,
    toStop: {
      ofToken: (text) =>
        whenAway(doorkeeper.ofToken(text), () => {
          const hash = hashOf(text);
          if (timingSafeEqual(Buffer.from(hash), Buffer.from(installation))) return forStopping(FIRST);
          return forStopping(known.get(`token ${hash}`));
        }),
      ofSession: (headers) => whenAway(doorkeeper.ofSession(headers), () => forStopping(known.get(keyOf(headers)))),
    },
  };
}

/** Who holds the installation's token, as far as that can be told without the record. */
const FIRST: Principal = {
  person: LOCAL_ADMINISTRATOR,
  name: LOCAL_NAME,
  teams: [],
  grants: grantsOfFirst([]),
  via: 'token',
  scopes: null,
  credential: 'installation',
};

/** The same, for nothing but to stop: what somebody may no longer do cannot be seen now. */
function forStopping(principal: Principal | undefined): Principal | null {
  if (principal === undefined || principal.scopes?.includes('stop') === false) return null;
  return { ...principal, scopes: ['stop'] };
}

async function whenAway(
  asked: Promise<Principal | null>,
  otherwise: () => Principal | null,
): Promise<Principal | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof AWAY>((resolve) => {
    timer = setTimeout(() => resolve(AWAY), PATIENCE_MS);
  });
  let reason: unknown = new RetryLater('database-unreachable', 'the record is away and does not know you yet', {
    fix: 'use the token of the installation, or `reeve stop --file` at the machine',
  });
  const answer = await Promise.race([
    asked.catch((error: unknown) => {
      if (!(error instanceof RetryLater) || error.code === 'too-many-attempts') throw error;
      reason = error;
      return AWAY;
    }),
    late,
  ]).finally(() => clearTimeout(timer));
  if (answer !== AWAY) return answer;
  const principal = otherwise();
  if (principal === null) throw reason;
  return principal;
}

function keyOf(headers: Headers): string {
  return `session ${hashOf(headers.get('cookie') ?? '')}`;
}
