/** A whole platform with the fleet that asks, the people who answer, and what the simulated systems say was done. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPolicySet } from '../../src/govern/index.ts';
import { readConfig } from '../../src/host/index.ts';
import { LOCAL_ADMINISTRATOR, type Person } from '../../src/identity/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import type { Bringer } from '../../src/perceive/index.ts';
import { readJournal } from '../../src/testing/index.ts';
import {
  boundDigest,
  newId,
  type Approval,
  type ApprovalId,
  type PersonId,
  type Principal,
  type RoleGrant,
  type TenantId,
} from '../../src/vocabulary/index.ts';
import { approvalFleet, POLICIES, RULES, TENANT } from './approval-fleet.ts';

const SHIPPED = fileURLToPath(new URL('../../src/govern/policies/', import.meta.url));

export interface ApprovalWorld {
  readonly platform: Platform;
  /** Stops everything and starts it again on the same data. */
  restart(): Promise<void>;
  /** Two administrators enforce the policies with these besides, which somebody else wrote. */
  enforce(more: string): Promise<void>;
  /** Sends an event and waits until its run has come to an end or waits; `by` brought it. */
  bring(type: string, data: { readonly [key: string]: string | number }, by?: Principal): Promise<string>;
  /** The one question that stands about a subject. */
  asked(subject: string): Promise<Approval>;
  /** The newest question about a subject, whatever became of it. */
  latest(subject: string): Promise<Approval>;
  approve(by: Principal, approval: Approval, reason?: string): Promise<Approval>;
  /** Waits until nothing is under way. */
  quiet(): Promise<void>;
  /** Digests of what the simulated systems were sent for this bill or order, by their own journals: the ground truth. */
  done(subject: string): Promise<readonly string[]>;
  stateOf(subject: string): Promise<{ readonly state: string; readonly why: string }>;
  close(): Promise<void>;
}

/** @param alone leaves it as a first start makes it: run by one person. */
export async function approvalWorld({ alone = false, seededChecks = 0 } = {}): Promise<ApprovalWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-approvals-'));
  const dataDir = join(folder, 'data');
  const policies = join(folder, 'policies');
  cpSync(SHIPPED, policies, { recursive: true });
  const law = join(policies, 'reeve.cedar');
  writeFileSync(law, `${readFileSync(law, 'utf8')}\n${POLICIES}`);
  const rules = JSON.parse(readFileSync(join(policies, 'rules.json'), 'utf8')) as { rules: object };
  writeFileSync(join(policies, 'rules.json'), JSON.stringify({ ...rules, rules: { ...rules.rules, ...RULES } }));

  const start = () =>
    startPlatform({
      config: readConfig({}, { dataDir, port: 0, singleOperatorDelay: 1, seededChecks }),
      fleets: [approvalFleet()],
      policies,
    });
  let platform = await start();
  let sent = 0;
  if (!alone) await endSingle(platform);

  const world: ApprovalWorld = {
    get platform() {
      return platform;
    },
    async restart() {
      await platform.stop();
      platform = await start();
    },
    async enforce(more) {
      const { fabric } = platform;
      const author = someone('Ada', [{ tenant: '*', role: 'policy-author', as: null }]);
      const [first, second] = ['Frida', 'Sven'].map((name) =>
        someone(name, [{ tenant: '*', role: 'administrator', as: null }]),
      ) as [Principal, Principal];
      const sources = readPolicySet(policies);
      const draft = await fabric.policies.draft(
        author,
        { ...sources, policies: sources.policies + more, tests: '[]' },
        'tests',
      );
      const { base } = draft;
      assert.ok(base !== null);
      const record = { from: 1, to: 1, decisions: 0, digest: base };
      const found = { base, record, flipped: 0, newlyAllowed: 0, unreplayable: 0 };
      await fabric.policies.backTested(author, draft.digest, found);
      const motion = await fabric.policies.enforce(first, draft.digest, 'tests');
      await fabric.motions.second(second, motion.id);
    },
    async bring(type, data, by) {
      const subject = String(data['bill'] ?? data['order']);
      await platform.fabric.receive(
        { specversion: '1.0', id: `${type}-${(sent += 1)}`, source: 'tests', type, subject, data },
        bringerOf(by),
      );
      await world.quiet();
      return subject;
    },
    async asked(subject) {
      const approval = await world.latest(subject);
      assert.equal(approval.state, 'pending', approval.why);
      return approval;
    },
    async latest(subject) {
      const { rows } = await platform.pool.query<{
        id: ApprovalId;
        rev: number;
        state: Approval['state'];
        content: object;
      }>(
        `select a.id, a.rev, a.state, a.content from reeve.approval a join reeve.run r on r.id = a.run
         where r.subject = $1 order by a.asked_at desc, a.rev desc limit 1`,
        [subject],
      );
      const [row] = rows;
      assert.ok(row !== undefined, `nobody was asked about ${subject}`);
      const { content, ...rest } = row;
      return { ...content, ...rest } as Approval;
    },
    approve: (by, approval, reason = 'checked') =>
      platform.fabric.approvals.answer(by, approval.id, {
        kind: 'approve',
        digest: boundDigest(approval.bound),
        reason,
      }),
    quiet: () => platform.fabric.idle(),
    async done(subject) {
      const { rows } = await platform.pool.query<{ permit: string }>(
        'select f.permit from reeve.effect f join reeve.run r on r.id = f.run where r.subject = $1',
        [subject],
      );
      const permits = new Set(rows.map(({ permit }) => permit));
      const digests: string[] = [];
      for (const system of ['grc', 'erp']) {
        const path = join(dataDir, 'simulator', `${system}.journal.jsonl`);
        if (!existsSync(path)) continue;
        for await (const { key, digest } of readJournal(path)) if (permits.has(key ?? '')) digests.push(digest);
      }
      return digests;
    },
    async stateOf(subject) {
      const { rows } = await platform.pool.query<{ state: string; why: string }>(
        'select state, why from reeve.run where subject = $1 order by seq desc limit 1',
        [subject],
      );
      return rows[0] ?? { state: 'none', why: '' };
    },
    async close() {
      await platform.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return world;

  function bringerOf(by: Principal | undefined): Bringer {
    return {
      tenant: TENANT as TenantId,
      label: { integrity: 'trusted', confidentiality: 'internal', origins: ['tests'] },
      receivedAt: new Date().toISOString(),
      principal: by?.person ?? null,
    };
  }
}

/** Somebody with approver names in the tenant. */
export function approver(name: string, ...names: readonly string[]): Principal {
  return someone(
    name,
    names.map((as) => ({ tenant: TENANT as TenantId, role: 'approver', as })),
  );
}

export function someone(name: string, grants: readonly RoleGrant[], teams: readonly string[] = []): Principal {
  const person: PersonId = newId('person');
  return { person, name, teams, grants, via: 'session', scopes: null, credential: `tests-${name}` };
}

/** Who runs the installation after its first start. */
export async function firstPerson({ fabric }: Platform): Promise<Principal> {
  const found = await fabric.documents.find<Person>('person', LOCAL_ADMINISTRATOR);
  assert.ok(found !== null);
  const { name, teams, grants } = found.content;
  return { person: LOCAL_ADMINISTRATOR, name, teams, grants, via: 'session', scopes: null, credential: 'tests' };
}

/** A second administrator is made, after the delay that takes the place of the second person until there is one. */
async function endSingle(platform: Platform): Promise<void> {
  const { fabric } = platform;
  const first = await firstPerson(platform);
  const second = newId('person');
  const who = { person: second, account: 'acc_second', name: 'Second', email: 'second@example.com' };
  await fabric.motions.propose(first, 'person.add', who, 'a second administrator');
  const grant = { tenant: '*', role: 'administrator', as: null };
  await fabric.motions.propose(first, 'person.grant', { person: second, grant }, 'a second administrator');
  while (fabric.isSingle()) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await fabric.sweep();
  }
}

/** Puts people on record, without the accounts that they would sign in with. */
export async function onRecord(world: ApprovalWorld, ...people: readonly Principal[]): Promise<void> {
  for (const { person, name, teams, grants } of people) {
    await world.platform.pool.query(
      `insert into reeve.document (kind, id, rev, tenant, state, content, at)
       values ('person', $1, 1, 'platform', 'active', $2, now()) on conflict do nothing`,
      [person, JSON.stringify({ name, email: '', teams, grants, accounts: [], sameAs: null, link: null })],
    );
  }
}
