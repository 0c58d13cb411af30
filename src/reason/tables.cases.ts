/** Small JDM graphs that the tests of this folder bend. */

const NODE = { position: { x: 0, y: 0 } };
export const INPUT = { ...NODE, id: 'in', type: 'inputNode', name: 'Request' };
export const OUTPUT = { ...NODE, id: 'out', type: 'outputNode', name: 'Response' };

/** A node as JDM has it. */
export interface GraphNode {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly content?: unknown;
}

/** Nodes in a row, from first to last. */
export function chain(...nodes: readonly GraphNode[]) {
  const edges = nodes
    .slice(1)
    .map(({ id }, i) => ({ id: `e${i}`, type: 'edge', sourceId: nodes[i]?.id ?? '', targetId: id }));
  return { nodes, edges };
}

export function table(content: unknown): GraphNode {
  return { ...NODE, id: 'table', type: 'decisionTableNode', name: 'Payment', content };
}

/** Pays amounts above 100 of kind a or b. `amount` replaces the first cell; `drop` leaves a row out; `more` adds rows. */
export function paying(bend: { amount?: unknown; drop?: string; more?: readonly Record<string, unknown>[] } = {}) {
  const rules: Record<string, unknown>[] = [
    { _id: 'big-enough', amount: bend.amount ?? '> 100', kind: '"a", "b"', pay: 'true', why: '"big"' },
    { _id: 'anything-else', amount: '', kind: '', pay: 'false', why: '"other"' },
    ...(bend.more ?? []),
  ];
  const content = {
    hitPolicy: 'first',
    inputs: ['amount', 'kind'].map((field) => ({ id: field, name: field, field })),
    outputs: ['pay', 'why'].map((field) => ({ id: field, name: field, field })),
    rules: rules.filter(({ _id }) => bend.drop === undefined || _id !== bend.drop),
  };
  return chain(INPUT, table(content), OUTPUT);
}

/** Flags an amount once for each bound it is over. */
export function collecting() {
  const content = {
    hitPolicy: 'collect',
    inputs: [{ id: 'amount', name: 'amount', field: 'amount' }],
    outputs: [{ id: 'flag', name: 'flag', field: 'flag' }],
    rules: [
      { _id: 'ten', amount: '> 10', flag: '"over-10"' },
      { _id: 'hundred', amount: '> 100', flag: '"over-100"' },
    ],
  };
  return chain(INPUT, table(content), OUTPUT);
}
