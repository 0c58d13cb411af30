import { checkDelegation, delegatorsOf, type Delegation, type Delegator, type NamesOf } from '../../govern/index.ts';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import {
  approverNames,
  may,
  Misuse,
  newId,
  type Clock,
  type Document,
  type EntryDraft,
  type Json,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, standingDocument, type Documents } from '../documents.ts';

/** What is known of people besides the one who asks. Those who have left are not among them. */
export type PeopleOf = (
  people: readonly PersonId[],
) => Promise<ReadonlyMap<PersonId, Pick<Principal, 'person' | 'name' | 'teams' | 'grants'>>>;

export interface DelegationWish {
  readonly to: PersonId;
  readonly tenant: TenantId;
  /** Approver names; of those that the lender bears, all when left out. */
  readonly names?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
}

/** Who answers for whom while they are away: bounded in time and names, in no ring, and never for more than the lender has. */
export interface Delegations {
  /** @throws Misuse `forbidden`, `bad-request` with why not. */
  lend(by: Principal, wish: DelegationWish): Promise<Document<Delegation>>;
  /** By who lent it, who has it, or who manages people there. @throws Misuse `not-found`, `already-answered`. */
  revoke(by: Principal, id: string, reason: string): Promise<Document<Delegation>>;
  /** That are running, in order of id; in all tenants when none is named. */
  running(tenant?: TenantId): Promise<readonly Document<Delegation>[]>;
  /** Approver names that are lent to somebody anywhere; whether the lender still bears them is looked at when they answer. */
  namesLentTo(person: PersonId): Promise<readonly string[]>;
  /** For whom somebody may answer in a tenant. */
  lentTo(person: PersonId, tenant: TenantId): Promise<readonly Delegator[]>;
  /** One whose time is over. */
  due(document: Document): Promise<void>;
}

export interface DelegationsOptions {
  readonly documents: Documents;
  readonly writer: Pick<LedgerWriter, 'append'>;
  readonly clock: Clock;
  readonly peopleOf: PeopleOf;
}

const PAGE = 1_000;
const IN_FORCE = 'in-force';

export function createDelegations({ documents, writer, clock, peopleOf }: DelegationsOptions): Delegations {
  /** One after the other: two that are made at once could make a ring that neither of them is. */
  let last: Promise<unknown> = Promise.resolve();

  return {
    lend(by, wish) {
      const mine = last.then(() => lend(by, wish));
      last = mine.catch(() => undefined);
      return mine;
    },
    async revoke(by, id, reason) {
      const document = await documents.find<Delegation>('delegation', id);
      const tenant = document?.tenant as TenantId;
      const { from, to } = document?.content ?? {};
      const mayRevoke = by.person === from || by.person === to || may(by, 'people.manage', tenant);
      if (document === null || !mayRevoke) throw new Misuse('not-found', `there is no delegation \`${id}\``);
      if (document.state !== IN_FORCE) throw new Misuse('already-answered', `this delegation is ${document.state}`);
      return end(document, 'revoked', reason, by.person);
    },
    running,
    async namesLentTo(person) {
      const lent = (await running()).filter(({ content }) => content.to === person && content.until > clock.now());
      return [...new Set(lent.flatMap(({ content }) => content.names))];
    },
    async lentTo(person, tenant) {
      const all = await contentsOf(tenant);
      if (!all.some(({ to }) => to === person)) return [];
      const people = await peopleOf([...new Set(all.map(({ from }) => from))]);
      const teamsOf = (one: PersonId) => people.get(one)?.teams ?? [];
      return delegatorsOf(person, all, namesFrom(people), clock.now())
        .filter((lent) => lent.tenant === tenant)
        .map((lent) => ({
          person: lent.person,
          names: lent.names,
          teams: teamsOf(lent.person),
          through: lent.through.map((one) => ({ person: one, teams: teamsOf(one) })),
        }));
    },
    async due(found) {
      if (found.state !== IN_FORCE) return;
      await end(found as Document<Delegation>, 'over', 'its time is over', null);
    },
  };

  async function lend(
    by: Principal,
    { to, tenant, names, until, reason }: DelegationWish,
  ): Promise<Document<Delegation>> {
    if (!may(by, 'approvals.delegate', tenant)) {
      throw new Misuse('forbidden', `this needs the right \`approvals.delegate\` in \`${tenant}\``);
    }
    const existing = await contentsOf(tenant);
    const people = await peopleOf([...new Set([to, by.person, ...existing.map(({ from }) => from)])]);
    const receiver = people.get(to);
    if (receiver === undefined) throw new Misuse('bad-request', `there is no person \`${to}\``);
    // A delegation lends names, and no right to answer at all.
    if (!may({ ...by, grants: receiver.grants, scopes: null }, 'approvals.answer', tenant)) {
      throw new Misuse('bad-request', `${receiver.name} may not answer anything in \`${tenant}\``, {
        fix: 'name somebody who is an approver there, under whatever name',
      });
    }
    const own = approverNames(by, tenant);
    const wanted = { from: by.person, to, tenant, names: [...(names ?? own)], until, reason };
    if (wanted.names.length === 0)
      throw new Misuse('bad-request', `you bear no approver name in \`${tenant}\` to lend`);
    const namesOf: NamesOf = (one, there) =>
      one === by.person ? approverNames(by, there) : namesFrom(people)(one, there);
    const checked = checkDelegation(wanted, existing, namesOf, clock.now());
    if (!checked.ok) throw new Misuse(checked.code, checked.why);
    const { delegation } = checked;
    const row = newDocument('delegation', newId('delegation', clock.now()), tenant, {
      state: IN_FORCE,
      dueAt: until,
      content: delegation,
    });
    await writer.append({
      entries: [entry(tenant, { delegation: row.id, state: IN_FORCE, ...delegation, by: by.person })],
      documents: [row],
    });
    return standingDocument(row);
  }

  async function running(tenant?: TenantId): Promise<readonly Document<Delegation>[]> {
    const found: Document<Delegation>[] = [];
    for (let after = ''; ;) {
      const page = await documents.list<Delegation>('delegation', {
        state: IN_FORCE,
        ...(tenant !== undefined && { tenant }),
        after,
        most: PAGE,
      });
      found.push(...page);
      const end = page.at(-1);
      if (end === undefined || page.length < PAGE) return found;
      after = end.id;
    }
  }

  async function contentsOf(tenant: TenantId): Promise<readonly Delegation[]> {
    return (await running(tenant)).map(({ content }) => content);
  }

  async function end(
    document: Document<Delegation>,
    state: 'revoked' | 'over',
    reason: string,
    by: PersonId | null,
  ): Promise<Document<Delegation>> {
    const row = revise(document, { state, dueAt: null, content: document.content });
    const { from, to, names } = document.content;
    const change: Change = {
      entries: [entry(document.tenant as TenantId, { delegation: document.id, state, from, to, names, reason, by })],
      documents: [row],
    };
    try {
      await writer.append(change);
    } catch (error) {
      if (error instanceof Conflict && error.on === 'rev') {
        throw new Misuse('changed-meanwhile', 'somebody else has changed this delegation meanwhile: look again');
      }
      throw error;
    }
    return standingDocument(row);
  }
}

function namesFrom(people: Awaited<ReturnType<PeopleOf>>): NamesOf {
  return (person, tenant) => {
    const one = people.get(person);
    return one === undefined ? [] : approverNames(one, tenant);
  };
}

function entry(tenant: TenantId, body: Json): EntryDraft {
  return { kind: 'delegation.changed', tenant, run: null, agent: null, body };
}
