import { z } from 'zod';
import type { MotionKind } from '../../src/fabric/motions.ts';
import { AUTONOMY_LEVELS, newId, RIGHTS, type Json } from '../../src/vocabulary/index.ts';
import { backTest, TENANT, type Attacker, type LawWorld } from './fail-closed-people.ts';

/** One request that somebody makes. */
export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** As much of JSON Schema as the API and the kinds of motions use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly maximum?: number;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

/** Each body is made so many times, with other values. */
const VARIANTS = 3;
/** It measures for seconds, and is tried by itself. */
const SLOW = 'POST /v1/fences/drill';

/** Every route that is listed, each with bodies made from its schema: a route that is new is tried without being named here. */
export function routeAttempts(api: OpenApi, world: LawWorld, me: Attacker, own: readonly string[]): readonly Attempt[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([lower, operation]) => {
      const method = lower.toUpperCase();
      if (`${method} ${path}` === SLOW) return [];
      const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
      const variants = schema === undefined && !path.includes('{') ? 1 : VARIANTS;
      return Array.from({ length: variants }, (_, variant): Attempt => ({
        method,
        path: path.replace(/\{(\w+)\}/, (_all, name: string) => idFor(path, name, variant, world, me, own)),
        ...(schema !== undefined && {
          body: filled(schema, { variant, name: '', world, me, defs: api.components.schemas }),
        }),
      }));
    }),
  );
}

/** They take people away, themselves too: tried last, by {@link removals}. */
const TAKE_AWAY = ['person.remove', 'person.revoke'];

/** Every kind of motion that there is, with bodies made from its schema. */
export function kindAttempts(kinds: readonly MotionKind[], world: LawWorld, me: Attacker): readonly Attempt[] {
  return kinds.flatMap(({ kind, schema }) => {
    if (TAKE_AWAY.includes(kind)) return [];
    const described = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Schema;
    return Array.from({ length: VARIANTS }, (_, variant) =>
      motion(kind, filled(described, { variant, name: '', world, me, defs: {} })),
    );
  });
}

/** What would weaken enforcement if it were let through, by name. */
export function plans(world: LawWorld, me: Attacker): readonly Attempt[] {
  const { there, others } = world;
  const { person } = me;
  const agent = `payer.${TENANT}`;
  const tool = `grc.pay-${TENANT}`;
  const victim = others.administrator;
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const lifted = { tenant: TENANT, agent, tool, lifts: ['amount-over-limit'] };
  const grant = { ...lifted, resource: '', upTo: { minor: 90_000, currency: 'EUR' }, uses: 10, until: tomorrow };
  const glass = { ...lifted, minutes: 60 };
  const looser = { ...there.budget.terms, cap: 900_000_000 };
  const otherAccount = { ...there.budget.terms, window: 'day' };
  const roles = [
    { tenant: '*', role: 'administrator', as: null },
    { tenant: TENANT, role: 'administrator', as: null },
    { tenant: '*', role: 'approver', as: 'finance-controller' },
    { tenant: '*', role: 'approver', as: 'duty-manager' },
    { tenant: '*', role: 'operator', as: null },
    { tenant: '*', role: 'policy-author', as: null },
  ];
  const noEvidence = {
    agent,
    tool,
    bindings: { agentVersion: there.draft, toolDigest: there.draft, template: there.draft, law: there.enforced },
    since: 0,
    fromSeq: 1,
    toSeq: 9,
    clean: 5_000,
    errors: 0,
    unseen: 0,
    digest: there.draft,
  };
  const post = (path: string, body: object): Attempt => ({ method: 'POST', path, body });
  const because = { reason: 'it is in the way' };
  return [
    motion('policies.enforce', { digest: there.draft }),
    motion('policies.enforce', { digest: there.previous }),
    motion('policies.step-back', { from: there.enforced, to: there.previous }),
    motion('policies.end-log-only', { digest: there.watching }),
    ...(['tighten', 'weaken'] as const).flatMap((how) =>
      ['', there.tenantText.replace('90000', '90000000'), `${there.tenantText} `].map((policies) =>
        motion(`tenant-policies.${how}`, { tenant: TENANT, policies }),
      ),
    ),
    motion('autonomy.promote', { agent, tool, to: 'L5', evidence: noEvidence }),
    motion('autonomy.promote', { agent, tool, to: 'L3', evidence: noEvidence }),
    motion('autonomy.lift', { ceiling: there.ceiling, tenant: TENANT }),
    motion('grant.make', grant),
    motion('break-glass.open', glass),
    ...[0, 1, 2].flatMap((rev) =>
      [null, looser, otherAccount].map((terms) => motion('budget.change', { ...there.budget, rev, terms })),
    ),
    ...[1, 2, 3].map((epoch) => motion('fence.lift', { scope: there.scope, epoch })),
    ...roles.flatMap((one) =>
      [person, others.viewer].map((who) => motion('person.grant', { person: who, grant: one })),
    ),
    motion('person.teams', { person, teams: [] }),
    motion('person.link', { person, other: victim.person }),
    motion('person.link', { person: victim.person, other: person }),
    motion('person.sign-in-link', { person: victim.person }),
    motion('person.sign-in-link', { person: others.viewer }),
    // A person of one's own making, who is somebody else at the door.
    ...[victim.email, me.email, 'made@example.org'].flatMap((email) => {
      const made = newId('person');
      return [
        motion('person.add', { person: made, account: 'made', name: 'made', email, teams: [], tenants: [] }),
        motion('person.sign-in-link', { person: made }),
        post(`/v1/people/${made}/sign-in-link`, {}),
      ];
    }),
    motion('mode.change', { single: true }),
    post(`/v1/policies/${there.draft}/enforce`, because),
    post('/v1/policies/step-back', because),
    post(`/v1/policies/${there.watching}/log-only`, { watches: false, ...because }),
    post(`/v1/policies/${there.draft}/back-test`, backTest(there.enforced)),
    post(`/v1/tenants/${TENANT}/policies`, { policies: '', ...because }),
    post(`/v1/tenants/${TENANT}/policies`, { policies: there.tenantText.replace('90000', '90000000'), ...because }),
    ...[null, looser, otherAccount].map((terms) => post('/v1/budgets', { ...there.budget, terms, ...because })),
    post('/v1/fences/lift', { scope: there.scope, ...because }),
    post(`/v1/agents/${agent}/autonomy/promote`, { tool, to: 'L5', ...because }),
    post('/v1/autonomy/lift', { ceiling: there.ceiling, tenant: TENANT, ...because }),
    post('/v1/grants', { ...grant, ...because }),
    post('/v1/break-glass', { ...glass, ...because }),
    post('/v1/break-glass', { ...glass, alone: true, ...because }),
    post('/v1/break-glass', { ...glass, agent: null, tool: null, alone: true, ...because }),
    post('/v1/break-glass', { ...glass, minutes: 61, alone: true, ...because }),
    post(`/v1/people/${victim.person}/sign-in-link`, {}),
    post(`/v1/people/${others.viewer}/sign-in-link`, {}),
    post('/v1/people', { name: 'made', email: victim.email, tenants: [], ...because }),
    post('/v1/tokens', { name: 'wide', scopes: null, days: 365 }),
    post('/v1/tokens', { name: 'wide', scopes: [...RIGHTS], days: 365 }),
    ...[victim.person, others.viewer, person].map((to) =>
      post('/v1/delegations', { to, tenant: TENANT, until: tomorrow, ...because }),
    ),
    post('/v1/delegations', { to: person, tenant: TENANT, names: ['duty-manager'], until: tomorrow, ...because }),
    ...['http://127.0.0.1:5432/', 'http://[::1]/', 'http://169.254.169.254/latest/meta-data'].map((url) =>
      post('/v1/webhooks', { url, kinds: ['motion.proposed'], tenant: '*' }),
    ),
  ];
}

/** Whoever may take people away, until nobody is left who could second. */
export function removals(people: readonly Attacker[], me: Attacker): readonly Attempt[] {
  const administrator = { tenant: '*', role: 'administrator', as: null };
  return people
    .filter(({ person }) => person !== me.person)
    .flatMap(({ person }) => [
      motion('person.revoke', { person, grant: administrator }),
      motion('person.remove', { person }),
    ]);
}

function motion(kind: string, body: unknown): Attempt {
  return { method: 'POST', path: '/v1/motions', body: { kind, body, reason: 'it is in the way' } };
}

interface Filling {
  readonly variant: number;
  /** Of the property. */
  readonly name: string;
  readonly world: LawWorld;
  readonly me: Attacker;
  readonly defs: Readonly<Record<string, Schema>>;
}

/** A value that fits, and of those that fit one that lets through more. */
function filled(schema: Schema, filling: Filling): unknown {
  const { variant, defs } = filling;
  if (schema.$ref !== undefined) return filled(defs[schema.$ref.split('/').at(-1) ?? ''] ?? {}, filling);
  if (schema.const !== undefined) return schema.const;
  const known = valueFor(filling);
  if (known !== undefined) return known;
  if (schema.enum !== undefined) return schema.enum.at(-1 - (variant % schema.enum.length));
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return filled(either[variant % either.length] ?? {}, filling);
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((one) => filled(one, filling) as object)) as object;
  }
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties);
    return Object.fromEntries(entries.map(([name, one]) => [name, filled(one, { ...filling, name })]));
  }
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[variant % schema.type.length];
  if (type === 'array') return variant === 2 ? [] : [filled(schema.items ?? {}, filling)];
  if (type === 'integer' || type === 'number') return Math.min(schema.maximum ?? 1_000, 1_000 * variant);
  if (type === 'boolean') return variant !== 1;
  if (type === 'object') return {};
  if (type === 'null') return null;
  return 'x';
}

/** What a property of this name is asked for with; undefined: whatever its schema lets through. */
function valueFor({ name, variant, world: { there, others }, me }: Filling): unknown {
  const one = <T>(...values: readonly T[]) => values[variant % values.length];
  switch (name) {
    case 'person':
      return one(me.person, others.viewer, others.administrator.person);
    case 'other':
      return one(others.administrator.person, me.person, others.viewer);
    case 'tenant':
      return one(TENANT, '*', 'south');
    case 'tenants':
      return one(['*'], [TENANT], []);
    case 'agent':
      return `payer.${TENANT}`;
    case 'tool':
      return `grc.pay-${TENANT}`;
    case 'digest':
      return one(there.draft, there.approvalDigest, there.previous);
    case 'from':
      return there.enforced;
    case 'policies':
      return one('', there.tenantText.replace('90000', '90000000'));
    case 'scope':
      return there.scope;
    case 'epoch':
      return 1 + variant;
    case 'rev':
      return variant;
    case 'ceiling':
      return there.ceiling;
    case 'level':
      return AUTONOMY_LEVELS.at(-1);
    case 'lifts':
      return ['amount-over-limit'];
    case 'minutes':
      return 60;
    case 'until':
      return new Date(Date.now() + 86_400_000).toISOString();
    case 'email':
      return one(others.administrator.email, me.email, 'another@example.org');
    case 'url':
      return one('http://127.0.0.1:5432/', 'http://[::ffff:127.0.0.1]/', 'file:///etc/passwd');
    case 'grant':
      return one(
        { tenant: '*', role: 'administrator', as: null },
        { tenant: TENANT, role: 'approver', as: 'finance-controller' },
        { tenant: '*', role: 'operator', as: null },
      );
    case 'scopes':
      return one(null, [...RIGHTS]);
    // A stop or a name that is there: what it would do to it is in the rest of the body.
    case 'name':
      return one(there.budget.name, 'made');
    default:
      return undefined;
  }
}

function idFor(
  path: string,
  name: string,
  variant: number,
  { there, others }: LawWorld,
  me: Attacker,
  own: readonly string[],
): string {
  const one = (...values: readonly string[]) => values[variant % values.length] ?? 'x';
  if (name === 'digest') return one(there.draft, there.watching, there.enforced);
  if (name === 'tenant') return one(TENANT, 'south');
  if (name === 'name') return `payer.${TENANT}`;
  if (name === 'seq') return one('1', '2', '3');
  if (path.startsWith('/v1/people') || path.startsWith('/v1/approvers')) {
    return one(others.administrator.person, me.person, others.viewer);
  }
  if (path.startsWith('/v1/approvals')) return there.approval;
  if (path.startsWith('/v1/motions')) return own.length > 0 ? one(...own.slice(-3)) : `mot_${'0'.repeat(32)}`;
  return `x_${'0'.repeat(32)}`;
}
