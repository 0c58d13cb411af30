/**
 * Copies the official tables, row for row, from the CSV files in `data/decision-tables` into the decision templates:
 * `node fleets/security/scripts/generate-tables.ts`. Only the node `official` is written; what a unit does about an outcome
 * is the enterprise's own table and stays as people edited it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Column = z.looseObject({ id: z.string() });
const Content = z.looseObject({ inputs: z.array(Column), outputs: z.array(Column), rules: z.array(z.unknown()) });
const Graph = z.looseObject({ nodes: z.array(z.looseObject({ id: z.string(), content: z.unknown().optional() })) });

generate('cisa_coordinator_2_0_3.csv', 'coordinator.jdm.json');
generate('cisa_bod_26_04_1_0_0.csv', 'bod-26-04.jdm.json');

function generate(official: string, template: string): void {
  const file = new URL(`../decisions/${template}`, import.meta.url);
  const graph = Graph.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const node of graph.nodes) {
    if (node.id !== 'official') continue;
    // The official columns come in the same order: row number, inputs, outcome.
    const content = Content.parse(node.content);
    const columns = [...content.inputs, ...content.outputs].map(({ id }) => id);
    const rules = rowsOf(official).map(([row, ...cells]) => ({
      _id: `row-${row}: ${cells.slice(0, -1).join(', ')}`,
      ...Object.fromEntries(columns.map((column, i) => [column, JSON.stringify(cells[i])])),
    }));
    node.content = { ...content, rules };
  }
  writeFileSync(file, JSON.stringify(graph, null, 2) + '\n');
}

/** Data rows of a CSV in which no value holds a comma or a quote. */
function rowsOf(file: string): readonly string[][] {
  const text = readFileSync(new URL(`../data/decision-tables/${file}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
}
