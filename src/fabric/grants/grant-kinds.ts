import { whyNotTogether, type StandingGrant } from '../../govern/index.ts';
import {
  derivedId,
  Misuse,
  type EntryDraft,
  type Json,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument } from '../documents.ts';
import type { MotionKind } from '../motions.ts';
import {
  BreakGlassWish,
  GrantWish,
  liftsOf,
  grantersOf,
  placeOf,
  refuseGranter,
  scopeOf,
  type BreakGlassGrant,
  type GrantOptions,
} from './grant-terms.ts';

/** Answers in advance, and the glass broken by two. */
export function grantKinds(
  options: GrantOptions,
  refuseSuspended: (person: PersonId) => Promise<void>,
): readonly MotionKind[] {
  return [makeKind(options), breakGlassKind(options, refuseSuspended)] as readonly MotionKind[];
}

/**
 * A standing grant is itself approved: both people have to be able to answer for every policy that it lifts, and between them
 * every stage of every rule.
 */
function makeKind(options: GrantOptions): MotionKind<GrantWish> {
  const { registry, clock } = options;
  return {
    kind: 'grant.make',
    right: 'approvals.answer',
    schema: GrantWish,
    tenantOf: ({ tenant }) => tenant as TenantId,
    says: ({ agent, tool, uses, until, lifts }) =>
      `answers in advance for ${agent} and ${tool}: ${uses} times until ${until}, lifting ${lifts.join(', ')}`,
    needsSecond: () => true,
    mayTakePart: (wish, by: Principal) => refuseGranter(by, wish, options),
    async carryOut(wish, { id, by, reason }) {
      const standing = options.standing();
      const place = placeOf(registry, wish);
      const law = standing.lawOf(place.tenant);
      const lifts = liftsOf(wish.lifts, law);
      const now = clock.now();
      const until = Date.parse(wish.until);
      const { mostDays, mostUses } = law.rules.standingGrants;
      if (until <= now || until > now + mostDays * 86_400_000) {
        throw new Misuse('bad-request', `\`until\` lies within the next ${mostDays} days`);
      }
      if (wish.uses > mostUses) throw new Misuse('bad-request', `\`uses\` is at most ${mostUses}`);
      const people = await grantersOf(by, options);
      for (const one of people) refuseGranter(one, wish, options);
      // With one operator only a delay takes the second one's place; and before somebody seconds it there is only one to look at.
      const together = by.length < 2 ? null : whyNotTogether(people, wish.lifts, law, place.tenant);
      if (together !== null) throw new Misuse('forbidden', together);
      const grant: StandingGrant = {
        form: 'standing',
        ...scopeOf(place),
        lifts,
        resource: wish.resource,
        upTo: wish.upTo,
        uses: wish.uses,
        from: now,
        until,
        by,
        reason,
      };
      const grantId = derivedId('standing-grant', id);
      return {
        entries: [grantEntry('standing-grant.changed', wish.tenant, grantId, 'in-force', grant, { motion: id })],
        documents: [
          newDocument('standing-grant', grantId, wish.tenant, { state: 'in-force', dueAt: until, content: grant }),
        ],
        judgedUnder: standing.number,
        changesLaw: true,
      };
    },
  };
}

function breakGlassKind(
  options: GrantOptions,
  refuseSuspended: (person: PersonId) => Promise<void>,
): MotionKind<BreakGlassWish> {
  return {
    kind: 'break-glass.open',
    right: 'break-glass.open',
    schema: BreakGlassWish,
    tenantOf: ({ tenant }) => tenant as TenantId,
    says: ({ agent, tool, minutes, lifts }) =>
      `breaks the glass for ${[agent, tool].filter((part) => part !== null).join(' and ')}: ${minutes} minutes, lifting ${lifts.join(', ')}`,
    needsSecond: () => true,
    mayTakePart: (_, by) => refuseSuspended(by.person),
    carryOut(wish, { id, by, reason }) {
      const grantId = derivedId('standing-grant', id);
      const grant = brokenGlass(wish, by, reason, null, options);
      return {
        entries: [
          grantEntry('break-glass.opened', wish.tenant, grantId, 'in-force', grant, { motion: id, alone: false }),
        ],
        documents: [
          newDocument('standing-grant', grantId, wish.tenant, {
            state: 'in-force',
            dueAt: grant.until,
            content: grant,
          }),
        ],
        judgedUnder: options.standing().number,
        changesLaw: true,
      };
    },
  };
}

/** What breaking the glass grants, from now on. @throws Misuse `bad-request`, `unknown-agent`, `unknown-tool`. */
export function brokenGlass(
  wish: BreakGlassWish,
  by: readonly PersonId[],
  reason: string,
  review: BreakGlassGrant['review'],
  { registry, standing, clock }: GrantOptions,
): BreakGlassGrant {
  const law = standing().lawOf(wish.tenant as TenantId);
  const { breakGlass, standingGrants } = law.rules;
  if (wish.minutes > breakGlass.mostMinutes) {
    throw new Misuse('bad-request', `\`minutes\` is at most ${breakGlass.mostMinutes}`);
  }
  return {
    form: 'break-glass',
    ...scopeOf(placeOf(registry, wish)),
    lifts: liftsOf(wish.lifts, law),
    resource: '',
    upTo: null,
    uses: standingGrants.mostUses,
    from: clock.now(),
    until: clock.now() + wish.minutes * 60_000,
    by,
    reason,
    review,
  };
}

export function grantEntry(
  kind: 'standing-grant.changed' | 'break-glass.opened' | 'break-glass.reviewed',
  tenant: string,
  grant: string,
  state: string,
  content: StandingGrant,
  more: { readonly [key: string]: Json } = {},
): EntryDraft {
  const { agent, tool, lifts, resource, upTo, uses, from, until, by, reason } = content;
  return {
    kind,
    tenant: tenant as TenantId,
    run: null,
    agent,
    body: {
      grant,
      state,
      tool,
      lifts: lifts.map(({ policy }) => policy),
      resource,
      upTo: upTo === null ? null : { ...upTo },
      uses,
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
      by: [...by],
      reason,
      ...more,
    },
  };
}
