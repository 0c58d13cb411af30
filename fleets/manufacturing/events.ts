import { z } from 'zod';
import { CHARTS, LINES, STEELS } from './units.ts';

/** How a chart judges: mean of a subgroup, proportion of defectives, count of defects, or individual values. */
export const ChartKind = z.enum(['xbar', 'p', 'c', 'individuals']);
export type ChartKind = z.infer<typeof ChartKind>;

/** Limits at three standard errors from the centre line, with the number of samples that they rest on. */
export const Limits = z.object({
  center: z.number(),
  /** One standard error of what is plotted. */
  deviation: z.number().positive(),
  lower: z.number(),
  upper: z.number(),
  samples: z.int().positive(),
});
export type Limits = z.infer<typeof Limits>;

/** `sample.measured`. Sent again with `limits` when its phase is closed and it is judged in retrospect. */
export const Sample = z.object({
  /** The chart. */
  subject: z.enum(CHARTS),
  kind: ChartKind,
  sample: z.int().positive(),
  /** 1: collected to find limits; 2: production. */
  phase: z.literal([1, 2]),
  /** Units inspected. */
  size: z.int().positive(),
  /** The measures of the subgroup, or one count. */
  values: z.array(z.number()).min(1),
  limits: Limits.nullable(),
});
export type Sample = z.infer<typeof Sample>;

/** `phase.closed`: all samples to find limits by have been taken. */
export const Phase = z.object({ subject: z.enum(CHARTS), kind: ChartKind, samples: z.int().positive() });

/** `step.started`: an order's next step. The log is written afterwards, so the record has the step's end as well. */
export const Step = z.object({
  order: z.string(),
  line: z.enum(LINES),
  step: z.int().positive(),
  activity: z.string(),
  resource: z.string(),
  ended: z.iso.datetime(),
});

/** `order.closed`: the log holds no more of this order. */
export const OrderClosed = z.object({ order: z.string(), line: z.enum(LINES), steps: z.int().positive() });

/** `plate.measured`: one plate with the fault that was seen on it. */
export const Plate = z.object({
  plate: z.string(),
  steel: z.enum(STEELS),
  thickness: z.number(),
  fault: z.enum(['pastry', 'z-scratch', 'k-scratch', 'stains', 'dirtiness', 'bumps', 'other']),
  /** Of the fault, in pixels. */
  area: z.number().nonnegative(),
});
