import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PersonId, TenantId } from '../../vocabulary/index.ts';
import { checkDelegation, Delegation, delegatorsOf, MOST_DAYS, type NamesOf } from './delegation.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 2);
const north = 'north' as TenantId;
const south = 'south' as TenantId;

type Wanted = Omit<Delegation, 'depth'>;

function lend(from: string, to: string, names: readonly string[] = ['controller'], more: Partial<Wanted> = {}): Wanted {
  return {
    from: from as PersonId,
    to: to as PersonId,
    tenant: north,
    names: [...names],
    until: NOW + 10 * DAY,
    reason: 'away',
    ...more,
  };
}

const BEARS: Readonly<Record<string, readonly string[]>> = { ann: ['controller', 'director'], bob: ['lead'] };
const namesOf: NamesOf = (person, tenant) => (tenant === north ? (BEARS[person] ?? []) : []);

/** Those that are accepted, one after the other; every one has to be. */
function given(...all: readonly Wanted[]): readonly Delegation[] {
  return all.reduce<readonly Delegation[]>((existing, wanted) => {
    const checked = checkDelegation(wanted, existing, namesOf, NOW);
    assert.ok(checked.ok, checked.ok ? '' : checked.why);
    return [...existing, checked.delegation];
  }, []);
}

function whyNot(wanted: Wanted, existing: readonly Delegation[] = []): string {
  const checked = checkDelegation(wanted, existing, namesOf, NOW);
  assert.ok(!checked.ok);
  return checked.why;
}

test('own names are lent, to somebody else, for at most ninety days', () => {
  assert.equal(given(lend('ann', 'dee'))[0]?.depth, 1);
  given(lend('ann', 'dee', ['controller'], { until: NOW + MOST_DAYS * DAY }));
  assert.match(whyNot(lend('ann', 'dee', ['controller'], { until: NOW + MOST_DAYS * DAY + 1 })), /at most 90 days/);
  assert.match(whyNot(lend('ann', 'dee', ['controller'], { until: NOW })), /before it begins/);
  assert.match(whyNot(lend('ann', 'ann')), /themselves/);
  assert.match(whyNot(lend('ann', 'dee', ['lead'])), /do not bear `lead`/);
  assert.match(whyNot(lend('ann', 'dee', ['controller', 'lead'])), /`lead`/);
  assert.match(whyNot(lend('ann', 'dee', ['controller'], { tenant: south })), /do not bear/);
});

test('what was lent is passed on once, and no further', () => {
  const [, second] = given(lend('ann', 'dee'), lend('dee', 'eve'));
  assert.equal(second?.depth, 2);
  assert.match(whyNot(lend('eve', 'fay'), given(lend('ann', 'dee'), lend('dee', 'eve'))), /goes no further/);
});

test('passing on widens nothing: neither the names nor the time', () => {
  const first = given(lend('ann', 'dee'));
  assert.match(whyNot(lend('dee', 'eve', ['controller', 'director']), first), /nobody has lent it/);
  assert.match(whyNot(lend('dee', 'eve', ['controller'], { until: NOW + 10 * DAY + 1 }), first), /shorter time/);
  // In another tenant it was not lent.
  assert.match(whyNot(lend('dee', 'eve', ['controller'], { tenant: south }), first), /nobody has lent it/);
  // Own names beside lent ones: the lent ones set the end, and the depth.
  const both = given(lend('ann', 'bob'), lend('bob', 'eve', ['lead', 'controller']));
  assert.equal(both[1]?.depth, 2);
});

test('what the lender no longer bears is not passed on, though it was lent', () => {
  const first = given(lend('ann', 'dee'));
  const checked = checkDelegation(lend('dee', 'eve'), first, () => [], NOW);
  assert.ok(!checked.ok);
  assert.equal(checked.code, 'forbidden');
});

test('own names that were lent beside lent ones go no further either', () => {
  const mixed = given(lend('ann', 'bob'), lend('bob', 'eve', ['lead', 'controller']));
  assert.match(whyNot(lend('eve', 'fay', ['lead']), mixed), /goes no further/);
});

test('there is no ring, over however many people', () => {
  assert.match(whyNot(lend('bob', 'ann', ['lead']), given(lend('ann', 'bob'))), /ring/);
  const chain = given(lend('ann', 'dee'), lend('dee', 'bob'));
  assert.match(whyNot(lend('bob', 'ann', ['lead']), chain), /ring/);
  const over = given(lend('ann', 'bob')).map((one) => ({ ...one, until: NOW }));
  assert.ok(checkDelegation(lend('bob', 'ann', ['lead']), over, namesOf, NOW).ok);
});

test('a delegate answers for whom they were lent it by, as long as that one has it', () => {
  const both = given(lend('ann', 'dee', ['controller', 'director']), lend('dee', 'eve', ['controller']));
  const of = (person: string, now = NOW, names = namesOf) => delegatorsOf(person as PersonId, both, names, now);
  assert.deepEqual(of('dee'), [{ tenant: north, person: 'ann', names: ['controller', 'director'], through: [] }]);
  assert.deepEqual(of('eve'), [{ tenant: north, person: 'ann', names: ['controller'], through: ['dee'] }]);
  assert.deepEqual(of('ann'), []);
  assert.deepEqual(of('eve', NOW + 10 * DAY), []);
  assert.deepEqual(
    of('eve', NOW, () => []),
    [],
  );
  // What it came by was taken back: what was passed on goes with it.
  assert.deepEqual(delegatorsOf('eve' as PersonId, both.slice(1), namesOf, NOW), []);
});

test('what was lent in one tenant is not passed on in another', () => {
  const everywhere: NamesOf = () => ['controller'];
  const all: readonly Delegation[] = [
    { ...lend('ann', 'dee', ['controller'], { tenant: south }), depth: 1 },
    { ...lend('dee', 'eve'), depth: 2 },
  ];
  const owners = delegatorsOf('eve' as PersonId, all, everywhere, NOW).map(({ person }) => person);
  assert.deepEqual(owners, ['dee']);
});

test('should a ring be on record, nobody answers for themselves by it', () => {
  const all: readonly Delegation[] = [
    { ...lend('ann', 'bob'), depth: 1 },
    { ...lend('bob', 'ann'), depth: 2 },
  ];
  assert.deepEqual(delegatorsOf('ann' as PersonId, all, namesOf, NOW), []);
});

test('a delegation is read strictly', () => {
  const good = { ...lend('ann', 'dee'), depth: 1 };
  assert.ok(Delegation.safeParse(good).success);
  for (const bad of [{ depth: 3 }, { depth: 0 }, { names: [] }, { reason: ' ' }, { until: 1.5 }, { more: 1 }]) {
    assert.ok(!Delegation.safeParse({ ...good, ...bad }).success, JSON.stringify(bad));
  }
});

const PEOPLE = ['a', 'b', 'c', 'd', 'e'] as const;
const NAMES = ['x', 'y', 'z'] as const;

interface World {
  /** By person and tenant. */
  readonly bears: ReadonlyMap<string, readonly string[]>;
  readonly wanted: readonly Wanted[];
}

const aWorld: fc.Arbitrary<World> = fc.record({
  bears: fc
    .tuple(...PEOPLE.flatMap(() => [fc.subarray([...NAMES]), fc.subarray([...NAMES])]))
    .map((all) => new Map(all.map((names, i) => [`${PEOPLE[i >> 1]} ${i % 2 === 0 ? north : south}`, names]))),
  wanted: fc.array(
    fc
      .record({
        from: fc.constantFrom(...PEOPLE),
        to: fc.constantFrom(...PEOPLE),
        tenant: fc.constantFrom(north, north, north, south),
        names: fc.subarray([...NAMES], { minLength: 1, maxLength: 2 }),
        days: fc.constantFrom(1, 2, 2, 3, 3, 3, 3, 90, 91, -1),
      })
      .map(({ from, to, names, days, tenant }) => lend(from, to, names, { until: NOW + days * DAY, tenant })),
    { minLength: 4, maxLength: 12 },
  ),
});

/** Every way by which somebody came to a name that is not theirs, as the people from its owner on; found by trying all of them. */
function waysTo(person: string, name: string, tenant: string, all: readonly Delegation[], names: NamesOf, now: number) {
  const ways: (readonly string[])[] = [];
  const follow = (at: string, after: readonly string[], edges: number) => {
    for (const one of all) {
      if (one.to !== at || one.tenant !== tenant || one.until <= now || !one.names.includes(name)) continue;
      if (after.includes(one.from)) continue;
      if (edges === 1 && one.depth !== 1) continue;
      if (names(one.from, one.tenant).includes(name) && one.from !== person) ways.push([one.from, ...after]);
      if (edges === 0 && one.depth === 2) follow(one.from, [one.from, ...after], 1);
    }
  };
  follow(person, [], 0);
  return ways;
}

test('on thousands of random graphs: no ring, no long chain, nothing wider, and everybody answers for whom they may', () => {
  let accepted = 0;
  let passedOn = 0;
  fc.assert(
    fc.property(aWorld, ({ bears, wanted }) => {
      const names: NamesOf = (person, tenant) => bears.get(`${person} ${tenant}`) ?? [];
      const all: Delegation[] = [];
      for (const one of wanted) {
        const checked = checkDelegation(one, all, names, NOW);
        assert.equal(checked.ok, mayLend(one, all, names), JSON.stringify([one, all, [...bears]]));
        if (checked.ok) all.push(checked.delegation);
      }
      accepted += all.length;
      for (const now of [NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY]) {
        for (const person of PEOPLE) {
          const lent = delegatorsOf(person as unknown as PersonId, all, names, now);
          const got = lent.flatMap((one) =>
            one.names.map((name) => `${one.tenant} ${name} ${[one.person, ...one.through].join('>')}`),
          );
          const ways = [north, south].flatMap((tenant) =>
            NAMES.flatMap((name) =>
              waysTo(person, name, tenant, all, names, now).map((way) => `${tenant} ${name} ${way.join('>')}`),
            ),
          );
          assert.deepEqual([...new Set(got)].sort(), [...new Set(ways)].sort());
          passedOn += ways.filter((way) => way.includes('>')).length;
          // Nobody has by a delegate what the delegate has not.
          for (const { person: owner, names: some, through } of lent) {
            for (const between of through) {
              const theirs = delegatorsOf(between, all, names, now).filter((one) => one.person === owner);
              assert.ok(some.every((name) => theirs.some((one) => one.names.includes(name))));
            }
          }
        }
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(accepted > 3_000 && passedOn > 300, `${accepted} accepted, ${passedOn} passed on`);
});

/** The same rules, said by trying: whether each name may come to `to` for so long, and what the graph would be. */
function mayLend(wanted: Wanted, all: readonly Delegation[], names: NamesOf): boolean {
  const running = all.filter((one) => one.tenant === wanted.tenant && one.until > NOW);
  const edges = [...running, wanted].map(({ from, to }) => [from as string, to as string] as const);
  // Taken away again and again whoever lends to nobody: what is left are rings.
  let left = edges;
  for (;;) {
    const fewer = left.filter(([, to]) => left.some(([from]) => from === to));
    if (fewer.length === left.length) break;
    left = fewer;
  }
  const days = (wanted.until - NOW) / DAY;
  const has = (name: string) =>
    names(wanted.from, wanted.tenant).includes(name) ||
    running.some(
      (one) =>
        one.to === wanted.from &&
        one.depth === 1 &&
        one.until >= wanted.until &&
        one.names.includes(name) &&
        names(one.from, one.tenant).includes(name),
    );
  return left.length === 0 && days > 0 && days <= 90 && wanted.names.every(has);
}
