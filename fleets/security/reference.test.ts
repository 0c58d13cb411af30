import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownExploited, techniquesOf } from './reference.ts';

test('the catalogue’s entry of a CVE is found, and of another there is none', () => {
  assert.deepEqual(knownExploited('CVE-2011-0611'), {
    dateAdded: '2022-03-03',
    dueDate: '2022-03-24',
    ransomware: false,
    requiredAction: 'The impacted product is end-of-life and should be disconnected if still in use.',
  });
  assert.equal(knownExploited('CVE-1999-1588'), null);
});

test('a CVE that is mapped to ATT&CK has each of its techniques once', () => {
  assert.deepEqual(techniquesOf('CVE-2024-34102'), ['T1190', 'T1059', 'T1005']);
  assert.deepEqual(techniquesOf('CVE-1999-1588'), []);
});
