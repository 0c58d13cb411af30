import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { APPROVAL_STATES, boundDigest, type Approval, type PersonId } from '../../vocabulary/index.ts';
import type { AnswerContext, Delegator } from './eligible.ts';
import { bindAgain, bindEdit, type Asking } from './open.ts';
import { ACT, ASKED_AT, asking, by, lends, question } from './ordinary-question.ts';
import { difference, modelOf, next, type Model, type ModelAction } from './protocol.model.ts';
import type { ApprovalAction } from './action.ts';
import { act } from './protocol.ts';

/** Both, side by side. */
interface Pair {
  readonly approval: Approval;
  readonly model: Model;
}

/** One step of both; throws where they differ. */
function step({ approval, model }: Pair, action: ApprovalAction, context?: AnswerContext): Pair {
  const result =
    context === undefined
      ? act(approval, action as Extract<ApprovalAction, { kind: 'void' | 'consume' | 'escalate' | 'expire' }>)
      : act(approval, action, context);
  const to = next(model, action as ModelAction, context);
  const after = result.kind === 'moved' ? result.approval : approval;
  const differs = difference(to, after);
  if (differs !== null) assert.fail(`${action.kind} by ${context?.principal.person ?? 'time'}: ${differs}`);
  if ((to === model) !== (result.kind === 'refused') && !isRepeatedNothing(action, to, model)) {
    assert.fail(`${action.kind}: ${result.kind}, and the model ${to === model ? 'stays' : 'moves'}`);
  }
  return { approval: after, model: to };
}

/** Withdrawing nothing, or escalating when nothing is due, makes an equal model and a refusal. */
function isRepeatedNothing(action: ApprovalAction, to: Model, model: Model): boolean {
  return (action.kind === 'withdraw' || action.kind === 'escalate') && JSON.stringify(to) === JSON.stringify(model);
}

function start(approval: Approval): Pair {
  return { approval, model: modelOf(approval) };
}

const PEOPLE = ['a', 'b', 'c', 'd', 'e'] as const;
const EXPIRE_AT = question().bound.expiresAt;
const YES = { kind: 'approve', reason: 'seen' } as const;
const NO = { kind: 'decline', reason: 'not ours' } as const;

/** Edits to arguments that no question of this history had. */
function editOf(approval: Approval, rules: Asking, now: number): ApprovalAction {
  const version = Number(/\d+$/.exec(approval.bound.nonce)?.[0]) + 1;
  const edited = { ...ACT, argumentsText: `{"amount":${version}}` };
  const made = bindEdit(approval, { ...rules, act: edited, now, nonce: `nonce-${version}` });
  return {
    kind: 'edit',
    reason: '',
    verdict: made.requirements.length === 0 ? 'permitted' : 'needs-approval',
    ...made,
  };
}

test('every order of answers by up to five people, for up to three of them, ends as the model says', () => {
  // Each person approves, declines, edits (two of them at most), or approves and takes it back at once; and before each of them
  // the time may end.
  const ends = new Map<string, number>();
  for (let need = 1; need <= 3; need++) {
    const rule = { n: { stages: [{ of: ['controller'], need }] } };
    // Fewer people are those who came before the time ended.
    walk(start(question(rule)), asking(rule), PEOPLE);
  }
  const orders = [...ends.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(orders > 20_000, `${orders} orders`);
  assert.deepEqual([...ends.keys()].sort(), ['approved', 'declined', 'expired']);

  function walk(pair: Pair, rules: Asking, left: readonly string[]): void {
    if (pair.approval.state !== 'pending') return count(pair.approval.state);
    count(step(pair, { kind: 'expire', now: EXPIRE_AT }).approval.state);
    for (const person of left) {
      const others = left.filter((one) => one !== person);
      const context = by(person);
      const voted = step(pair, YES, context);
      walk(voted, rules, others);
      if (voted.approval.state === 'pending') walk(step(voted, { kind: 'withdraw' }, context), rules, others);
      count(step(pair, NO, context).approval.state);
      if (!editedTwice(pair)) walk(step(pair, editOf(pair.approval, rules, context.now), context), rules, others);
    }
  }

  function count(state: string): void {
    ends.set(state, (ends.get(state) ?? 0) + 1);
  }
});

function editedTwice({ approval }: Pair): boolean {
  return approval.bound.nonce.endsWith('-2');
}

test('in whatever state answers leave it, each of five people and the time do to it what the model says', () => {
  // Not orders but states: from every one that can be reached with up to two edits, everything is tried, over and over.
  let tried = 0;
  const states = new Set<string>();
  for (const need of [1, 2, 3]) {
    const rule = { n: { stages: [{ of: ['controller'], need }] } };
    const rules = asking(rule);
    const seen = new Set<string>();
    const queue = [start(question(rule))];
    for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
      const { approval } = pair;
      const mayEdit = !editedTwice(pair);
      const steps: [ApprovalAction, AnswerContext?][] = [
        [{ kind: 'expire', now: EXPIRE_AT }],
        [{ kind: 'void', fields: [], why: 'x' }],
        [{ kind: 'consume', boundNow: approval.bound, now: ASKED_AT + 1 }],
        ...PEOPLE.flatMap((person): [ApprovalAction, AnswerContext][] => [
          [YES, by(person)],
          [NO, by(person)],
          [{ kind: 'withdraw' }, by(person)],
          ...(mayEdit
            ? [[editOf(approval, rules, by(person).now), by(person)] as [ApprovalAction, AnswerContext]]
            : []),
        ]),
      ];
      for (const [action, context] of steps) {
        const to = step(pair, action, context);
        tried++;
        states.add(to.approval.state);
        const { rev: _, votes, ...rest } = to.approval;
        const standing = votes
          .filter(({ bound }) => bound === boundDigest(to.approval.bound))
          .map(({ person }) => person);
        const key = `${rest.state} ${rest.bound.nonce} ${standing.join()}`;
        if (!seen.has(key)) {
          seen.add(key);
          queue.push(to);
        }
      }
    }
  }
  assert.deepEqual([...states].sort(), [...APPROVAL_STATES].sort());
  assert.ok(tried > 5_000, `${tried} steps`);
});

/** A few seconds' worth; the full proof walks further. */
const RUNS = 4_000;
const NAMES = ['controller', 'director', 'lead'] as const;
const aStage = fc.record({
  of: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
  need: fc.constantFrom(1, 1, 1, 2, 3),
});
const aRule = fc.record({
  stages: fc.array(aStage, { minLength: 1, maxLength: 3 }),
  separate: fc.uniqueArray(fc.constantFrom('requester', 'owner', 'author')),
  expires: fc.constantFrom('PT6H', 'P1D'),
  escalate: fc.uniqueArray(
    fc.record({ after: fc.constantFrom('PT1H', 'PT2H', 'PT3H'), to: fc.constantFrom(...NAMES) }),
    {
      maxLength: 2,
    },
  ),
  delegable: fc.boolean(),
  dwellSeconds: fc.constantFrom(0, 0, 30),
  distinct: fc.boolean(),
});
const someRules = fc.array(aRule, { minLength: 1, maxLength: 3 }).map((rules) => {
  return Object.fromEntries(rules.map((rule, i) => [`rule-${i}`, rule]));
});
const teams = fc.constantFrom([], [], ['finance-operations']);
const aPerson = fc.constantFrom(...PEOPLE, 'requester', 'author');
const names = fc.oneof(fc.constant([...NAMES]), fc.subarray([...NAMES]));
const aContext = fc
  .record({
    person: aPerson,
    teams,
    names,
    delegators: fc.array(
      fc.record({
        person: aPerson,
        names,
        teams,
        through: fc.option(fc.record({ person: aPerson, teams }), { freq: 4 }),
      }),
      { maxLength: 2 },
    ),
    dwellSeconds: fc.constantFrom(null, 10, 30, 60),
  })
  .map(({ person, delegators, ...rest }) =>
    by(person, {
      ...rest,
      delegators: delegators
        .filter((one) => one.person !== person)
        .map((one) => lends(one.person, one.names, { teams: one.teams, through: through(one.through) })),
    }),
  );
const aStep = fc.record({
  // Half of all steps are a yes: without those, little would ever be approved.
  kind: fc.constantFrom(
    'approve',
    'approve',
    'approve',
    'approve',
    'decline',
    'withdraw',
    'edit',
    'escalate',
    'expire',
    'consume',
    'void',
  ),
  context: aContext,
  passes: fc.constantFrom(0, 0, 0, 0, 60_000, 3_600_000, 7_200_000, 21_600_000),
  choice: fc.record({
    onBehalfOf: fc.constantFrom(undefined, undefined, null, ...PEOPLE.map((person) => `per_${person}` as PersonId)),
    policies: fc.constantFrom(undefined, undefined, ['rule-0'], ['rule-1', 'rule-2']),
  }),
  rare: fc.constantFrom(false, false, false, true),
  rules: someRules,
});

test('whatever rules there are and whatever people do, the approval stands as the model says', () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(someRules, fc.boolean(), fc.array(aStep, { minLength: 1, maxLength: 20 }), (rules, alone, steps) => {
      let pair = start(question(rules));
      let now = ASKED_AT + 60_000;
      let single = alone;
      for (const { kind, context, passes, choice, rare, rules: others } of steps) {
        now += passes;
        // One person runs it alone, until others come; never again after that.
        single &&= !(rare && kind === 'approve');
        const { approval } = pair;
        const who = { ...context, now, single };
        const before = approval.state;
        switch (kind) {
          case 'approve':
            pair = step(pair, { ...YES, ...defined(choice) } as ApprovalAction, who);
            break;
          case 'decline':
            pair = rare ? step(pair, { ...NO, reason: rare ? 'no' : '' }, who) : pair;
            break;
          case 'withdraw':
            pair = step(pair, { kind }, who);
            break;
          case 'edit': {
            const bounds = editOf(approval, asking(rare ? others : rules), now);
            pair = step(pair, { ...bounds, ...defined({ onBehalfOf: choice.onBehalfOf }) } as ApprovalAction, who);
            break;
          }
          case 'escalate':
          case 'expire':
            pair = step(pair, { kind, now });
            break;
          case 'consume': {
            const boundNow = bindAgain(approval, { ...approval.bound, ...(rare && { resource: 'claim/9' }) });
            pair = step(pair, { kind, boundNow, now, single });
            break;
          }
          case 'void':
            pair = rare ? step(pair, { kind, fields: [], why: 'x' }) : pair;
            break;
        }
        const after = pair.approval;
        const said = `${before} ${kind} ${after.state}${after.notBefore === null ? '' : ' alone'}`;
        met.set(said, (met.get(said) ?? 0) + 1);
        if (after.state === 'pending') assert.equal(after.notBefore, null);
        // Nothing but an answer approves.
        if (before !== 'approved' && after.state === 'approved') assert.ok(kind === 'approve' || kind === 'edit');
      }
    }),
    { numRuns: RUNS },
  );
  // What the steps never came to would not have been compared.
  for (const said of [
    'pending approve approved',
    'pending approve approved alone',
    'pending edit approved',
    'pending edit pending',
    'pending decline declined',
    'pending expire expired',
    'approved expire expired',
    'approved consume consumed',
    'approved consume approved',
    'approved consume consumed alone',
    'pending escalate pending',
    'pending void void',
  ]) {
    assert.ok((met.get(said) ?? 0) > 0, `never: ${said}; ${[...met.keys()].join(', ')}`);
  }
});

function defined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function through(one: { person: string; teams: readonly string[] } | null): Delegator['through'] & object {
  return one === null ? [] : [{ person: `per_${one.person}` as PersonId, teams: one.teams }];
}
