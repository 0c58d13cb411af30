import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Rehearsed, Scorer } from '../../src/sdk/index.ts';
import { chartSignal } from './decisions/chart-signal.ts';
import { finalInspection } from './decisions/final-inspection.ts';
import { orderClosing } from './decisions/order-closing.ts';
import { OrderClosed, Sample, Step } from './events.ts';
import { holdOrder, proposeChange, quarantineOrder, setLimits } from './tools.ts';

const Reference = z.object({
  pistonrings: z.object({ lcl: z.number(), ucl: z.number(), beyond_limits: z.array(z.int()) }),
  orangejuice: z.object({ lcl_n50: z.number(), ucl_n50: z.number(), beyond_limits_phase1: z.array(z.int()) }),
  production_log: z.object({
    cases_with_rework: z.int(),
    packing_before_final_inspection: z.int(),
    packed_without_final_inspection: z.int(),
  }),
});

/**
 * Compares signals, limits, holds and change proposals with the reference. Signals and limits are compared one by one. Of orders
 * the reference has only how many there are, so only the count can be compared; a hold that nothing explains later is one too many.
 */
export function score(): Scorer {
  const signals = { pistonrings: new Set<number>(), orangejuice: new Set<number>() };
  const limits = { pistonrings: new Set<string>(), orangejuice: new Set<string>() };
  const held = new Set<string>();
  /** Orders about which anything was found after they were held. */
  const explained = new Set<string>();
  const packedBefore = new Set<string>();
  const packedWithout = new Set<string>();
  const fedBack = new Map<string, number>();

  return {
    observe(rehearsed) {
      switch (rehearsed.role) {
        case 'spc-monitor':
          return observeSignal(rehearsed);
        case 'phase-reviewer':
          return observeLimits(rehearsed);
        case 'final-inspection-guard':
          return observeGuard(rehearsed);
        case 'order-closer':
          return observeClosing(rehearsed);
        case 'rework-feedback':
          return observeFeedback(rehearsed);
      }
    },
    result() {
      const { pistonrings, orangejuice, production_log } = readReference();
      const before = [...packedBefore].filter((order) => held.has(order));
      const without = [...packedWithout].filter((order) => held.has(order));
      const unexplained = [...held].filter((order) => !explained.has(order));
      const proposals = [...fedBack.values()].reduce((sum, count) => sum + count, 0);
      return [
        compare(
          'pistonrings: X-bar limits',
          [pistonrings.lcl.toFixed(5), pistonrings.ucl.toFixed(5)],
          limits.pistonrings,
        ),
        compare('pistonrings: samples out of control', pistonrings.beyond_limits, signals.pistonrings),
        compare(
          'orangejuice: p limits',
          [orangejuice.lcl_n50.toFixed(6), orangejuice.ucl_n50.toFixed(6)],
          limits.orangejuice,
        ),
        compare('orangejuice: phase I samples out of control', orangejuice.beyond_limits_phase1, signals.orangejuice),
        count(
          'orders packed before final inspection, held',
          production_log.packing_before_final_inspection,
          before.length,
          before.length + unexplained.length,
        ),
        count(
          'orders packed without final inspection, held',
          production_log.packed_without_final_inspection,
          without.length,
        ),
        count('orders with rework, fed back to design', production_log.cases_with_rework, fedBack.size, proposals),
      ];
    },
  };

  function observeSignal({ unit, event, decided }: Rehearsed) {
    if (chartSignal.output.parse(decided).signal === 'none') return;
    const { sample, phase } = Sample.parse(event.data);
    if (unit === 'pistonrings') signals.pistonrings.add(sample);
    if (unit === 'orangejuice' && phase === 1) signals.orangejuice.add(sample);
  }

  function observeLimits({ proposals }: Rehearsed) {
    for (const proposal of proposals) {
      if (proposal.tool.name !== setLimits.name) continue;
      const { chart, lower, upper } = setLimits.input.parse(proposal.arguments);
      if (chart === 'pistonrings') [lower, upper].forEach((limit) => limits.pistonrings.add(limit.toFixed(5)));
      if (chart === 'orangejuice') [lower, upper].forEach((limit) => limits.orangejuice.add(limit.toFixed(6)));
    }
  }

  function observeGuard({ event, decided, proposals }: Rehearsed) {
    const { order } = Step.parse(event.data);
    const { finding } = finalInspection.output.parse(decided);
    if (proposals.some(({ tool }) => tool.name === holdOrder.name)) held.add(order);
    else if (finding !== 'none') explained.add(order);
    if (finding === 'packed-before-final-inspection') packedBefore.add(order);
  }

  function observeClosing({ event, decided, proposals }: Rehearsed) {
    const { order } = OrderClosed.parse(event.data);
    const { finding } = orderClosing.output.parse(decided);
    const quarantined = proposals.some(({ tool }) => tool.name === quarantineOrder.name);
    if (finding !== 'packed-without-final-inspection' || !quarantined) return;
    packedWithout.add(order);
    explained.add(order);
  }

  function observeFeedback({ event, proposals }: Rehearsed) {
    const { order } = Step.parse(event.data);
    const made = proposals.filter(({ tool }) => tool.name === proposeChange.name).length;
    if (made > 0) fedBack.set(order, (fedBack.get(order) ?? 0) + made);
  }
}

function compare<T>(key: string, expected: readonly T[], found: ReadonlySet<T>) {
  const agreed = expected.filter((answer) => found.has(answer)).length;
  return { key, expected: expected.length, agreed, extra: found.size - agreed };
}

/** `given` is larger than `found` when something was done twice or to the wrong order: each time too many is one extra. */
function count(key: string, expected: number, found: number, given: number = found) {
  return { key, expected, agreed: Math.min(expected, found), extra: given - Math.min(expected, found) };
}

function readReference() {
  return Reference.parse(JSON.parse(readFileSync(new URL('./data/reference.json', import.meta.url), 'utf8')));
}
