import assert from 'node:assert/strict';
import test from 'node:test';
import { text } from './element.ts';
import { readUbl } from './read.ts';

const BASIC = 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2';
const INVOICE = 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2';

test('names are resolved by namespace, not by the prefix that a document uses', () => {
  const read = readUbl(
    `<i:Invoice xmlns:i="${INVOICE}"><ID xmlns="${BASIC}">7</ID><cbc:ID xmlns:cbc="other">8</cbc:ID></i:Invoice>`,
  );
  assert.ok(read.kind === 'read');
  assert.equal(read.invoice.root.name, 'Invoice');
  assert.deepEqual(
    read.invoice.root.children.map(({ name }) => name),
    ['cbc:ID', '{other}ID'],
  );
});

test('numbers stay the text that was written, and the five entities are resolved', () => {
  const read = readUbl(
    `<Invoice xmlns="${INVOICE}" xmlns:cbc="${BASIC}"><cbc:ID>007.10</cbc:ID><cbc:Note>a &amp; b &lt;c&gt;</cbc:Note></Invoice>`,
  );
  assert.ok(read.kind === 'read');
  assert.equal(text(read.invoice.root, 'cbc:ID'), '007.10');
  assert.equal(text(read.invoice.root, 'cbc:Note'), 'a & b <c>');
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
  ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
  ['a lower-case document type', '<!doctype a><a/>'],
  ['tags that do not match', '<a><b></a></b>'],
  ['two roots', '<a/><b/>'],
  ['nothing', ''],
  ['a name that is a prototype key', '<a><__proto__>x</__proto__></a>'],
  ['deep nesting', `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`],
  ['nesting just too deep', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`],
];

for (const [what, xml] of HOSTILE) {
  test(`${what} is unreadable, with a reason, and nothing is thrown`, () => {
    const read = readUbl(xml);
    assert.ok(read.kind === 'unreadable');
    assert.notEqual(read.why, '');
  });
}

test('an attribute named like a prototype key changes no prototype', () => {
  readUbl('<a __proto__="x" constructor="y"/>');
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});
