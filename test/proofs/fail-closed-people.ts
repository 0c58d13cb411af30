import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { ROLES, type Right, type Role } from '../../src/vocabulary/index.ts';
import { payerOf } from '../journeys/two-tenants.ts';

/** With what somebody comes: a cookie or a token. */
export type Credential = { readonly cookie: string } | { readonly token: string };

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the platform answers
  readonly body: any;
  readonly cookies: readonly string[];
}

/** Somebody who tries what they can, alone. */
export interface Attacker {
  readonly name: string;
  readonly person: string;
  readonly email: string;
  readonly session: Credential;
  readonly token: Credential;
}

/** Two administrators beside each attacker, two tenants, and something in force of each kind that could be weakened. */
export interface LawWorld {
  readonly platform: Platform;
  readonly attackers: readonly Attacker[];
  /** Somebody else of each sort. */
  readonly others: { readonly administrator: Attacker; readonly viewer: string };
  readonly there: {
    readonly enforced: string;
    readonly previous: string;
    readonly draft: string;
    readonly watching: string;
    readonly tenantText: string;
    readonly ceiling: string;
    readonly budget: { readonly tenant: string; readonly name: string; readonly terms: object };
    readonly scope: string;
    readonly approval: string;
    readonly approvalDigest: string;
  };
  ask(by: Credential | null, method: string, path: string, json?: unknown): Promise<Answer>;
  /** Signs in by what a link holds. */
  comeIn(path: string): Promise<Credential>;
  close(): Promise<void>;
}

export const TENANT = 'north';
const TEXT = (id: string, minor: number) =>
  `@id("${id}")\n@why("this tenant forbids it")\nforbid (principal, action, resource) when { context.amountMinor > ${minor} };\n`;
/** A policy that only tightens: taking it back is weaker. */
const withMore = (policies: string, id: string) => `${policies}\n${TEXT(id, 200_000_000)}`;

export async function lawWorld(): Promise<LawWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reeve-alone-'));
  const config = readConfig({}, { dataDir, port: 0, singleOperatorDelay: 1 });
  const platform = await startPlatform({ config, fleets: [payerOf(TENANT), payerOf('south')] });
  const close = async () => {
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const ask = asking(platform.url);
    const comeIn = async (path: string): Promise<Credential> => {
      const { cookies } = await ok(ask(null, 'POST', '/v1/auth/link', { token: path.split('#')[1] }));
      return { cookie: cookies.map((one) => one.split(';')[0]).join('; ') };
    };
    const first: Credential = { token: platform.token.text };
    const people = { ask, comeIn, first };
    // The first two by time, with one person alone; from then on everything takes two.
    const second = await letIn(
      people,
      'second administrator',
      [{ tenant: '*', role: 'administrator', as: null }],
      null,
    );
    const attackers: Attacker[] = [];
    for (const role of ROLES) attackers.push(await letIn(people, role, [grantOf(role, '*')], second.token));
    attackers.push(
      await letIn(
        people,
        'every role',
        ROLES.map((role) => grantOf(role, '*')),
        second.token,
      ),
    );
    const viewer = await ok(
      ask(first, 'POST', '/v1/people', { name: 'seen', email: 'seen@example.org', tenants: ['*'], reason: 'test' }),
    );
    const there = await inForce(people, second.token);
    return {
      platform,
      attackers,
      others: { administrator: second, viewer: viewer.body.person },
      there,
      ask,
      comeIn,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface People {
  readonly ask: LawWorld['ask'];
  readonly comeIn: LawWorld['comeIn'];
  readonly first: Credential;
}

/** Adds somebody, gives them roles by two (or by time), and lets them in by link and by token. */
async function letIn(
  { ask, comeIn, first }: People,
  name: string,
  grants: readonly object[],
  second: Credential | null,
): Promise<Attacker> {
  const email = `${name.replaceAll(' ', '.')}@example.org`;
  const added = await ok(ask(first, 'POST', '/v1/people', { name, email, teams: ['desk'], reason: 'test' }));
  const { person } = added.body;
  let link = added.body.link.path;
  for (const grant of grants) {
    const wish = { kind: 'person.grant', body: { person, grant }, reason: 'test' };
    const { body } = await ok(ask(first, 'POST', '/v1/motions', wish));
    await carried({ ask, first }, body, second);
  }
  const decides = grants.some((grant) => (grant as { role: string }).role !== 'viewer');
  if (decides) link = (await ok(ask(first, 'POST', `/v1/people/${person}/sign-in-link`))).body.path;
  const session = await comeIn(link);
  return { name, person, email, session, token: await tokenOf(ask, session, null) };
}

export async function tokenOf(
  ask: LawWorld['ask'],
  by: Credential,
  scopes: readonly Right[] | null,
): Promise<Credential> {
  const made = await ok(ask(by, 'POST', '/v1/tokens', { name: 'try', scopes }));
  return { token: made.body.text };
}

async function carried(
  { ask, first }: Pick<People, 'ask' | 'first'>,
  motion: { readonly id: string; readonly state: string },
  second: Credential | null,
): Promise<void> {
  if (motion.state === 'carried') return;
  if (second !== null) {
    await ok(ask(second, 'POST', `/v1/motions/${motion.id}/second`));
    return;
  }
  await until(async () => (await ask(first, 'GET', `/v1/motions/${motion.id}`)).body.state === 'carried');
}

/** Something of each kind in force. */
async function inForce({ ask, first }: People, second: Credential): Promise<LawWorld['there']> {
  const move = async (path: string, json: object): Promise<void> => {
    const { body } = await ok(ask(first, 'POST', path, { ...json, reason: 'test' }));
    await carried({ ask, first }, { id: body.id ?? body.motion, state: body.state }, second);
  };
  const previous = (await ok(ask(first, 'GET', '/v1/policies'))).body.enforced as string;
  const { sources } = (await ok(ask(first, 'GET', `/v1/policies/${previous}`))).body;
  const drafted = async (id: string, base: string) => {
    const wish = { ...sources, policies: withMore(sources.policies, id), reason: 'test' };
    const { digest } = (await ok(ask(first, 'POST', '/v1/policies', wish))).body;
    await ok(ask(first, 'POST', `/v1/policies/${digest}/back-test`, backTest(base)));
    return digest as string;
  };
  const enforced = await drafted('capped', previous);
  await move(`/v1/policies/${enforced}/enforce`, {});
  const draft = await drafted('capped-otherwise', enforced);
  const watching = await drafted('capped-and-watched', enforced);
  await move(`/v1/policies/${watching}/log-only`, { watches: true });
  const tenantText = TEXT('north-only', 90_000);
  await move(`/v1/tenants/${TENANT}/policies`, { policies: tenantText });
  const budget = {
    tenant: TENANT,
    name: 'monthly',
    terms: { of: {}, per: 'tenant', measure: 'money:EUR', cap: 5_000_000, window: 'month', atLimit: 'refuse' },
  };
  await move('/v1/budgets', budget);
  const agent = `payer.${TENANT}`;
  const lowered = await ok(ask(first, 'POST', `/v1/agents/${agent}/autonomy/lower`, { to: 'L2', reason: 'test' }));
  const scope = `agent:payer.south`;
  const id = 'bill-1';
  const event = {
    specversion: '1.0',
    id,
    source: TENANT,
    type: 'bill.received',
    subject: id,
    data: { bill: id, minor: 50_000 },
  };
  await ok(ask(first, 'POST', `/v1/events?tenant=${TENANT}`, event));
  let waiting: { id: string } | undefined;
  await until(async () => {
    [waiting] = (await ask(first, 'GET', '/v1/approvals')).body.items;
    return waiting !== undefined;
  });
  const approval = (await ok(ask(first, 'GET', `/v1/approvals/${waiting!.id}`))).body;
  await ok(ask(first, 'POST', '/v1/fences', { scope, reason: 'test' }));
  return {
    enforced,
    previous,
    draft,
    watching,
    tenantText,
    ceiling: lowered.body.id,
    budget,
    scope,
    approval: waiting!.id,
    approvalDigest: approval.digest,
  };
}

export function backTest(base: string) {
  const record = { from: 1, to: 1, decisions: 0, digest: base };
  return { base, record, flipped: 0, newlyAllowed: 0, unreplayable: 0 };
}

function grantOf(role: Role, tenant: string) {
  return { tenant, role, as: role === 'approver' ? 'finance-controller' : null };
}

function asking(url: string): LawWorld['ask'] {
  return async (by, method, path, json) => {
    const type = path.startsWith('/v1/events') ? 'application/cloudevents+json' : 'application/json';
    const response = await fetch(url + path, {
      method,
      headers: {
        origin: url,
        ...(by !== null && ('token' in by ? { authorization: `Bearer ${by.token}` } : { cookie: by.cookie })),
        ...(json !== undefined && { 'content-type': type }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    let body: unknown = text;
    if (/^[[{]/.test(text)) body = JSON.parse(text);
    return { status: response.status, body, cookies: response.headers.getSetCookie() };
  };
}

async function ok(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status < 300) return answer;
  throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await look());) {
    if (Date.now() > end) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
