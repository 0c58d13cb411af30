import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { Event, Json } from '../vocabulary/index.ts';
import { agent, derive, history, on, reference } from './agent.ts';
import { fleet } from './fleet.ts';
import { http, publish, tool } from './tool.ts';
import { eur } from '../vocabulary/index.ts';

const Claim = z.object({ claim: z.string(), amount: z.number() });
const Paid = z.object({ id: z.string() });

const payment = {
  description: 'pay',
  input: Claim,
  output: Paid,
  effect: 'E1',
  amount: ({ amount }: z.infer<typeof Claim>) => eur(amount),
  call: http('erp', 'POST /payments'),
} as const;
const pay = tool('erp.pay', payment);

const template = {
  name: 'claim',
  description: 'whether to pay',
  jdm: '{}',
  input: Claim,
  output: z.object({ pay: z.boolean() }),
  tests: [],
  version: 'sha256:00',
} as const;

const whole = {
  purpose: 'Pay claims',
  owner: 'finance',
  tenant: 'north',
  expires: '2027-12-31',
  perceive: on('claim.approved', Claim),
  reason: template,
  given: ({ event }: { event: Event<z.infer<typeof Claim>> }) => event.data,
  propose: () => [],
  act: [pay.upTo(eur(500))],
  autonomy: { default: 'L3' },
} as const;

test('the name says role and unit, unless they are given', () => {
  const clerk = agent('claims-clerk.faculty-2', whole);
  assert.deepEqual([clerk.role, clerk.unit], ['claims-clerk', 'faculty-2']);
  const lone = agent('claims-clerk', whole);
  assert.deepEqual([lone.role, lone.unit], ['claims-clerk', 'all']);
  const named = agent('claims-clerk', { ...whole, role: 'clerk', unit: 'north' });
  assert.deepEqual([named.role, named.unit], ['clerk', 'north']);
});

test('a malformed agent name is refused', () => {
  for (const name of [
    '',
    'Clerk',
    'clerk.',
    '.unit',
    'a.b.c',
    'clerk unit',
    'clerk_1',
    '1clerk',
    'clerk.__proto__',
    'clérk',
  ]) {
    assert.throws(() => agent(name, whole), { code: 'bad-fleet' }, name);
  }
});

test('a mandate that ends on no date is refused', () => {
  for (const expires of ['', 'never', '2027-1-1', '31-12-2027', '2027-12-31T00:00:00Z']) {
    assert.throws(() => agent('clerk', { ...whole, expires }), { code: 'bad-fleet', message: /`expires`/ });
  }
});

test('an autonomy level that there is not is refused', () => {
  const autonomy = JSON.parse('{"default":"L9"}') as { default: 'L0' };
  assert.throws(() => agent('clerk', { ...whole, autonomy }), { code: 'bad-fleet', message: /no autonomy level `L9`/ });
});

test('a tool granted twice is refused, since nobody could say which limit holds', () => {
  const act = [pay.upTo(eur(500)), pay.upTo(eur(50_000))];
  assert.throws(() => agent('clerk', { ...whole, act }), { code: 'bad-fleet', message: /granted `erp.pay` twice/ });
});

test('the same definition has the same version', () => {
  assert.equal(agent('clerk', whole).version, agent('clerk', { ...whole }).version);
});

test('the version changes when any part of the manifest changes', () => {
  type Approved = { readonly event: Event<z.infer<typeof Claim>> };
  const riskier = tool('erp.pay', { ...payment, risk: 'high' });
  const filtered = (where: (claim: z.infer<typeof Claim>) => boolean) => on('claim.approved', Claim, where);
  const schema = Claim.extend({ unit: z.string().optional() });
  const agents = {
    nothing: agent('clerk', whole),
    name: agent('clerk.two', whole),
    purpose: agent('clerk', { ...whole, purpose: 'Pay more claims' }),
    owner: agent('clerk', { ...whole, owner: 'sales' }),
    tenant: agent('clerk', { ...whole, tenant: 'south' }),
    expires: agent('clerk', { ...whole, expires: '2028-12-31' }),
    'event type': agent('clerk', { ...whole, perceive: on('claim.filed', Claim) }),
    'event schema': agent('clerk', { ...whole, perceive: on('claim.approved', schema) }),
    'event filter': agent('clerk', { ...whole, perceive: filtered(({ amount }) => amount > 0) }),
    'another filter': agent('clerk', { ...whole, perceive: filtered(({ amount }) => amount > 1) }),
    recall: agent('clerk', { ...whole, recall: { earlier: history() } }),
    'name of the fact': agent('clerk', { ...whole, recall: { before: history() } }),
    'types of the history': agent('clerk', { ...whole, recall: { earlier: history('claim.filed') } }),
    derived: agent('clerk', { ...whole, recall: { fact: derive(() => 1) } }),
    'another derived': agent('clerk', { ...whole, recall: { fact: derive(() => 2) } }),
    reference: agent('clerk', { ...whole, recall: { fact: reference('list', () => 1) } }),
    'another reference': agent('clerk', { ...whole, recall: { fact: reference('list', () => 2) } }),
    'origin of the reference': agent('clerk', { ...whole, recall: { fact: reference('other-list', () => 1) } }),
    'secrecy of the reference': agent('clerk', { ...whole, recall: { fact: reference('list', () => 1, 'public') } }),
    role: agent('clerk', { ...whole, role: 'clerks' }),
    unit: agent('clerk', { ...whole, unit: 'north' }),
    template: agent('clerk', { ...whole, reason: { ...template, version: 'sha256:01' } }),
    given: agent('clerk', { ...whole, given: ({ event: { data } }: Approved) => ({ ...data, amount: 0 }) }),
    propose: agent('clerk', { ...whole, propose: () => [pay.with({ claim: 'c', amount: 1 }, 'why')] }),
    'no grant': agent('clerk', { ...whole, act: [] }),
    limit: agent('clerk', { ...whole, act: [pay.upTo(eur(501))] }),
    resources: agent('clerk', { ...whole, act: [pay.on('claim-')] }),
    tool: agent('clerk', { ...whole, act: [riskier.upTo(eur(500))] }),
    autonomy: agent('clerk', { ...whole, autonomy: { default: 'L2' } }),
    'autonomy for a tool': agent('clerk', { ...whole, autonomy: { default: 'L3', 'erp.pay': 'L2' } }),
  };
  const versions = new Map<string, string>();
  for (const [what, { version }] of Object.entries(agents)) {
    assert.equal(versions.get(version), undefined, `changing ${what} gives the version of ${versions.get(version)}`);
    versions.set(version, what);
  }
});

const event = (data: Json, type = 'claim.approved'): Event<Json> => ({
  ...({
    id: 'evt_1',
    tenant: 'north',
    source: 's',
    sourceId: '1',
    subject: 'c',
    time: '2026-01-01T00:00:00Z',
  } as Event),
  type,
  data,
  label: { integrity: 'untrusted', confidentiality: 'internal', origins: ['inbox'] },
});

test('history gives earlier events, of the asked types only', async () => {
  const earlier = [event({ n: 1 }, 'a'), event({ n: 2 }, 'b'), event({ n: 3 }, 'a')];
  const sources = { event: event({}), history: () => Promise.resolve(earlier) };
  assert.deepEqual(await history().fetch(sources), earlier);
  assert.deepEqual(await history('a').fetch(sources), [earlier[0], earlier[2]]);
  assert.deepEqual(await history('c').fetch(sources), []);
});

test('what is derived from an event carries its label', async () => {
  const fact = derive(({ data }: Event<Json>) => JSON.stringify(data));
  assert.equal(await fact.fetch({ event: event([1]), history: () => Promise.resolve([]) }), '[1]');
  assert.deepEqual(fact.label(event([1]).label), event([1]).label);
});

test('a reference adds its origin and never lowers the label of the event', () => {
  const fact = reference('price-list', () => 1, 'restricted');
  assert.deepEqual(fact.label(event({}).label), {
    integrity: 'untrusted',
    confidentiality: 'restricted',
    origins: ['inbox', 'price-list'],
  });
});

test('a fleet refuses two agents of one name and an agent of another tenant', () => {
  const clerk = agent('clerk', whole);
  const work = () => [];
  assert.equal(fleet('north', { tenant: 'north', agents: [clerk], work }).agents.length, 1);
  assert.throws(() => fleet('north', { tenant: 'north', agents: [clerk, clerk], work }), {
    code: 'bad-fleet',
    message: /two agents named `clerk`/,
  });
  assert.throws(() => fleet('south', { tenant: 'south', agents: [clerk], work }), {
    code: 'bad-fleet',
    message: /is of tenant `north`/,
  });
});

test('an agent may be granted a published event beside a tool', () => {
  const announce = publish('claim.paid', { description: 'say so', data: z.object({ subject: z.string() }) });
  assert.equal(agent('clerk', { ...whole, act: [pay.granted, announce.granted] }).act.length, 2);
});
