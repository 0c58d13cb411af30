import { evaluateExpressionSync, evaluateUnaryExpressionSync } from '@gorules/zen-engine';
import { z } from 'zod';
import { messageOf } from '../vocabulary/index.ts';

/**
 * What is refused in a decision table before it may decide anything. Zen itself accepts a malformed cell and then never
 * matches it, and lets function and HTTP nodes reach the network; neither may happen under governance.
 */

const Column = z.looseObject({ id: z.string(), name: z.string().optional(), field: z.string().optional() });
const Table = z.looseObject({
  hitPolicy: z.enum(['first', 'collect']),
  inputs: z.array(Column),
  outputs: z.array(Column).min(1),
  rules: z.array(z.record(z.string(), z.unknown())).min(1),
});
const Node = z.looseObject({ id: z.string(), name: z.string(), type: z.string(), content: z.unknown().optional() });
const Graph = z.looseObject({
  nodes: z.array(Node).min(3),
  edges: z.array(z.looseObject({ sourceId: z.string(), targetId: z.string() })),
});

/** Node kinds that only compute. Everything else can run code or reach out. */
const ALLOWED_NODES = ['inputNode', 'outputNode', 'decisionTableNode', 'expressionNode', 'switchNode'];

/** Everything wrong with a JDM graph, each as a sentence that names the cell; empty when it may be used. */
export function lintTable(jdm: unknown): readonly string[] {
  const parsed = Graph.safeParse(jdm);
  if (!parsed.success) return [`not a JDM graph: ${z.prettifyError(parsed.error)}`];
  const { nodes, edges } = parsed.data;
  const faults: string[] = [];
  for (const kind of ['inputNode', 'outputNode']) {
    if (nodes.filter(({ type }) => type === kind).length !== 1) faults.push(`there must be exactly one ${kind}`);
  }
  for (const node of nodes) {
    if (!ALLOWED_NODES.includes(node.type)) {
      faults.push(`node \`${node.name}\` is a ${node.type}: only tables, expressions and switches are allowed`);
    }
    if (node.type !== 'outputNode' && !edges.some(({ sourceId }) => sourceId === node.id)) {
      faults.push(`node \`${node.name}\` leads nowhere`);
    }
    if (node.type !== 'inputNode' && !edges.some(({ targetId }) => targetId === node.id)) {
      faults.push(`nothing leads to node \`${node.name}\``);
    }
    if (node.type === 'decisionTableNode') faults.push(...lintCells(node.name, node.content));
    if (node.type === 'expressionNode') faults.push(...lintExpressions(node.name, node.content));
  }
  return faults;
}

function lintCells(name: string, content: unknown): readonly string[] {
  const parsed = Table.safeParse(content);
  if (!parsed.success) return [`table \`${name}\`: ${z.prettifyError(parsed.error)}`];
  const { inputs, outputs, rules } = parsed.data;
  const faults: string[] = [];
  const ids = new Set<unknown>();
  rules.forEach((rule, i) => {
    if (typeof rule['_id'] !== 'string' || ids.has(rule['_id'])) {
      faults.push(`table \`${name}\` row ${i + 1}: \`_id\` is missing or used twice`);
    }
    ids.add(rule['_id']);
    const known = new Set(['_id', '_description', ...inputs.map(({ id }) => id), ...outputs.map(({ id }) => id)]);
    for (const [column, cell] of Object.entries(rule)) {
      const where = `table \`${name}\` row ${i + 1} column \`${column}\``;
      if (!known.has(column)) faults.push(`${where}: there is no such column`);
      else if (typeof cell !== 'string') faults.push(`${where}: the cell is not text`);
    }
    for (const { id, field } of inputs) {
      const fault = cellFault(rule[id], field === undefined || field === '' ? 'expression' : 'unary');
      if (fault) faults.push(`table \`${name}\` row ${i + 1} column \`${id}\`: ${fault}`);
    }
    for (const { id } of outputs) {
      const fault = cellFault(rule[id], 'expression');
      if (fault) faults.push(`table \`${name}\` row ${i + 1} column \`${id}\`: ${fault}`);
    }
  });
  return faults;
}

const Expressions = z.looseObject({ expressions: z.array(z.looseObject({ key: z.string(), value: z.string() })) });

function lintExpressions(name: string, content: unknown): readonly string[] {
  const parsed = Expressions.safeParse(content);
  if (!parsed.success) return [`expressions \`${name}\`: ${z.prettifyError(parsed.error)}`];
  return parsed.data.expressions.flatMap(({ key, value }) => {
    const fault = cellFault(value, 'expression');
    return fault ? [`expression \`${key}\` of \`${name}\`: ${fault}`] : [];
  });
}

/** Only syntax is judged here: a cell that parses may still meet an input of another type, which the input schema forbids. */
function cellFault(cell: unknown, kind: 'unary' | 'expression'): string | null {
  if (typeof cell !== 'string' || cell.trim() === '') return null;
  try {
    if (kind === 'unary') evaluateUnaryExpressionSync(cell, { $: 0 });
    else evaluateExpressionSync(cell, {});
    return null;
  } catch (error) {
    const text = messageOf(error);
    return /parserError|lexerError|compilerError/.test(text) ? `\`${cell}\` is malformed` : null;
  }
}
