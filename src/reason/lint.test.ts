import assert from 'node:assert/strict';
import test from 'node:test';
import { lintTable } from './lint.ts';
import { chain, collecting, INPUT, OUTPUT, paying, table } from './tables.cases.ts';

/** Says that lint finds exactly this, so that nothing else is wrong with the table by accident. */
function finds(jdm: unknown, ...faults: readonly RegExp[]) {
  const found = lintTable(jdm);
  assert.equal(found.length, faults.length, found.join('\n'));
  faults.forEach((fault, i) => assert.match(found[i] ?? '', fault));
}

test('a sound table passes, whichever its hit policy', () => {
  finds(paying());
  finds(collecting());
});

test('what is no graph is refused', () => {
  for (const jdm of [null, 'text', [], {}, { nodes: [], edges: [] }]) finds(jdm, /not a JDM graph/);
});

test('INVARIANT (no-silent-cell): a malformed cell is refused and named', () => {
  for (const cell of ['[[1..', '[1..', '> ', '"a', '1 +', '>>> 3', '(1']) {
    const [fault] = lintTable(paying({ amount: cell }));
    assert.equal(fault, `table \`Payment\` row 1 column \`amount\`: \`${cell}\` is malformed`);
  }
});

test('a malformed output is refused', () => {
  const more = [{ _id: 'more', amount: '', kind: '', pay: 'tru +', why: '"x"' }];
  finds(paying({ more }), /row 3 column `pay`: `tru \+` is malformed/);
});

test('cells that are well formed pass, whatever they compare', () => {
  for (const cell of ['', '-1', '> 3', '< -3', '[1..5]', '(1..5]', '1, 2, 3', '$ > 3 and $ < 9', 'not(1)']) {
    assert.deepEqual(lintTable(paying({ amount: cell })), [], cell);
  }
});

test('a cell that is not text is refused', () => {
  finds(paying({ amount: 100 }), /row 1 column `amount`: the cell is not text/);
});

test('a cell under no column is refused', () => {
  const more = [{ _id: 'more', amount: '', kind: '', pay: 'true', why: '"x"', amonut: '> 5' }];
  finds(paying({ more }), /row 3 column `amonut`: there is no such column/);
});

test('a row without a name, or with that of another, is refused', () => {
  const row = { amount: '', kind: '', pay: 'true', why: '"x"' };
  finds(paying({ more: [{ ...row, _id: 'big-enough' }] }), /row 3: `_id` is missing or used twice/);
  finds(paying({ more: [row] }), /row 3: `_id` is missing or used twice/);
});

test('nodes that run code, reach out or bring their own kind are refused', () => {
  for (const type of ['functionNode', 'httpNode', 'customNode', 'decisionNode']) {
    finds(chain(INPUT, { id: 'x', type, name: 'Sly' }, OUTPUT), new RegExp(`node \`Sly\` is a ${type}: only tables`));
  }
});

test('a node that leads nowhere, or that nothing leads to, is refused', () => {
  const { nodes, edges } = paying();
  const dangling = { id: 'lost', type: 'expressionNode', name: 'Lost', content: { expressions: [] } };
  finds({ nodes: [...nodes, dangling], edges }, /node `Lost` leads nowhere/, /nothing leads to node `Lost`/);
  finds({ nodes, edges: edges.slice(1) }, /node `Request` leads nowhere/, /nothing leads to node `Payment`/);
});

test('there is exactly one way in and one way out', () => {
  const second = { id: 'in2', type: 'inputNode', name: 'Second' };
  const { nodes, edges } = paying();
  const edge = { id: 'e9', type: 'edge', sourceId: 'in2', targetId: 'table' };
  finds({ nodes: [...nodes, second], edges: [...edges, edge] }, /exactly one inputNode/);
  const open = chain(INPUT, ...nodes.slice(1, 2), {
    id: 'e',
    type: 'expressionNode',
    name: 'End',
    content: { expressions: [] },
  });
  finds(open, /exactly one outputNode/, /node `End` leads nowhere/);
});

test('a malformed expression is refused', () => {
  const node = (value: string) => ({
    id: 'e',
    type: 'expressionNode',
    name: 'Sum',
    content: { expressions: [{ key: 'sum', value }] },
  });
  finds(chain(INPUT, node('a + b'), OUTPUT));
  finds(chain(INPUT, node('a + + * b'), OUTPUT), /expression `sum` of `Sum`: `a \+ \+ \* b` is malformed/);
});

test('a table without rows, outputs or a known hit policy is refused', () => {
  const columns = { inputs: [{ id: 'a', field: 'a' }], outputs: [{ id: 'b', field: 'b' }] };
  const rules = [{ _id: 'r', a: '', b: '1' }];
  finds(chain(INPUT, table({ hitPolicy: 'first', ...columns, rules }), OUTPUT));
  finds(chain(INPUT, table({ hitPolicy: 'any', ...columns, rules }), OUTPUT), /table `Payment`/);
  finds(chain(INPUT, table({ hitPolicy: 'first', ...columns, rules: [] }), OUTPUT), /table `Payment`/);
  finds(chain(INPUT, table({ hitPolicy: 'first', ...columns, outputs: [], rules }), OUTPUT), /table `Payment`/);
});
