/** The people, rules and policies of the proof `approval-protocol`: known to its workers and to its judge. */
import { readPolicySet, parseLaw, type Law } from '../../src/govern/index.ts';
import type { LawBook } from '../../src/fabric/policies/law-book.ts';
import type { Digest, PersonId, Principal, TenantId } from '../../src/vocabulary/index.ts';
import { clerk } from './approval-world.ts';

export const TENANT: TenantId = clerk.tenant;

const BEARS: readonly (readonly string[])[] = [
  ['controller'],
  ['controller'],
  ['controller', 'director'],
  ['controller'],
  ['director'],
  ['director', 'chief'],
  ['chief'],
  // Of the team that owns the agent.
  ['controller'],
];

export const PEOPLE: readonly Principal[] = BEARS.map((names, n) => ({
  person: `per_${n}` as PersonId,
  name: `Person ${n}`,
  teams: n === BEARS.length - 1 ? [clerk.owner] : [],
  grants: names.map((as) => ({ tenant: TENANT, role: 'approver', as })),
  via: 'session',
  scopes: null,
  credential: `proof-${n}`,
}));

/** Who wrote every set of policies but the first. */
const AUTHOR = `per_3` as PersonId;

const RULES = {
  two: {
    stages: [{ of: ['controller'], need: 2 }],
    separate: ['requester', 'owner', 'author'],
    expires: 'PT60S',
    escalate: [{ after: 'PT4S', to: 'chief' }],
  },
  staged: {
    stages: [
      { of: ['controller'], need: 1 },
      { of: ['director'], need: 1 },
    ],
    separate: ['requester'],
    expires: 'PT50S',
    escalate: [
      { after: 'PT3S', to: 'chief' },
      { after: 'PT6S', to: 'director' },
    ],
  },
  apart: {
    stages: [{ of: ['controller', 'director'], need: 1 }],
    expires: 'PT60S',
    delegable: false,
    dwellSeconds: 1,
    distinct: true,
  },
  three: { stages: [{ of: ['controller', 'director'], need: 3 }], separate: [], expires: 'PT12S' },
};

/** What asks for what amount, in minor units: above 100.00 one controller, and further rules by bands of 100.00. */
const BANDS = [
  ['two', 20_000, 30_000],
  ['staged', 30_000, 50_000],
  ['apart', 40_000, 50_000],
  ['three', 50_000, 60_000],
] as const;
/** An amount in each band, one that nobody has to be asked about, and one that no law lets pass. */
export const AMOUNTS = [15_000, 25_000, 35_000, 45_000, 55_000];
export const FREE_AMOUNT = 5_000;
export const FORBIDDEN_AMOUNT = 200_000_000;

/** Several sets of policies that ask the same and are not the same. */
export function lawsOfProof(): readonly Law[] {
  const shipped = readPolicySet();
  const rules = JSON.parse(shipped.rules) as { rules: object };
  const rulesText = JSON.stringify({ ...rules, rules: { ...rules.rules, ...RULES } });
  const asking = shipped.policies.replace(
    /(@id\("amount-over-limit"\)[\s\S]*?)@approver\("finance-controller"\)\n@expires\("604800"\)/,
    '$1@approver("controller")\n@expires("55")',
  );
  const bands = BANDS.map(
    ([name, above, upTo]) => `
@id("band-${name}")
@why("amounts of this band are answered by the rule ${name}")
@approver("controller")
@rule("${name}")
forbid (principal, action, resource)
when { context.amountMinor > ${above} && context.amountMinor <= ${upTo} }
unless { context.approvals.contains("band-${name}") };`,
  ).join('\n');
  return [0, 1, 2].map((n) => {
    const never = `@id("never")\n@why("never applies")\nforbid (principal, action, resource) when { context.amountMinor == -${n + 7} };`;
    return parseLaw(`${asking}\n${bands}\n${never}`, shipped.schema, 'candidate', rulesText);
  });
}

/** The law that is enforced on record, of these. */
export function bookOf(laws: readonly Law[]): LawBook {
  const known = new Map<Digest, Law>(laws.map((law) => [law.digest, law]));
  return {
    inForce(sets) {
      const enforced = sets.filter(({ state }) => state === 'enforced');
      const law = known.get((enforced[0]?.id ?? '') as Digest);
      if (law === undefined || enforced.length !== 1) throw new Error(`${enforced.length} sets are enforced`);
      const authors = law === laws[0] ? [] : [AUTHOR];
      return Promise.resolve({ law, authors, lawOf: () => law, tightened: [], logOnlyOf: () => null });
    },
  };
}
