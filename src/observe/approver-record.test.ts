import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derivedId, newId, type PersonId } from '../vocabulary/index.ts';
import type { AnswerFact } from './answer-fact.ts';
import { approverRecord } from './approver-record.ts';
import { afterCheck, needsRefresher } from './check-answers.ts';

const [ANNA, BEN] = [newId('person'), newId('person')];
const DAY = 86_400_000;
const permit = (n: number) => derivedId('permit', String(n));
const approval = (n: number) => derivedId('approval', permit(n), 0);
const SPAN = { since: 0, now: 10 * DAY };

function answered(
  person: PersonId,
  n: number,
  answer: 'approve' | 'decline' | 'edit',
  { at = n * DAY, dwellSeconds = 10 as number | null } = {},
): AnswerFact {
  return { kind: 'answered', at, person, approval: approval(n), permit: permit(n), answer, dwellSeconds };
}
const checked = (n: number, caught: PersonId[], missed: PersonId[]): AnswerFact => ({
  kind: 'checked',
  approval: approval(n),
  caught,
  missed,
});

test('of somebody who never answered nothing is said', () => {
  const { load, dwell, notApproved, overruled, checks } = approverRecord(ANNA, [answered(BEN, 1, 'approve')], SPAN);
  assert.deepEqual(
    [load, dwell, notApproved, overruled.rate, checks],
    [
      { answers: 0, perDay: 0, mostPerHour: 0 },
      { medianSeconds: null, p10Seconds: null, unseen: 0 },
      null,
      null,
      { caught: 0, missed: 0, refresher: false },
    ],
  );
});

test('load and dwell are counted from their own answers', () => {
  const minute = 60_000;
  const facts = [0, 1, 59, 60, 61].map((m, n) =>
    answered(ANNA, n, 'approve', { at: m * minute, dwellSeconds: n === 0 ? null : n * 10 }),
  );
  const { load, dwell } = approverRecord(ANNA, [...facts, answered(BEN, 9, 'approve')], SPAN);
  // Within an hour of one another: 1, 59, 60; and 59, 60, 61; and 0, 1, 59. 0 and 60 are not, and 1 and 61 are not.
  assert.deepEqual(load, { answers: 5, perDay: 0.5, mostPerHour: 3 });
  assert.deepEqual(dwell, { medianSeconds: 20, p10Seconds: 10, unseen: 1 });
});

test('an approval is overruled once: by others afterwards, by a review, or by an incident that names it', () => {
  const facts: AnswerFact[] = [
    answered(ANNA, 1, 'approve'),
    answered(BEN, 1, 'decline'),
    answered(ANNA, 2, 'approve'),
    { kind: 'found-wrong', permit: permit(2) },
    { kind: 'incident', what: `paid twice: ${permit(2)}` },
    answered(ANNA, 3, 'approve'),
    { kind: 'incident', what: `paid twice, see ${approval(3)}` },
    // Before hers, so hers overruled nobody and was not overruled.
    answered(BEN, 4, 'edit'),
    answered(ANNA, 4, 'approve'),
    answered(ANNA, 5, 'decline'),
    { kind: 'found-wrong', permit: permit(9) },
  ];
  const { overruled, notApproved, said } = approverRecord(ANNA, facts, SPAN);
  assert.deepEqual(overruled, { rate: 3 / 4, byOthers: 1, byReview: 1, byIncident: 1 });
  assert.deepEqual([said, notApproved], [{ approved: 4, declined: 1, edited: 0 }, 1 / 5]);
});

test('three checks missed in a row flag; the flag goes when enough are caught again, and is of one person', () => {
  const missed = [1, 2, 3].map((n) => checked(n, [BEN], [ANNA]));
  const checksOfAnna = (facts: readonly AnswerFact[]) => approverRecord(ANNA, facts, SPAN).checks;
  assert.deepEqual(checksOfAnna(missed.slice(0, 2)), { caught: 0, missed: 2, refresher: false });
  assert.deepEqual(checksOfAnna(missed), { caught: 0, missed: 3, refresher: true });
  assert.deepEqual(approverRecord(BEN, missed, SPAN).checks, { caught: 3, missed: 0, refresher: false });
  const caught = (most: number) => Array.from({ length: most }, (_, n) => checked(10 + n, [ANNA], []));
  assert.equal(checksOfAnna([...missed, ...caught(4)]).refresher, true);
  assert.equal(checksOfAnna([...missed, ...caught(6)]).refresher, false);
});

test('careers: who approves everything is flagged soon, who catches nine in ten in a fifth of careers', () => {
  const [CAREERS, ANSWERS, SHARE] = [2_000, 3_000, 0.05];
  const flaggedAt = (catches: number, seed: number): readonly number[] => {
    const random = mulberry(seed);
    return Array.from({ length: CAREERS }, () => {
      let stands = 0;
      for (let n = 1; n <= ANSWERS; n++) {
        if (random() >= SHARE) continue;
        stands = afterCheck(stands, random() < catches);
        if (needsRefresher(stands)) return n;
      }
      return Number.POSITIVE_INFINITY;
    }).toSorted((a, b) => a - b);
  };
  const near = (is: number, wanted: number) =>
    assert.ok(Math.abs(is - wanted) <= 0.15 * wanted, `${is} is not within 15 % of ${wanted}`);
  const share = (all: readonly number[]) => all.filter((at) => at <= ANSWERS).length / all.length;

  const always = flaggedAt(0, 1);
  near(always[CAREERS / 2] as number, 53);
  near(always[Math.floor(CAREERS * 0.95)] as number, 127);
  assert.equal(share(always), 1);
  near(share(flaggedAt(0.9, 2)), 0.21);
  assert.ok(share(flaggedAt(0.5, 3)) > 0.99);
  assert.ok(share(flaggedAt(0.8, 4)) > share(flaggedAt(0.9, 2)));
  assert.ok(share(flaggedAt(0.97, 5)) < 0.03);
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
