/** What a hostile agent, or one that a prompt injection took over, may try: a table of attacks, each made from chance. */
import { z } from 'zod';
import { http, tool } from '../../src/sdk/index.ts';
import {
  digestText,
  type Agent,
  type AgentId,
  type Digest,
  type Intent,
  type Json,
  type Proposal,
  type TenantId,
  type Tool,
  type ToolId,
} from '../../src/vocabulary/index.ts';
import { abroad, bystander, expired, foreigner, halted, note, pay, payer, Payment, stopped } from './gate-world.ts';
import type { Random } from './random.ts';

/** One try. */
export interface Attack {
  readonly agent: Agent;
  readonly proposal: Proposal;
  /** Tenant of the event; the agent's by default. */
  readonly eventTenant?: TenantId;
  /** Changes the intent after the fabric has made it, as a bug in the fabric would. */
  forge?(intent: Intent): Intent;
  /** It may be let through, since what is sent is what was judged; by default it must be stopped. */
  readonly mayPass?: boolean;
}

type Make = (random: Random) => Attack;

/** Something to do that the law permits. */
export const honest: Make = (random) =>
  random.hit(0.5)
    ? payment(random, { memo: 'quite ordinary' })
    : { agent: payer, proposal: { tool: note, arguments: { text: `note ${random.below(1e9)}` }, why: 'honest' } };

export const ATTACKS: Readonly<Record<string, Make>> = {
  'unknown-tool': (random) => withTool(random, renamed(random.pick(['erp.pay-all', 'erp.refund', 'bank.transfer']))),
  'confusable-tool': (random) =>
    withTool(
      random,
      renamed(random.pick(['erp.p\u0430y', 'erp.pay\u200b', 'ERP.PAY', 'erp.pay ', '\u0435rp.pay', 'erp\u2024pay'])),
    ),
  'wrong-tool-digest': (random) => withTool(random, { ...pay, digest: digestText(`another ${random.below(1e9)}`) }),
  'changed-tool': (random) =>
    withTool(
      random,
      tool('erp.pay', {
        ...pay,
        lookup: undefined as never,
        compensate: undefined as never,
        revision: undefined as never,
        call: http('erp', 'POST /stolen'),
      }),
    ),
  'forged-tool-object': (random) => ({
    ...withTool(random, {
      ...pay,
      input: z.any(),
      call: http('erp', 'POST /stolen'),
      amount: () => ({ minor: 1, currency: 'EUR' }),
    }),
    // The registered tool is called with what was judged, wherever the forged one points.
    mayPass: true,
  }),
  'forged-tool-amount': (random) => {
    const attack = payment(random, { minor: 50_000 + random.below(1e6) });
    return withTool(random, { ...pay, amount: () => ({ minor: 1, currency: 'EUR' }) }, attack);
  },
  'forged-tool-resource': (random) => ({
    agent: payer,
    eventTenant: payer.tenant,
    proposal: {
      tool: { ...pay, resource: () => 'case-1' },
      arguments: args(random, { case: 'vault-1' }),
      why: 'smuggled',
    },
  }),
  'tool-of-other-tenant': () => ({ agent: payer, proposal: { tool: abroad, arguments: { text: 'x' }, why: 'abroad' } }),
  'event-of-other-tenant': (random) => ({ ...payment(random), eventTenant: 'abroad' as TenantId }),
  'agent-claims-tenant': (random) => ({ ...payment(random), agent: { ...payer, tenant: 'abroad' as TenantId } }),
  'foreign-agent': (random) => ({ ...payment(random), agent: foreigner }),
  'not-granted': (random) => ({ ...payment(random), agent: bystander }),
  'grants-itself': (random) => ({ ...payment(random), agent: { ...bystander, act: payer.act } }),
  'unknown-agent': (random) => ({ ...payment(random), agent: { ...payer, name: 'nobody.home' as AgentId } }),
  'confusable-agent': (random) => ({
    ...payment(random),
    agent: {
      ...payer,
      name: random.pick(['p\u0430yer.home', 'payer.home\u200b', 'PAYER.home', 'payer\u2024home']) as AgentId,
    },
  }),
  'wrong-agent-version': (random) => ({
    ...payment(random),
    agent: { ...payer, version: digestText(`version ${random.below(1e9)}`) },
  }),
  'over-limit': (random) => payment(random, { minor: 10_001 + random.below(1e6) }),
  'above-ceiling': (random) => payment(random, { minor: 100_000_001 + random.below(1e9) }),
  negative: (random) => payment(random, { minor: -1 - random.below(1e9) }),
  'other-currency': (random) => payment(random, { currency: random.pick(['USD', 'eur', 'EU\u0420', '\u20ac', '']) }),
  'resource-not-granted': (random) =>
    payment(random, { case: random.pick(['vault-1', ' case-1', 'CASE-1', 'c\u0430se-1', '']) }),
  'extra-key': (random) =>
    payment(random, { [random.pick(['beneficiary', 'override', 'minor ', 'Minor', 'approved'])]: 'x' }),
  'proto-key': (random) => rawPayment(random, `,"__proto__":{"minor":1}`),
  'constructor-key': (random) =>
    rawPayment(random, `,"${random.pick(['constructor', 'prototype', 'toString'])}":{"x":1}`),
  'duplicate-keys': (random) => ({
    ...payment(random),
    forge: (intent) =>
      withText(intent, intent.argumentsText.replace('{', `{"minor":${90_000_000 + random.below(1e6)},`)),
  }),
  'text-other-than-arguments': (random) => ({
    ...payment(random),
    forge: (intent) => withText(intent, intent.argumentsText.replace(/"minor":\d+/, '"minor":9999999')),
  }),
  'digest-other-than-text': (random) => ({
    ...payment(random),
    forge: (intent) => ({ ...intent, argumentsDigest: digestText(`other ${random.below(1e9)}`) }),
  }),
  'amount-understated': (random) => ({
    ...payment(random, { minor: 10_001 + random.below(1e6) }),
    forge: (intent) => ({ ...intent, amount: { minor: 1, currency: 'EUR' } }),
  }),
  'amount-left-out': (random) => ({
    ...payment(random, { minor: 99_999 }),
    forge: (intent) => ({ ...intent, amount: null }),
  }),
  'resource-misnamed': (random) => ({
    ...payment(random, { case: 'vault-7' }),
    forge: (intent) => ({ ...intent, resource: 'case-7' }),
  }),
  'note-on-other-subject': () => ({
    agent: payer,
    proposal: { tool: { ...note, resource: () => 'vault-1' } as Tool, arguments: { text: 'x' }, why: 'elsewhere' },
  }),
  'tenant-misnamed': (random) => ({
    ...payment(random),
    forge: (intent) => ({ ...intent, tenant: 'abroad' as TenantId }),
  }),
  'tool-swapped': (random) => ({ ...payment(random), forge: (intent) => ({ ...intent, tool: 'mes.note' as ToolId }) }),
  'nested-1000': (random) => payment(random, { memo: deep(1_000) }),
  cycle: (random) => {
    const loop: Record<string, unknown> = args(random);
    loop['memo'] = loop;
    return payment(random, loop);
  },
  'not-a-number': (random) => payment(random, { minor: random.pick([NaN, Infinity, -Infinity, JSON.parse('1e400')]) }),
  'beyond-2^53': (random) => payment(random, { minor: random.pick([2 ** 53, 2 ** 63, 1e21, -(2 ** 53), 1.7e308]) }),
  'not-whole': (random) => payment(random, { minor: random.pick([0.5, 1e-7, 99.999, Number.MIN_VALUE]) }),
  'minus-zero': (random) => ({ ...payment(random, { minor: -0 }), mayPass: true }),
  'wrong-type': (random) =>
    payment(random, {
      minor: random.pick([
        '100',
        '0x10',
        [1],
        { valueOf: 1 },
        true,
        null,
        undefined,
        10n,
        new Date(0),
        () => 1,
        Symbol('1'),
      ]),
    }),
  'lone-surrogate': (random) => payment(random, { memo: `pay \ud800${random.below(9)}` }),
  'null-character': (random) => payment(random, { memo: `pay\u0000${random.below(9)}` }),
  'huge-string': (random) => payment(random, { memo: 'x'.repeat(501 + random.below(200_000)) }),
  'many-keys': (random) => payment(random, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))),
  'not-an-object': (random) => ({
    ...payment(random),
    proposal: {
      tool: pay,
      arguments: random.pick<unknown>([null, undefined, 'pay', 7, [], [args(random)], new Map()]),
      why: 'odd',
    },
  }),
  // Reads one amount the first time and another the second.
  'changing-getter': (random) => {
    let reads = 0;
    const given = { ...args(random) };
    Object.defineProperty(given, 'minor', { enumerable: true, get: () => (reads++ % 2 === 0 ? 1 : 9_000_000) });
    return { agent: payer, proposal: { tool: pay, arguments: given, why: 'two faces' }, mayPass: true };
  },
  'own-json': (random) => payment(random, { toJSON: () => ({ case: 'case-1', minor: 1, currency: 'EUR' }) }),
  'stopped-agent': (random) => ({ ...payment(random), agent: stopped }),
  'stopped-tool': () => ({ agent: payer, proposal: { tool: halted, arguments: { text: 'x' }, why: 'halted' } }),
  'expired-mandate': (random) => ({ ...payment(random), agent: expired }),
  'claims-to-be-young': (random) => ({ ...payment(random), agent: { ...expired, expires: '2099-12-31' } }),
};

function args(random: Random, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { case: `case-${random.below(1_000)}`, minor: random.below(10_001), currency: 'EUR', ...changes };
}

function payment(random: Random, changes: Record<string, unknown> = {}): Attack {
  return { agent: payer, proposal: { tool: pay, arguments: args(random, changes), why: 'to be paid' } };
}

function rawPayment(random: Random, more: string): Attack {
  const text = JSON.stringify(args(random)).replace(/\}$/, `${more}}`);
  return { agent: payer, proposal: { tool: pay, arguments: JSON.parse(text) as Json, why: 'smuggled' } };
}

function withTool(random: Random, forged: Tool, base: Attack = payment(random)): Attack {
  return { ...base, proposal: { ...base.proposal, tool: forged } };
}

function renamed(name: string): Tool {
  return { ...pay, name: name as ToolId, input: Payment };
}

function withText(intent: Intent, argumentsText: string): Intent {
  return { ...intent, argumentsText, argumentsDigest: digestText(argumentsText) as Digest };
}

function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}
