import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareControls, compareSections } from './comparison.ts';
import type { PublishedControl, PublishedSection } from './events.ts';

const first: PublishedSection = {
  regulation: '1003',
  cfr: '12 CFR 1003',
  version: 'v1',
  supersedes: null,
  section: '1003-3',
  publishedOn: '2017-09-13',
  effectiveOn: '2018-01-01',
  paragraphs: [
    { label: '1003-3', title: 'Exempt institutions.', text: '' },
    { label: '1003-3-a', title: null, text: 'A bank is exempt.' },
  ],
};
const second = { ...first, version: 'v2', supersedes: 'v1' };

test('a heading that changes by one character does not count as the same', () => {
  const [heading, ...rest] = first.paragraphs;
  assert.ok(heading);
  const { states, paragraphs } = compareSections(first, {
    ...second,
    paragraphs: [{ ...heading, title: 'Exempt institutions' }, ...rest],
  });
  assert.deepEqual(paragraphs, [
    { label: '1003-3', state: 0 },
    { label: '1003-3-a', state: 1 },
  ]);
  assert.deepEqual(states, [
    { inSequence: true, existed: true, exists: true, sameTitle: false, sameText: true },
    { inSequence: true, existed: true, exists: true, sameTitle: true, sameText: true },
  ]);
});

test('a section published with no paragraphs has lost all it had', () => {
  const { states, paragraphs } = compareSections(first, { ...second, paragraphs: [] });
  assert.deepEqual(states, [{ inSequence: true, existed: true, exists: false, sameTitle: false, sameText: false }]);
  assert.equal(paragraphs.length, 2);
});

test('a section that comes back after versions without it is in sequence', () => {
  const { states } = compareSections({ ...second, paragraphs: [] }, { ...first, version: 'v9', supersedes: 'v8' });
  assert.deepEqual(states, [{ inSequence: true, existed: false, exists: true, sameTitle: false, sameText: false }]);
});

test('a section is out of sequence when the version that it amends has not been seen', () => {
  const { states } = compareSections(first, { ...first, version: 'v3', supersedes: 'v2' });
  assert.deepEqual(states, [{ inSequence: false, existed: true, exists: true, sameTitle: true, sameText: true }]);
});

const control: PublishedControl = {
  baseline: 'LOW',
  control: 'sc-5',
  revision: 'rev4',
  supersedes: null,
  publishedOn: '2013-04-30',
  effectiveOn: '2013-04-30',
  member: true,
  title: 'Denial of Service Protection',
  statement: 'Limit the effects.',
};

test('titles with the same words are the same, however they are spelt', () => {
  const now = { ...control, revision: 'rev5', supersedes: 'rev4', title: 'Denial-of-service Protection' };
  assert.equal(compareControls(control, now).sameTitle, true);
  assert.equal(compareControls(control, { ...now, title: 'Denial of Service' }).sameTitle, false);
});

test('a control that nobody published before was no member, and one that left is none', () => {
  assert.deepEqual(compareControls(null, control), {
    wasMember: false,
    isMember: true,
    sameTitle: false,
    sameStatement: false,
  });
  const left = { ...control, member: false, title: null, statement: null };
  assert.deepEqual(compareControls(control, left), {
    wasMember: true,
    isMember: false,
    sameTitle: false,
    sameStatement: false,
  });
});
