import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AUTONOMY_LEVELS,
  digest,
  type AgentId,
  type AutonomyLevel,
  type Document,
  type PersonId,
  type ToolId,
} from '../vocabulary/index.ts';
import {
  EARNED_MS,
  effectiveAutonomy,
  levelAbove,
  PROMOTION_NEEDS,
  weighPromotion,
  type AutonomyAsked,
  type Ceiling,
  type Promotion,
  type PromotionAnswer,
} from './autonomy.ts';
import { BINDINGS, type Bindings, type Evidence } from './evidence.ts';
import { fewestFor } from './upper-bound.ts';

const agent = 'clerk.a' as AgentId;
const tool = 'erp.post' as ToolId;
const NOW = Date.UTC(2026, 5, 1);
const bindings: Bindings = {
  agentVersion: digest('agent 1'),
  toolDigest: digest('tool 1'),
  template: digest('template 1'),
  law: digest('law 1'),
};
const asked: AutonomyAsked = { agent, tool, declared: 'L3', bindings };

function evidence(clean: number, errors = 0, more: Partial<Evidence> = {}): Evidence {
  const figures = { clean, errors, unseen: 0, digest: digest([clean, errors]) };
  return { agent, tool, bindings, since: NOW - EARNED_MS, fromSeq: 1, toSeq: 900, ...figures, ...more };
}

function promotion(level: AutonomyLevel, more: Partial<Promotion> = {}): Document {
  const content: Promotion = {
    form: 'promotion',
    agent,
    tool,
    from: 'L3',
    level,
    evidence: evidence(299),
    bound: 0.01,
    confidence: 0.95,
    until: NOW + 1,
    by: [],
    reason: '',
    ...more,
  };
  return document('p', content);
}

function ceiling(level: AutonomyLevel, more: Partial<Ceiling> = {}): Document {
  const by = 'per_x' as PersonId;
  return document('c', { form: 'ceiling', agent, tool: null, level, incident: null, by, reason: '', ...more });
}

function document(id: string, content: object): Document {
  return { kind: 'autonomy', id, rev: 1, tenant: 'north', state: 'in-force', dueAt: null, content };
}

const levelOf = (documents: readonly Document[], act = asked, now = NOW) =>
  effectiveAutonomy(act, documents, now).level;

test('INVARIANT (autonomy-is-earned): a promotion counts for exactly what its evidence is of, and until its end', () => {
  assert.equal(levelOf([]), 'L3');
  assert.equal(levelOf([promotion('L4')]), 'L4');
  for (const name of BINDINGS) {
    const changed = { ...asked, bindings: { ...bindings, [name]: digest('another') } };
    const found = effectiveAutonomy(changed, [promotion('L4')], NOW);
    assert.deepEqual([found.level, found.promotion], ['L3', null], name);
    assert.match(found.lost ?? '', /^earned under another /, name);
  }
  assert.equal(levelOf([promotion('L4')], asked, NOW + 1), 'L3');
  assert.equal(levelOf([promotion('L4', { agent: 'clerk.b' as AgentId })]), 'L3');
  assert.equal(levelOf([promotion('L4', { tool: 'erp.other' as ToolId })]), 'L3');
});

test('a ceiling holds for every version and beats what is declared and what is earned; the lowest wins', () => {
  const another = { ...asked, bindings: { ...bindings, agentVersion: digest('agent 2') } };
  for (const act of [asked, another]) {
    assert.equal(levelOf([ceiling('L1'), promotion('L4')], act), 'L1');
    assert.equal(levelOf([ceiling('L2'), ceiling('L1', { tool })], act), 'L1');
    assert.equal(levelOf([ceiling('L1', { tool: 'erp.other' as ToolId })], act), 'L3');
    assert.equal(levelOf([ceiling('L5')], act), 'L3', 'a ceiling raises nobody');
  }
});

test('whatever documents there are, nobody is above what is declared but by a promotion that counts', () => {
  const level = fc.constantFrom(...AUTONOMY_LEVELS);
  const binding = fc.constantFrom(null, ...BINDINGS);
  const some = fc.oneof(
    fc
      .record({ level, until: fc.constantFrom(NOW - 1, NOW, NOW + 1), changed: binding })
      .map((one) => ({ ...one, isCeiling: false })),
    fc.record({ level }).map((one) => ({ ...one, isCeiling: true, until: 0, changed: null })),
  );
  fc.assert(
    fc.property(level, fc.array(some, { maxLength: 6 }), (declared, all) => {
      const documents = all.map(({ level: to, isCeiling, until, changed }) =>
        isCeiling
          ? ceiling(to)
          : promotion(to, {
              until,
              evidence: evidence(299, 0, changed === null ? {} : { bindings: { ...bindings, [changed]: digest('x') } }),
            }),
      );
      const rank = (one: AutonomyLevel) => AUTONOMY_LEVELS.indexOf(one);
      const found = rank(levelOf(documents, { ...asked, declared }));
      const lowest = Math.min(5, ...all.filter(({ isCeiling }) => isCeiling).map((one) => rank(one.level)));
      const counting = all.filter((one) => !one.isCeiling && one.until > NOW && one.changed === null);
      assert.ok(found <= lowest);
      assert.ok(found <= Math.max(rank(declared), ...counting.map((one) => rank(one.level))));
    }),
  );
});

/** How a claim can be wrong; each has to be found by itself and beside the others. */
const WRONGS = {
  'of another version': (claim: Evidence) => ({
    ...claim,
    bindings: { ...claim.bindings, agentVersion: digest('v0') },
  }),
  'of another agent': (claim: Evidence) => ({ ...claim, agent: 'clerk.b' as AgentId }),
  'of another tool': (claim: Evidence) => ({ ...claim, tool: 'erp.other' as ToolId }),
  'of another definition': (claim: Evidence) => ({
    ...claim,
    bindings: { ...claim.bindings, toolDigest: digest('t0') },
  }),
  'of another template': (claim: Evidence) => ({ ...claim, bindings: { ...claim.bindings, template: digest('d0') } }),
  'of another law': (claim: Evidence) => ({ ...claim, bindings: { ...claim.bindings, law: digest('l0') } }),
  'with more right acts': (claim: Evidence) => ({ ...claim, clean: claim.clean + 1 }),
  'with fewer wrong acts': (claim: Evidence) => ({
    ...claim,
    errors: Math.max(0, claim.errors - 1),
    clean: claim.clean + 1,
  }),
  'of other entries': (claim: Evidence) => ({ ...claim, digest: digest('other entries') }),
  'from elsewhere': (claim: Evidence) => ({ ...claim, fromSeq: claim.fromSeq + 1 }),
} as const satisfies Record<string, (claim: Evidence) => Evidence>;

test('the promotion state machine, exhausted: 0 promotions on insufficient, stale, foreign or forged evidence', () => {
  const names = Object.keys(WRONGS) as (keyof typeof WRONGS)[];
  const sets = [[], ...names.map((one) => [one]), ...names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b]))];
  let promotions = 0;
  let refused = 0;
  for (const declared of AUTONOMY_LEVELS) {
    for (const to of AUTONOMY_LEVELS) {
      for (const lowered of [null, ...AUTONOMY_LEVELS]) {
        for (const errors of [0, 1, 2]) {
          const needs = PROMOTION_NEEDS[to];
          const fewest = needs === null ? 299 : fewestFor(needs.mostErrors, needs.confidence, errors);
          for (const short of [1, 0]) {
            for (const since of ['nothing', 'a wrong act', 'a new count'] as const) {
              for (const wrongs of sets) {
                const act = { ...asked, declared };
                const effective = effectiveAutonomy(act, lowered === null ? [] : [ceiling(lowered)], NOW);
                const truth = evidence(fewest - errors - short, errors);
                const claimed = wrongs.reduce<Evidence>((claim, name) => WRONGS[name](claim), truth);
                const current =
                  since === 'nothing'
                    ? truth
                    : since === 'a wrong act'
                      ? { ...truth, errors: errors + 1 }
                      : evidence(0, 0, { fromSeq: 901 });
                const answer = weighPromotion({ asked: act, to, effective, claimed, recounted: truth, current });
                const isEarned =
                  lowered === null &&
                  to === levelAbove(declared) &&
                  needs !== null &&
                  short === 0 &&
                  since === 'nothing' &&
                  wrongs.length === 0;
                if ((answer.kind === 'earned') !== isEarned) {
                  assert.fail(JSON.stringify({ declared, to, lowered, errors, short, since, wrongs, answer }));
                }
                if (isEarned) promotions += 1;
                else refused += 1;
              }
            }
          }
        }
      }
    }
  }
  // L1 to L2, L2 to L3, L3 to L4 and L4 to L5, each with 0, 1 and 2 errors.
  assert.equal(promotions, 12);
  assert.ok(refused > 80_000, `${refused}`);
});

test('a refusal says which, and has the figures', () => {
  const effective = effectiveAutonomy(asked, [], NOW);
  const ask = (to: AutonomyLevel, claimed: Evidence, recounted = claimed, current = recounted): PromotionAnswer =>
    weighPromotion({ asked, to, effective, claimed, recounted, current });
  const because = (answer: PromotionAnswer) => (answer.kind === 'refused' ? answer.because : answer.kind);
  const insufficient = ask('L4', evidence(298));
  assert.equal(because(insufficient), 'insufficient');
  assert.match(
    insufficient.kind === 'refused' ? insufficient.why : '',
    /298 acts .* at most 1.01 % errors at 95 %; L4 needs 1 %: with 0 errors, 299 acts/,
  );
  assert.equal(because(ask('L5', evidence(9_999))), 'not-the-next-level');
  assert.equal(because(ask('L4', WRONGS['of another version'](evidence(299)), evidence(299))), 'foreign');
  assert.equal(because(ask('L4', WRONGS['of another law'](evidence(299)), evidence(299))), 'stale');
  assert.equal(because(ask('L4', evidence(299), evidence(298))), 'forged');
  assert.equal(because(ask('L4', evidence(299), evidence(299), evidence(299, 1))), 'insufficient');
});
