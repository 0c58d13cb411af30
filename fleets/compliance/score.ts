import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Scorer } from '../../src/sdk/index.ts';
import { ControlChange, RegulationChange, ReviewRequest } from './events.ts';
import {
  askForReview,
  openChangeTask,
  openReviewTicket,
  publishControlChange,
  publishRegulationChange,
} from './tools.ts';

const OPS = ['added', 'modified', 'deleted'] as const;

const RegulationAnswer = z.object({
  regulation: z.string(),
  from: z.string(),
  to: z.string(),
  label: z.string(),
  op: z.enum(OPS),
  effective_on: z.iso.date(),
});
/** One labelled change of a regulation. */
type RegulationAnswer = z.infer<typeof RegulationAnswer>;

const ControlAnswer = z.object({
  baseline: z.string(),
  control: z.string(),
  change: z.string(),
  fields: z.array(z.string()).default([]),
});
/** One labelled change of a control. */
type ControlAnswer = z.infer<typeof ControlAnswer>;

const Routed = z.object({ changeSet: z.string(), owner: z.string().min(1), dueOn: z.iso.date() });
type Routed = z.infer<typeof Routed>;

/** The labelled changes between versions of regulations, in their order. */
export function regulationAnswers(): readonly RegulationAnswer[] {
  return answers('regulation-changes.jsonl.gz', RegulationAnswer);
}

/** The labelled changes of controls between revisions, in their order. */
export function controlAnswers(): readonly ControlAnswer[] {
  return answers('control-changes.jsonl.gz', ControlAnswer);
}

/**
 * Holds what the agents proposed against the labelled changes. Found: what the watchers published. Routed: what the routers
 * gave to an owner, due on the day that the reference names. Precision of a row is agreed / (agreed + extra), recall is
 * agreed / expected.
 *
 * @param regulations the answers that the work covers; all of them unless only a part of the work is done.
 */
export function scorer(regulations = regulationAnswers(), controls = controlAnswers()): Scorer {
  const inRegulations: Found[] = [];
  const inControls: Found[] = [];
  const tasks: Routed[] = [];
  const asked = new Set<string>();
  const tickets = new Set<string>();

  return {
    observe({ proposals }) {
      for (const { tool, arguments: said } of proposals) {
        if (tool.name === publishRegulationChange.name) inRegulations.push(...foundInRegulation(said));
        else if (tool.name === publishControlChange.name) inControls.push(foundInControl(said));
        else if (tool.name === openChangeTask.name) tasks.push(Routed.parse(said));
        else if (tool.name === askForReview.name) asked.add(ReviewRequest.parse(said).changeSet);
        else if (tool.name === openReviewTicket.name) tickets.add(Routed.parse(said).changeSet);
      }
    },
    result() {
      const due = new Map(tasks.map(({ changeSet, dueOn }) => [changeSet, dueOn]));
      const sets = new Set([...inRegulations, ...inControls].map(({ changeSet }) => changeSet));
      const routed = (found: readonly Found[]) => found.filter(({ changeSet }) => due.has(changeSet));
      const kinds = [...new Set(controls.map(({ change }) => change))];
      const allOf = (kind: string) => (one: Found) => one.kind === kind;
      return [
        ...OPS.map((op) =>
          compared(
            `regulations: ${op}`,
            regulations.filter((one) => one.op === op).map(keyOf),
            inRegulations.filter(allOf(op)).map(keyOfFound),
          ),
        ),
        compared('regulations: changes found', regulations.map(keyOf), inRegulations.map(keyOfFound)),
        compared(
          'regulations: changes given to an owner for the day they take effect',
          regulations.map(keyOf),
          routed(inRegulations).map((one) => keyOfFound({ ...one, effectiveOn: due.get(one.changeSet) ?? '' })),
        ),
        ...kinds.map((change) =>
          compared(
            `controls: ${change}`,
            controls.filter((one) => one.change === change).map(keyOfControl),
            inControls.filter(allOf(change)).map(({ key }) => key),
          ),
        ),
        compared(
          'controls: changes found',
          controls.map(keyOfControl),
          inControls.map(({ key }) => key),
        ),
        compared(
          'controls: changes given to an owner',
          controls.map(keyOfControl),
          routed(inControls).map(({ key }) => key),
        ),
        compared(
          'change sets routed, each once',
          [...sets],
          tasks.map(({ changeSet }) => changeSet),
        ),
        compared('change sets that concern documents, with a review ticket', [...asked], [...tickets]),
      ];
    },
  };
}

/** One change as an agent found it. */
interface Found {
  readonly key: string;
  readonly kind: string;
  readonly changeSet: string;
  readonly effectiveOn: string;
}

function foundInRegulation(said: unknown): readonly Found[] {
  const { regulation, section, from, to, effectiveOn, ...change } = RegulationChange.parse(said);
  const changeSet = `${regulation}/${to}/${section}`;
  return OPS.flatMap((op) =>
    change[op].map((label) => ({ key: [regulation, from, to, label, op].join('|'), kind: op, changeSet, effectiveOn })),
  );
}

function foundInControl(said: unknown): Found {
  const found = ControlChange.parse(said);
  const { control, baseline, to, change: kind, effectiveOn } = found;
  return { key: keyOfControl(found), kind, changeSet: `${control}/${baseline}/${to}`, effectiveOn };
}

/** The same answer given twice is one extra. */
function compared(key: string, expected: readonly string[], given: readonly string[]) {
  const wanted = new Set(expected);
  const agreed = new Set(given.filter((answer) => wanted.has(answer))).size;
  return { key, expected: expected.length, agreed, extra: given.length - agreed };
}

function keyOf({ regulation, from, to, label, op, effective_on }: RegulationAnswer): string {
  return [regulation, from, to, label, op, effective_on].join('|');
}

function keyOfFound({ key, effectiveOn }: Found): string {
  return `${key}|${effectiveOn}`;
}

function keyOfControl({ baseline, control, change, fields }: ControlAnswer): string {
  return [baseline, control, change, ...fields].join('|');
}

function answers<T>(file: string, schema: z.ZodType<T>): readonly T[] {
  const text = gunzipSync(readFileSync(new URL(`./data/${file}`, import.meta.url))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}
