/**
 * Every route and every kind of change, tried by each role alone, with whatever would weaken enforcement. What counts is what
 * stands on record before and after, not what the platform answers.
 */
import type { MotionKind } from '../../src/fabric/motions.ts';
import { RIGHTS, ROLES, type Right } from '../../src/vocabulary/index.ts';
import { kindAttempts, plans, removals, routeAttempts, type Attempt } from './fail-closed-bodies.ts';
import { lawWorld, tokenOf, type Answer, type Attacker, type Credential, type LawWorld } from './fail-closed-people.ts';
import { enforcement, isBrokenAlone, weakened, type Enforcement } from './fail-closed-weaker.ts';
import type { Figure, Size } from './proof.ts';

interface Tally {
  attempts: number;
  /** What let something through is what shows that the attempts are more than noise. */
  letThrough: number;
  weakened: number;
  readonly how: string[];
  readonly byRole: Map<string, number>;
  /** As it stood after the last attempt. */
  last: Enforcement;
  /** Credentials that did not hold any more when all was tried. */
  spent: number;
}

export async function routesAlone({
  size,
  log,
}: {
  readonly size: Size;
  log(line: string): void;
}): Promise<{ readonly pass: boolean; readonly figures: Readonly<Record<string, Figure>> }> {
  const world = await lawWorld();
  try {
    const every = world.attackers.at(-1)!;
    const api = (await world.ask(every.token, 'GET', '/v1/openapi.json')).body;
    const { kinds } = world.platform.fabric.motions;
    const last = await enforcement(world.platform.pool);
    const tally: Tally = { attempts: 0, letThrough: 0, weakened: 0, how: [], byRole: new Map(), last, spent: 0 };
    for (const me of world.attackers) {
      for (const [how, credential] of await credentialsOf(world, me, size)) {
        const own = await ownMotions(world, me);
        const all = [...plans(world, me)];
        if (size === 'full' || how === 'token') {
          all.push(...kindAttempts(kinds, world, me), ...routeAttempts(api, world, me, own));
        }
        const before = tally.attempts;
        for (const attempt of all) await tryIt(world, me, credential, attempt, tally);
        // What they proposed they second themselves, by every door that they have.
        for (const id of await ownMotions(world, me)) {
          for (const by of [credential, me.session, me.token]) {
            await tryIt(world, me, by, { method: 'POST', path: `/v1/motions/${id}/second` }, tally);
          }
          await world.ask(me.session, 'POST', `/v1/motions/${id}/withdraw`, { reason: 'next' });
        }
        if ((await world.ask(credential, 'GET', '/v1/me')).status === 401) tally.spent += 1;
        log(`${me.name} by ${how}: ${tally.attempts - before} attempts, ${tally.weakened} weakened`);
      }
    }
    const alone = await glassBrokenAlone(world);
    const caught = await plantedKind(world, every);
    tally.last = await enforcement(world.platform.pool);
    for (const me of world.attackers) {
      for (const attempt of removals([...world.attackers, world.others.administrator], me).filter(
        () => me.name === 'administrator',
      )) {
        await tryIt(world, me, me.token, attempt, tally);
      }
    }
    const figures = {
      routes: Object.values(api.paths as object).reduce(
        (sum: number, path) => sum + Object.keys(path as object).length,
        0,
      ),
      kinds_of_motions: kinds.length,
      attempts: tally.attempts,
      let_through: tally.letThrough,
      weakened: tally.weakened,
      credentials_spent: tally.spent,
      first_weakened: tally.how.slice(0, 3).join(' | ') || null,
      ...Object.fromEntries(
        [...tally.byRole].map(([role, count]) => [`weakened_by_${role.replaceAll(/\W/g, '_')}`, count]),
      ),
      glass_broken_alone: alone.opened,
      glass_out_of_bounds: alone.outOfBounds,
      planted_kind_caught: caught,
    };
    const pass =
      figures.weakened === 0 &&
      figures.credentials_spent === 0 &&
      figures.let_through > 0 &&
      figures.glass_broken_alone > 0 &&
      figures.glass_out_of_bounds === 0 &&
      figures.planted_kind_caught &&
      tally.byRole.size === ROLES.length + 1;
    return { pass, figures };
  } finally {
    await world.close();
  }
}

/** A session, a token of all that somebody may, and one for each of their rights. */
async function credentialsOf(
  { ask }: LawWorld,
  me: Attacker,
  size: Size,
): Promise<readonly (readonly [string, Credential])[]> {
  const all: [string, Credential][] = [
    ['session', me.session],
    ['token', me.token],
  ];
  if (size === 'reduced' && me.name !== 'every role') return all;
  const { rights } = (await ask(me.token, 'GET', '/v1/me')).body as { rights: Record<string, unknown> };
  for (const right of RIGHTS) {
    if (right in rights) all.push([`token of ${right}`, await tokenOf(ask, me.session, [right as Right])]);
  }
  return all;
}

async function tryIt(
  world: LawWorld,
  me: Attacker,
  by: Credential,
  { method, path, body }: Attempt,
  tally: Tally,
): Promise<void> {
  // Whatever ends one's own credential only takes away, and would end the rest of the attempts.
  if (/sign-out|\/auth\/password|\/tokens\/.*revoke/.test(path)) return;
  const answer = await world.ask(by, method, path, body);
  // What only looks is looked after together with what comes next: the comparison is with how it stood the last time.
  const after = method === 'GET' ? tally.last : await enforcement(world.platform.pool);
  const found = [...weakened(tally.last, after), ...(await widened(world, me, by, answer))];
  tally.last = after;
  tally.attempts += 1;
  if (answer.status < 300 && method !== 'GET') tally.letThrough += 1;
  tally.byRole.set(me.name, (tally.byRole.get(me.name) ?? 0) + (found.length > 0 ? 1 : 0));
  if (found.length === 0) return;
  tally.weakened += 1;
  tally.how.push(`${me.name}: ${method} ${path} ${JSON.stringify(body)?.slice(0, 200)}: ${found.join('; ')}`);
}

/** Whether what was answered lets one come in as somebody else who decides, or with rights that one came without. */
async function widened(
  { ask, comeIn }: LawWorld,
  me: Attacker,
  by: Credential,
  answer: Answer,
): Promise<readonly string[]> {
  const link: unknown = answer.body?.path ?? answer.body?.link?.path;
  const token: unknown = answer.body?.text;
  const given: Credential[] = [];
  if (typeof token === 'string') given.push({ token });
  if (typeof link === 'string' && link.includes('#'))
    given.push(
      ...(await comeIn(link).then(
        (one) => [one],
        () => [],
      )),
    );
  const found: string[] = [];
  for (const credential of given) {
    const came = (await ask(credential, 'GET', '/v1/me')).body as {
      person?: string;
      rights?: Record<string, unknown>;
    };
    if (came.person === undefined) continue;
    const rights = ((await ask(by, 'GET', '/v1/me')).body as { rights: Record<string, unknown> }).rights;
    const more = Object.keys(came.rights ?? {}).filter((right) => !(right in rights));
    const decides = Object.keys(came.rights ?? {}).some((right) => right !== 'self' && right !== 'record.read');
    if (came.person !== me.person && decides) found.push(`came in as ${came.person}`);
    else if (came.person === me.person && more.length > 0) found.push(`came in with ${more.join(', ')}`);
  }
  return found;
}

/** Motions that somebody has proposed and that nobody has answered. */
async function ownMotions({ ask }: LawWorld, me: Attacker): Promise<readonly string[]> {
  const { items } = (await ask(me.session, 'GET', '/v1/motions?limit=200')).body as {
    items?: { id: string; by: string }[];
  };
  return (items ?? []).filter(({ by }) => by === me.person).map(({ id }) => id);
}

/** One person may break the glass alone: how often it was, and how often beyond what one person may. */
async function glassBrokenAlone({
  platform,
}: LawWorld): Promise<{ readonly opened: number; readonly outOfBounds: number }> {
  const { documents }: Enforcement = await enforcement(platform.pool);
  const broken = documents.filter(({ kind, content }) => kind === 'standing-grant' && content.form === 'break-glass');
  return { opened: broken.length, outOfBounds: broken.filter(({ content }) => !isBrokenAlone(content)).length };
}

/** A kind that forgets to ask for a second person: the comparison has to see what it weakens. */
async function plantedKind(world: LawWorld, me: Attacker): Promise<boolean> {
  const kind = world.platform.fabric.motions.kinds.find((one) => one.kind === 'fence.lift') as
    | { needsSecond: MotionKind['needsSecond'] }
    | undefined;
  if (kind === undefined) throw new Error('there is no kind `fence.lift`');
  const sane = kind.needsSecond;
  const last = await enforcement(world.platform.pool);
  const tally: Tally = { attempts: 0, letThrough: 0, weakened: 0, how: [], byRole: new Map(), last, spent: 0 };
  try {
    kind.needsSecond = () => false;
    const { scope } = world.there;
    const body = { scope, reason: 'planted' };
    await tryIt(world, me, me.token, { method: 'POST', path: '/v1/fences/lift', body }, tally);
    return tally.weakened === 1;
  } finally {
    kind.needsSecond = sane;
  }
}
