import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BOUND_FIELDS, boundDigest, type Approval, type Bound } from '../../vocabulary/index.ts';
import { eligible, type AnswerContext } from './eligible.ts';
import { bindAgain, bindEdit, requirementsOf } from './open.ts';
import { ACT, ASKED_AT, asking, by, id, lends, question } from './ordinary-question.ts';
import type { ApprovalAction, Moved, NotMoved } from './action.ts';
import { act, dueAt } from './protocol.ts';

const YES = { kind: 'approve', reason: 'seen' } as const;
const NO = { kind: 'decline', reason: 'not ours' } as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const EDITED = { ...ACT, argumentsText: '{"amount":400}', amount: { minor: 40_000, currency: 'EUR' } } as const;

/** Does one thing after another; every one of them has to move it. */
function done(approval: Approval, ...steps: readonly (readonly [ApprovalAction, AnswerContext?])[]): Approval {
  let at = approval;
  for (const [action, context] of steps) {
    const result = run(at, action, context);
    assert.equal(result.kind, 'moved', result.kind === 'refused' ? `${action.kind}: ${result.why}` : '');
    at = (result as Moved).approval;
  }
  return at;
}

function run(approval: Approval, action: ApprovalAction, context?: AnswerContext): Moved | NotMoved {
  return context === undefined
    ? act(approval, action as Extract<ApprovalAction, { kind: 'void' | 'consume' | 'escalate' | 'expire' }>)
    : act(approval, action, context);
}

/** What is said of the refusal, which has to have this code. */
function refusal(code: string, approval: Approval, action: ApprovalAction, context?: AnswerContext): string {
  const before = structuredClone(approval);
  const result = run(approval, action, context);
  assert.equal(result.kind, 'refused');
  assert.deepEqual(approval, before);
  assert.equal((result as NotMoved).code, code, (result as NotMoved).why);
  return (result as NotMoved).why;
}

describe('who may answer', () => {
  test('one of one: approved, with the answer and the settlement said', () => {
    const result = run(question(), YES, by('ann')) as Moved;
    assert.equal(result.approval.state, 'approved');
    assert.equal(result.approval.rev, 2);
    assert.deepEqual(
      result.said.map(({ kind }) => kind),
      ['approval.answered', 'approval.settled'],
    );
  });

  test('somebody without the name may not, and hears for whom it waits', () => {
    assert.match(refusal('forbidden', question(), YES, by('ann', { names: ['clerk'] })), /waits for `controller`/);
    assert.match(refusal('forbidden', question(), NO, by('ann', { names: [] })), /waits for `controller`/);
  });

  test('N of M are different people, and one of them counts once', () => {
    const two = question({ four: { stages: [{ of: ['controller', 'director'], need: 2 }] } });
    const one = done(two, [YES, by('ann')]);
    assert.equal(one.state, 'pending');
    assert.equal(one.why, 'waits for 1 of controller or director');
    assert.match(refusal('forbidden', one, YES, by('ann')), /answered this already/);
    assert.match(refusal('forbidden', one, YES, by('ann', { names: ['director'] })), /answered this already/);
    assert.equal(done(one, [YES, by('bob', { names: ['director'] })]).state, 'approved');
  });

  test('stages are answered in order, and nobody answers two', () => {
    const stages = {
      stages: [
        { of: ['controller'], need: 1 },
        { of: ['director', 'controller'], need: 1 },
      ],
    };
    const staged = question({ staged: stages });
    assert.match(refusal('forbidden', staged, YES, by('dan', { names: ['director'] })), /waits for `controller`/);
    const first = done(staged, [YES, by('ann')]);
    assert.equal(first.state, 'pending');
    assert.match(refusal('forbidden', first, YES, by('ann')), /answered this already/);
    assert.equal(done(first, [YES, by('dan', { names: ['director'] })]).state, 'approved');
  });

  test('one answer counts for every policy that asks for it, and each has to be satisfied', () => {
    const both = question({ a: {}, b: { stages: [{ of: ['controller'], need: 2 }] } });
    const one = done(both, [YES, by('ann')]);
    assert.deepEqual(one.votes[0]?.counts, [
      { policy: 'a', stage: 0 },
      { policy: 'b', stage: 0 },
    ]);
    assert.equal(one.state, 'pending');
    assert.equal(done(one, [YES, by('bob')]).state, 'approved');
  });

  test('somebody answers again when a stage of another policy opens for them', () => {
    const both = question({
      a: {
        stages: [
          { of: ['clerk'], need: 1 },
          { of: ['controller'], need: 1 },
        ],
      },
      b: { stages: [{ of: ['controller'], need: 1 }] },
    });
    const first = done(both, [YES, by('ann')], [YES, by('cle', { names: ['clerk'] })]);
    assert.equal(first.state, 'pending');
    assert.equal(done(first, [YES, by('ann')]).state, 'approved');
  });

  test('`distinct` wants people who have not answered for another policy of the act', () => {
    const both = question({ a: {}, z: { distinct: true } });
    const one = done(both, [YES, by('ann')]);
    assert.deepEqual(one.votes[0]?.counts, [{ policy: 'a', stage: 0 }]);
    assert.match(refusal('forbidden', one, YES, by('ann')), /has not answered for `a`/);
    assert.equal(done(one, [YES, by('bob')]).state, 'approved');
    // And the other way round, where the person chooses.
    const chosen = done(both, [{ ...YES, policies: ['z'] }, by('ann')]);
    assert.match(refusal('forbidden', chosen, YES, by('ann')), /has not answered for `z`/);
  });

  test('eligible says whether, for what, for whom and from when', () => {
    const slow = question({ slow: { dwellSeconds: 90 } });
    const can = eligible(slow, by('ann', { dwellSeconds: 30 }));
    assert.deepEqual(can, { may: true, why: 'counts for slow, stage 1', onBehalfOf: null, waitSeconds: 60 });
    assert.equal(eligible(slow, by('dee', { names: [], delegators: [lends('ann')] })).onBehalfOf, id('ann'));
    assert.match(eligible(slow, by('requester')).why, /asked for this/);
    assert.match(eligible(done(slow, [NO, by('ann')]), by('bob')).why, /is declined already/);
    assert.match(eligible(slow, by('ann', { now: ASKED_AT + 7 * DAY })).why, /time is over/);
  });
});

describe('separation of duties', () => {
  const separate = ['requester', 'owner', 'author'];
  const apart = () => question({ apart: { separate } });

  test('the requester, the owner team and the authors do not answer', () => {
    assert.match(refusal('forbidden', apart(), YES, by('requester')), /asked for this/);
    assert.match(refusal('forbidden', apart(), YES, by('ann', { teams: ['finance-operations'] })), /owns the agent/);
    assert.match(refusal('forbidden', apart(), YES, by('author')), /wrote a policy/);
    assert.match(refusal('forbidden', apart(), NO, by('requester')), /asked for this/);
    assert.equal(done(apart(), [YES, by('ann', { teams: ['another'] })]).state, 'approved');
  });

  test('only those whom the rule names are kept out', () => {
    const open = question({ open: { separate: ['author'] } });
    assert.equal(done(open, [YES, by('requester', { teams: ['finance-operations'] })]).state, 'approved');
    assert.match(refusal('forbidden', open, YES, by('author')), /wrote a policy/);
  });

  test('an agent without owner or requester keeps nobody out for that', () => {
    const bare = question({ apart: { separate } }, { owner: '', act: { principal: null }, authors: [] });
    assert.equal(done(bare, [YES, by('ann', { teams: [''] })]).state, 'approved');
  });

  test('nobody gets round it by lending: neither delegate, nor delegator, nor who passed it on may be kept out', () => {
    const lent = (more: object) => by('dee', { names: [], ...more });
    assert.match(
      refusal('forbidden', apart(), YES, lent({ delegators: [lends('requester')] })),
      /answer for one who asked/,
    );
    assert.match(
      refusal('forbidden', apart(), YES, by('requester', { names: [], delegators: [lends('ann')] })),
      /asked/,
    );
    const owners = lends('ann', ['controller'], { teams: ['finance-operations'] });
    assert.match(refusal('forbidden', apart(), YES, lent({ delegators: [owners] })), /owns the agent/);
    const through = lends('ann', ['controller'], { through: [{ person: id('requester'), teams: [] }] });
    assert.match(refusal('forbidden', apart(), YES, lent({ delegators: [through] })), /asked/);
    assert.equal(done(apart(), [YES, lent({ delegators: [lends('ann')] })]).state, 'approved');
  });

  test('another delegator is taken when the first is kept out', () => {
    const vote = done(apart(), [YES, by('dee', { names: [], delegators: [lends('requester'), lends('ann')] })])
      .votes[0];
    assert.equal(vote?.onBehalfOf, id('ann'));
  });
});

describe('delegation', () => {
  const two = { two: { stages: [{ of: ['controller'], need: 2 }] } };
  const dee = by('dee', { delegators: [lends('ann')] });

  test('a delegate does not count twice, as themselves and for somebody', () => {
    const one = done(question(two), [YES, dee]);
    assert.equal(one.votes[0]?.onBehalfOf, null);
    assert.match(refusal('forbidden', one, { ...YES, onBehalfOf: id('ann') }, dee), /answered this already/);
    assert.equal(one.state, 'pending');
  });

  test('a delegate and the one they answer for count once together, whoever comes first', () => {
    const only = by('dee', { names: [], delegators: [lends('ann')] });
    const byDelegate = done(question(two), [YES, only]);
    assert.match(refusal('forbidden', byDelegate, YES, by('ann')), /somebody for them, has answered/);
    const bySelf = done(question(two), [YES, by('ann')]);
    assert.match(refusal('forbidden', bySelf, YES, only), /somebody for them, has answered/);
    // Nor do two delegates of the same person.
    const other = by('eve', { names: [], delegators: [lends('ann')] });
    assert.match(refusal('forbidden', byDelegate, YES, other), /somebody for them, has answered/);
  });

  test('a rule may take no delegates', () => {
    const personal = question({ personal: { delegable: false } });
    assert.match(
      refusal('forbidden', personal, YES, by('dee', { names: [], delegators: [lends('ann')] })),
      /on behalf of/,
    );
    assert.match(
      refusal('forbidden', personal, NO, by('dee', { names: [], delegators: [lends('ann')] })),
      /on behalf of/,
    );
    assert.equal(done(personal, [YES, dee]).state, 'approved');
  });

  test('somebody who says for whom answers for them or not at all', () => {
    const chosen = done(question(), [{ ...YES, onBehalfOf: id('ann') }, dee]).votes[0];
    assert.equal(chosen?.onBehalfOf, id('ann'));
    assert.match(refusal('forbidden', question(), { ...YES, onBehalfOf: id('zoe') }, dee), /not delegated to you/);
  });
});

describe('answers', () => {
  const two = { two: { stages: [{ of: ['controller'], need: 2 }] } };

  test('one decline by somebody who may answer declines the whole', () => {
    const declined = done(question(two), [YES, by('ann')], [NO, by('bob')]);
    assert.equal(declined.state, 'declined');
    assert.match(declined.why, /declined by bob: not ours/);
    assert.match(refusal('already-answered', declined, YES, by('eve')), /is declined already/);
    assert.match(refusal('bad-request', question(two), { kind: 'decline', reason: ' ' }, by('bob')), /say why/);
  });

  test('who has approved may still decline', () => {
    const declined = done(question(two), [YES, by('ann')], [NO, by('ann')]);
    assert.equal(declined.state, 'declined');
    assert.deepEqual(
      declined.votes.map(({ kind }) => kind),
      ['decline'],
    );
  });

  test('a vote is taken back while it is pending, and then the stage is short again', () => {
    const back = done(question(two), [YES, by('ann')], [{ kind: 'withdraw' }, by('ann')]);
    assert.deepEqual(back.votes, []);
    assert.equal(done(back, [YES, by('bob')]).state, 'pending');
    assert.match(refusal('bad-request', back, { kind: 'withdraw' }, by('ann')), /no answer/);
    assert.match(refusal('bad-request', done(back, [YES, by('bob')]), { kind: 'withdraw' }, by('ann')), /no answer/);
    const approved = done(question(), [YES, by('ann')]);
    assert.match(refusal('already-answered', approved, { kind: 'withdraw' }, by('ann')), /is approved already/);
  });

  test('whom a delegate answered for may decline or take it back, and the record says who did', () => {
    const dee = by('dee', { names: [], delegators: [lends('ann')] });
    const one = done(question(two), [YES, dee]);
    const declined = run(one, NO, by('ann')) as Moved;
    assert.equal(declined.approval.state, 'declined');
    const back = run(one, { kind: 'withdraw' }, by('ann')) as Moved;
    assert.deepEqual(back.approval.votes, []);
    const [said] = back.said;
    assert.ok(said?.kind === 'approval.answered' && said.person === id('ann') && said.onBehalfOf === null);
    assert.equal(said.bound, boundDigest(one.bound));
  });

  test('a stage that a withdrawal leaves short opens again; later answers stay', () => {
    const staged = question({
      s: {
        stages: [
          { of: ['controller'], need: 1 },
          { of: ['director'], need: 2 },
        ],
      },
    });
    const director = (person: string) => by(person, { names: ['director'] });
    const opened = done(staged, [YES, by('ann')], [YES, director('dan')], [{ kind: 'withdraw' }, by('ann')]);
    assert.match(refusal('forbidden', opened, YES, director('dot')), /waits for `controller`/);
    assert.equal(done(opened, [YES, by('bob')], [YES, director('dot')]).state, 'approved');
  });

  test('an approval before the rule’s least look is refused, a decline is not', () => {
    const slow = question({ slow: { dwellSeconds: 30 } });
    assert.match(refusal('too-soon', slow, YES, by('ann', { dwellSeconds: 29 })), /29 s, and the rule asks for 30 s/);
    assert.match(refusal('too-soon', slow, YES, by('ann', { dwellSeconds: null })), /has not been shown/);
    assert.equal(done(slow, [YES, by('ann', { dwellSeconds: 30 })]).state, 'approved');
    assert.equal(done(slow, [NO, by('ann', { dwellSeconds: null })]).state, 'declined');
  });

  test('who may answer may ask, who is concerned may reply, and it stays pending', () => {
    const talked = done(
      question(),
      [{ kind: 'ask', to: 'requester', text: 'which invoice?' }, by('ann')],
      [{ kind: 'reply', text: 'number 7' }, by('requester', { names: [] })],
      [{ kind: 'reply', text: 'yes' }, by('olga', { names: [], teams: ['finance-operations'] })],
    );
    assert.equal(talked.state, 'pending');
    assert.deepEqual(
      talked.remarks.map(({ to }) => to),
      ['requester', 'approvers', 'approvers'],
    );
    assert.deepEqual(talked.bound, question().bound);
    refusal('forbidden', question(), { kind: 'ask', to: 'requester', text: 'x' }, by('zed', { names: [] }));
    refusal('forbidden', question(), { kind: 'reply', text: 'x' }, by('zed', { names: [] }));
    refusal('bad-request', question(), { kind: 'reply', text: ' ' }, by('ann'));
    refusal('bad-request', question(), { kind: 'ask', to: 'requester', text: 'x'.repeat(4_001) }, by('ann'));
  });

  test('nothing is accepted from nobody', () => {
    refusal('forbidden', question(), YES);
  });
});

describe('time', () => {
  test('silence-never-approves: the end expires it, whatever was answered, and answers at the end are refused', () => {
    const one = done(question({ two: { stages: [{ of: ['controller'], need: 2 }] } }), [YES, by('ann')]);
    const end = one.bound.expiresAt;
    refusal('too-soon', one, { kind: 'expire', now: end - 1 });
    refusal('already-answered', one, YES, by('bob', { now: end }));
    const expired = done(one, [{ kind: 'expire', now: end }]);
    assert.equal(expired.state, 'expired');
    assert.equal(dueAt(expired), null);
    assert.equal(done(one, [YES, by('bob', { now: end - 1 })]).state, 'approved');
  });

  test('an approved one that was not used in time expires too', () => {
    const approved = done(question(), [YES, by('ann')]);
    assert.equal(dueAt(approved), approved.bound.expiresAt);
    assert.equal(done(approved, [{ kind: 'expire', now: approved.bound.expiresAt }]).state, 'expired');
    refusal('changed-meanwhile', approved, {
      kind: 'consume',
      boundNow: approved.bound,
      now: approved.bound.expiresAt,
    });
  });

  test('an escalation lets one more name answer the open stage, and lowers nothing', () => {
    const escalating = question({
      e: {
        stages: [
          { of: ['controller'], need: 2 },
          { of: ['director'], need: 1 },
        ],
        escalate: [
          { after: 'PT1H', to: 'lead' },
          { after: 'P1D', to: 'chief' },
        ],
      },
    });
    assert.equal(dueAt(escalating), ASKED_AT + HOUR);
    refusal('too-soon', escalating, { kind: 'escalate', now: ASKED_AT + HOUR - 1 });
    const result = run(escalating, { kind: 'escalate', now: ASKED_AT + HOUR }) as Moved;
    assert.deepEqual(result.said, [
      { kind: 'approval.escalated', policy: 'e', stage: 0, to: 'lead', at: ASKED_AT + HOUR },
    ]);
    assert.equal(dueAt(result.approval), ASKED_AT + DAY);
    const lead = by('lea', { names: ['lead'] });
    const one = done(result.approval, [YES, lead]);
    assert.equal(one.state, 'pending');
    assert.match(refusal('forbidden', one, YES, by('dan', { names: ['director'] })), /`controller` or `lead`/);
    const second = done(one, [YES, by('ann')]);
    // The stage after it is not the lead's: she was asked when the first was open.
    assert.match(refusal('forbidden', second, YES, by('len', { names: ['lead'] })), /waits for `director`/);
    assert.equal(done(second, [YES, by('dan', { names: ['director'] })]).state, 'approved');
  });

  test('votes for a question that was edited since do not open a stage to those whom an escalation calls', () => {
    const rule = {
      stages: [
        { of: ['controller'], need: 2 },
        { of: ['director'], need: 1 },
      ],
      escalate: [{ after: 'PT2H', to: 'lead' }],
    };
    const one = done(question({ e: rule }), [YES, by('ann')]);
    const made = bindEdit(one, { ...asking({ e: rule }), act: EDITED, now: by('x').now, nonce: 'nonce-1' });
    const edited = done(one, [{ kind: 'edit', verdict: 'needs-approval', reason: '', ...made }, by('bob')]);
    const result = run(edited, { kind: 'escalate', now: ASKED_AT + 3 * HOUR }) as Moved;
    assert.deepEqual(result.approval.widened, [{ policy: 'e', stage: 0, to: 'lead' }]);
  });

  test('several that are due at once are made at once, in order of time', () => {
    const both = question({
      a: { escalate: [{ after: 'PT3H', to: 'x' }] },
      b: {
        escalate: [
          { after: 'PT1H', to: 'y' },
          { after: 'PT9H', to: 'z' },
        ],
      },
    });
    const result = run(both, { kind: 'escalate', now: ASKED_AT + 4 * HOUR }) as Moved;
    assert.deepEqual(
      result.approval.widened.map(({ to }) => to),
      ['y', 'x'],
    );
    assert.equal(dueAt(result.approval), ASKED_AT + 9 * HOUR);
    assert.equal(dueAt(done(result.approval, [{ kind: 'escalate', now: ASKED_AT + 9 * HOUR }])), both.bound.expiresAt);
  });
});

describe('what is bound', () => {
  const approved = () => done(question(), [YES, by('ann')]);
  const later = { now: ASKED_AT + HOUR };

  test('what-you-see-is-what-executes: it is consumed once, and with any bound field changed not at all', () => {
    const one = approved();
    const used = done(one, [{ kind: 'consume', boundNow: bindAgain(one, ACT), ...later }]);
    assert.equal(used.state, 'consumed');
    refusal('already-answered', used, { kind: 'consume', boundNow: one.bound, ...later });
    for (const field of BOUND_FIELDS) {
      const boundNow = { ...one.bound, [field]: CHANGED[field] } as Bound;
      assert.notEqual(boundDigest(boundNow), boundDigest(one.bound), field);
      assert.ok(refusal('changed-meanwhile', one, { kind: 'consume', boundNow, ...later }).includes(field), field);
    }
  });

  test('what is not approved is not consumed, and a row that says so without votes neither', () => {
    refusal('forbidden', question(), { kind: 'consume', boundNow: question().bound, ...later });
    const forged = { ...question(), state: 'approved' as const };
    assert.match(refusal('forbidden', forged, { kind: 'consume', boundNow: forged.bound, ...later }), /votes/);
    // Nor with one person's vote written twice, or a no among them.
    const half = done(question({ two: { stages: [{ of: ['controller'], need: 2 }] } }), [YES, by('ann')]);
    const [vote] = half.votes;
    assert.ok(vote !== undefined);
    const no = { ...vote, person: id('bob'), kind: 'decline' as const };
    for (const more of [vote, no]) {
      const padded = { ...half, state: 'approved' as const, votes: [vote, more] };
      assert.match(refusal('forbidden', padded, { kind: 'consume', boundNow: padded.bound, ...later }), /votes/);
    }
    const elsewhere = { ...approved(), bound: { ...approved().bound, argumentsText: '{}' } };
    assert.match(refusal('forbidden', elsewhere, { kind: 'consume', boundNow: elsewhere.bound, ...later }), /votes/);
  });

  test('votes of those who may approve no more are not enough, unless others are', () => {
    const dee = by('dee', { names: [], delegators: [lends('ann')] });
    const one = done(question(), [YES, dee]);
    const use = (gone: string[]) => ({ kind: 'consume', boundNow: one.bound, gone: gone.map(id), ...later }) as const;
    assert.match(refusal('changed-meanwhile', one, use(['ann'])), /may approve it no more/);
    assert.match(refusal('changed-meanwhile', one, use(['dee'])), /may approve it no more/);
    assert.equal(done(one, [use(['bob'])]).state, 'consumed');
  });

  test('what changed makes it void, pending or approved, with the fields', () => {
    for (const one of [question(), approved()]) {
      const result = run(one, { kind: 'void', fields: ['law'], why: 'changed since it was asked: law' }) as Moved;
      assert.equal(result.approval.state, 'void');
      assert.deepEqual((result.said[0] as { fields?: unknown }).fields, ['law']);
      refusal('already-answered', result.approval, { kind: 'void', fields: [], why: '' });
      refusal('already-answered', result.approval, { kind: 'expire', now: Number.MAX_SAFE_INTEGER });
    }
  });
});

describe('editing', () => {
  const two = asking({ two: { stages: [{ of: ['controller'], need: 2 }] } });
  const editOf = (approval: Approval, more: object = {}) => {
    const edited = bindEdit(approval, { ...two, act: EDITED, now: by('x').now, nonce: 'nonce-1', ...more });
    return { kind: 'edit', verdict: 'needs-approval', reason: 'less', ...edited } as const;
  };
  const asked = () => question({ two: { stages: [{ of: ['controller'], need: 2 }] } });

  test('an edit is another question: earlier votes are void, the editor’s counts, both are kept', () => {
    const one = done(asked(), [YES, by('ann')]);
    const result = run(one, editOf(one), by('bob')) as Moved;
    const { approval } = result;
    assert.equal(approval.state, 'pending');
    assert.equal(approval.bound.argumentsText, EDITED.argumentsText);
    assert.deepEqual(approval.original, { bound: one.bound, editedBy: id('bob') });
    assert.equal(approval.why, 'waits for 1 of controller');
    const [said] = result.said;
    assert.ok(said?.kind === 'approval.answered' && said.answer === 'edit');
    assert.deepEqual(said.edited, approval.bound);
    assert.equal(said.bound, boundDigest(one.bound));
    // Ann has to say yes again, to this.
    const both = done(approval, [YES, by('ann')]);
    assert.equal(both.state, 'approved');
    assert.deepEqual(bindAgain(both, EDITED), both.bound);
    assert.deepEqual(bindAgain(both, EDITED, two), both.bound);
  });

  test('an edited question is the same when it is bound again, however long the answer took to arrive', () => {
    const rules = asking({ e: { escalate: [{ after: 'PT1H', to: 'lead' }] } });
    const one = question({ e: { escalate: [{ after: 'PT1H', to: 'lead' }] } });
    const edit = editOf(one, { ...rules, now: ASKED_AT + 59_500 });
    const edited = done(one, [edit, by('bob', { now: ASKED_AT + 60_250 })]);
    assert.equal(dueAt({ ...edited, state: 'pending' }), ASKED_AT + 59_500 + HOUR);
    assert.deepEqual(bindAgain(edited, EDITED, rules), edited.bound);
  });

  test('an edit that is edited keeps what the agent wanted', () => {
    const once = done(asked(), [editOf(asked()), by('bob')]);
    const act2 = { ...EDITED, argumentsText: '{"amount":300}' };
    const twice = done(once, [editOf(once, { act: act2, nonce: 'nonce-2' }), by('ann')]);
    assert.deepEqual(twice.original, { bound: asked().bound, editedBy: id('ann') });
    // And its votes do not come back with its arguments.
    const back = done(twice, [editOf(twice, { act: ACT, nonce: 'nonce-3' }), by('cyd')]);
    assert.equal(back.why, 'waits for 1 of controller');
  });

  test('an edit may bring in other people; where the editor is none of them they have not approved', () => {
    const director = asking({ dir: { stages: [{ of: ['director'], need: 1 }] } });
    const edited = done(question(), [editOf(question(), director), by('ann')]);
    assert.equal(edited.state, 'pending');
    assert.deepEqual(edited.votes, []);
    assert.equal(done(edited, [YES, by('dan', { names: ['director'] })]).state, 'approved');
  });

  test('what nothing stops after the edit is approved with it', () => {
    const free = { ...editOf(question(), { ...two, policies: [] }), verdict: 'permitted' } as const;
    assert.equal(done(question(), [free, by('ann')]).state, 'approved');
    refusal('bad-request', question(), { ...editOf(question()), verdict: 'permitted' }, by('ann'));
    refusal('bad-request', question(), { ...free, verdict: 'needs-approval' }, by('ann'));
  });

  test('only who may answer edits, after the look that the rule asks for, and never what the law refuses', () => {
    refusal('forbidden', asked(), editOf(asked()), by('requester'));
    refusal('forbidden', asked(), editOf(asked()), by('zed', { names: [] }));
    refusal('forbidden', asked(), { ...editOf(asked()), verdict: 'refused' }, by('ann'));
    const slow = question({ slow: { dwellSeconds: 300 } });
    refusal('too-soon', slow, editOf(slow), by('ann'));
  });

  test('an edit changes the act, and not who acts, the end, or what it is bound to', () => {
    const bad = (more: Partial<Bound>, requirements = editOf(asked()).requirements) => {
      const edit = editOf(asked());
      return refusal(
        'bad-request',
        asked(),
        { ...edit, newBound: { ...edit.newBound, ...more }, requirements },
        by('ann'),
      );
    };
    const kept = ['tenant', 'run', 'step', 'agent', 'agentVersion', 'principal', 'tool', 'toolDigest'] as const;
    for (const field of kept) assert.match(bad({ [field]: CHANGED[field] }), new RegExp(`cannot change \`${field}\``));
    assert.match(bad({ argumentsText: ACT.argumentsText }), /nothing was edited/);
    assert.match(bad({ nonce: 'nonce-0' }), /nonce/);
    assert.match(bad({ expiresAt: asked().bound.expiresAt + 1 }), /last longer/);
    assert.match(bad({ rule: ACT.law }), /requirements/);
    assert.match(bad({ rendered: ACT.law }), /what is shown/);
    assert.match(bad({}, requirementsOf(asking({ easy: {} }), ASKED_AT).requirements), /requirements/);
  });

  test('an edit does not make time stand still', () => {
    const late = by('x').now + 6 * DAY;
    const { newBound } = editOf(asked(), { now: late });
    assert.equal(newBound.expiresAt, asked().bound.expiresAt);
  });
});

describe('one operator', () => {
  const alone = (person: string, more: Partial<AnswerContext> = {}) => by(person, { single: true, ...more });
  const hard = () =>
    question({
      a: {
        stages: [
          { of: ['controller'], need: 2 },
          { of: ['director'], need: 1 },
        ],
      },
      b: { distinct: true },
    });
  const names = ['controller', 'director'];

  test('a delay takes the place of the others, and the record says so', () => {
    const result = run(hard(), YES, alone('requester', { names })) as Moved;
    const { approval } = result;
    assert.equal(approval.state, 'approved');
    assert.equal(approval.notBefore, by('x').now + HOUR);
    assert.match(approval.why, /SINGLE OPERATOR/);
    assert.ok(result.said.every((fact) => 'singleOperator' in fact && fact.singleOperator));
    assert.equal(dueAt(approval), approval.notBefore);
    assert.equal(dueAt(approval, (approval.notBefore ?? 0) + 1), approval.bound.expiresAt);
    const boundNow = approval.bound;
    const early = { kind: 'consume', boundNow, now: (approval.notBefore ?? 0) - 1 } as const;
    assert.match(refusal('too-soon', approval, early), /usable in 1 s/);
    const then = { ...early, now: approval.notBefore ?? 0 };
    // Once others are there, what one approved alone is not used.
    refusal('needs-second-person', approval, { ...then, single: false });
    assert.equal(done(approval, [{ ...then, single: true }]).state, 'consumed');
  });

  test('where nobody else would have been needed there is no delay', () => {
    const plain = done(question(), [YES, alone('ann')]);
    assert.equal(plain.state, 'approved');
    assert.equal(plain.notBefore, null);
    assert.notEqual(done(question(), [YES, alone('requester')]).notBefore, null);
  });

  test('whatever would have needed somebody else makes the delay: number, separation, stages, distinct', () => {
    const stages = [
      { of: ['controller'], need: 1 },
      { of: ['director'], need: 1 },
    ];
    const needing = [
      question({ two: { stages: [{ of: ['controller'], need: 2 }] } }),
      question({ stages: { stages } }),
      question({ a: {}, z: { distinct: true } }),
      question({ plain: {} }, { act: { principal: id('ann') } }),
    ];
    for (const one of needing) {
      const { state, notBefore, requirements } = done(one, [YES, alone('ann', { names })]);
      assert.deepEqual([state, notBefore], ['approved', by('x').now + HOUR], requirements[0]?.policy);
    }
  });

  test('stages stay in order: what comes after a name that the operator does not bear is not answered', () => {
    const stages = ['controller', 'auditor', 'director'].map((name) => ({ of: [name], need: 1 }));
    const { votes, state } = done(question({ s: { stages } }), [YES, alone('ann', { names })]);
    assert.equal(state, 'pending');
    assert.deepEqual(votes[0]?.counts, [{ policy: 's', stage: 0 }]);
  });

  test('a name that the operator does not bear is still asked for, and so is the look', () => {
    const half = done(hard(), [YES, alone('requester')]);
    assert.equal(half.state, 'pending');
    assert.match(half.why, /director/);
    assert.equal(done(half, [YES, alone('requester', { names })]).state, 'approved');
    refusal('too-soon', question({ slow: { dwellSeconds: 99 } }), YES, alone('requester'));
  });

  test('what was answered alone counts no more when others have come', () => {
    const half = done(hard(), [YES, alone('requester')]);
    const after = done(half, [YES, by('ann', { names })], [YES, by('bob', { names })], [YES, by('cyd', { names })]);
    assert.equal(after.state, 'pending');
    assert.match(refusal('forbidden', after, YES, by('requester', { names })), /asked for this/);
  });

  test('an approval that would be usable only when its time is over is not taken', () => {
    const late = alone('requester', { now: hard().bound.expiresAt - HOUR, names });
    assert.match(refusal('needs-second-person', hard(), YES, late), /only after it expires/);
  });
});

/** Another value for each bound field. */
const CHANGED: Record<keyof Bound, unknown> = {
  tenant: 'south',
  run: 'run_2',
  step: 1,
  agent: 'other.north',
  agentVersion: `sha256:${'d'.repeat(64)}`,
  principal: null,
  tool: 'erp.other',
  toolDigest: `sha256:${'e'.repeat(64)}`,
  argumentsText: '{"amount":901}',
  amount: { minor: 90_001, currency: 'EUR' },
  resource: 'claim/2',
  resourceVersion: '8',
  label: { ...ACT.label, origins: ['elsewhere'] },
  law: `sha256:${'f'.repeat(64)}`,
  rule: `sha256:${'f'.repeat(64)}`,
  rendered: `sha256:${'f'.repeat(64)}`,
  expiresAt: 1,
  nonce: 'another',
};
