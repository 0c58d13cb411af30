/** The fleet, the law and the people of the proof `approval-days`: three rules with different times and calendars. */
import { z } from 'zod';
import { readPolicySet, type PolicySources } from '../../src/govern/index.ts';
import { agent, decision, eur, fleet, http, on, tool } from '../../src/sdk/index.ts';
import type { Fleet, PersonId, Principal, TenantId } from '../../src/vocabulary/index.ts';

export const TENANT = 'treasury' as TenantId;
export const EVENT = 'bill.received';
export const RULE_NAMES = ['quick', 'office', 'staged'] as const;
export type RuleName = (typeof RULE_NAMES)[number];
/** Minor units that each rule is asked about. */
export const AMOUNT_OF: Readonly<Record<RuleName, number>> = { quick: 15_000, office: 25_000, staged: 35_000 };
/** Who says yes, one after the other. */
export const ANSWERED_BY: Readonly<Record<RuleName, readonly string[]>> = {
  quick: ['duty'],
  office: ['controller'],
  staged: ['duty', 'controller'],
};
/** Who is let in by the first escalation of `quick`. */
export const LET_IN = 'lead';

export const CALENDARS = {
  office: {
    timezone: 'Europe/Madrid',
    days: [1, 2, 3, 4, 5],
    from: '08:00',
    to: '18:00',
    holidays: ['2026-10-12', '2026-11-02'],
  },
  shop: {
    timezone: 'America/New_York',
    days: [1, 2, 3, 4, 5, 6],
    from: '09:00',
    to: '17:00',
    holidays: ['2026-11-11'],
  },
};
export const RULES = {
  quick: {
    stages: [{ of: ['duty'], need: 1 }],
    expires: 'P1D',
    escalate: [
      { after: 'PT1H', to: LET_IN },
      { after: 'PT4H', to: 'chief' },
    ],
  },
  office: {
    stages: [{ of: ['controller'], need: 1 }],
    expires: 'P7D',
    escalate: [
      { after: 'PT10H', calendar: 'office', to: 'director' },
      { after: 'PT25H', calendar: 'office', to: 'chief' },
    ],
  },
  staged: {
    stages: [
      { of: ['duty'], need: 1 },
      { of: ['controller'], need: 1 },
    ],
    expires: 'P10D',
    escalate: [{ after: 'PT5H', calendar: 'shop', to: LET_IN }],
  },
};

/** The law that ships, and what the fleet is asked about. */
export function policiesOfDays(): PolicySources {
  const shipped = readPolicySet();
  const asking = RULE_NAMES.map(
    (name) => `
@id("asked-${name}")
@why("bills of this size are answered by the rule ${name}")
@approver("duty")
@rule("${name}")
forbid (principal, action, resource)
when { context.amountMinor == ${AMOUNT_OF[name]} }
unless { context.approvals.contains("asked-${name}") };`,
  );
  const rules = JSON.parse(shipped.rules) as { rules: object; calendars: object };
  return {
    ...shipped,
    policies: [shipped.policies, ...asking].join('\n'),
    rules: JSON.stringify({
      ...rules,
      rules: { ...rules.rules, ...RULES },
      calendars: { ...rules.calendars, ...CALENDARS },
    }),
  };
}

export const Bill = z.object({ bill: z.string(), minor: z.int() });
export const pay = tool('grc.pay', {
  description: 'Pay a bill',
  input: Bill,
  output: z.object({ id: z.string(), status: z.string() }),
  effect: 'E1',
  resource: ({ bill }) => bill,
  amount: ({ minor }) => ({ minor, currency: 'EUR' }),
  call: http('grc', 'POST /payments'),
});

/** @param version the code of another release of the same agent */
export function fleetOfDays(version: string): Fleet {
  const payer = agent('payer.treasury', {
    purpose: version === '1' ? 'Pay bills' : `Pay bills, release ${version}`,
    owner: 'treasury-team',
    tenant: TENANT,
    expires: '2099-12-31',
    perceive: on(EVENT, Bill),
    reason: decision('note', {
      description: 'Whether a note is kept',
      table: new URL('../hostile/note.jdm.json', import.meta.url),
      tests: new URL('../hostile/note.tests.json', import.meta.url),
      input: z.object({ length: z.int() }),
      output: z.object({ keep: z.boolean() }),
    }),
    given: () => ({ length: 1 }),
    propose: ({ event }) => [pay.with(event.data, 'it was received')],
    act: [pay.upTo(eur(5_000))],
    autonomy: { default: 'L4' },
  });
  return fleet('days', { tenant: TENANT, agents: [payer], work: () => [] });
}

export function bearer(name: string): Principal {
  return {
    person: `per_${name}` as PersonId,
    name,
    teams: [],
    grants: [{ tenant: TENANT, role: 'approver', as: name }],
    via: 'session',
    scopes: null,
    credential: `proof-${name}`,
  };
}
