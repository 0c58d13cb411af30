import { z } from 'zod';

/** `2018-01-01` */
const Day = z.iso.date();

const Paragraph = z.object({
  /** `1003-4-a-1`; with `-Interp`, official commentary. */
  label: z.string(),
  title: z.string().nullable(),
  text: z.string(),
});
export type Paragraph = z.infer<typeof Paragraph>;

/** `regulation.section-published`: how one section reads in one version, from a day on. No paragraphs: it is gone. */
export const PublishedSection = z.object({
  regulation: z.string(),
  /** `12 CFR 1003` */
  cfr: z.string(),
  version: z.string(),
  /** The version that this one amends; null for the first. */
  supersedes: z.string().nullable(),
  section: z.string(),
  publishedOn: Day,
  effectiveOn: Day,
  paragraphs: z.array(Paragraph),
});
export type PublishedSection = z.infer<typeof PublishedSection>;

/** `regulation.changed`: what one version changes in one section. */
export const RegulationChange = z.object({
  subject: z.string(),
  regulation: z.string(),
  section: z.string(),
  from: z.string(),
  to: z.string(),
  publishedOn: Day,
  effectiveOn: Day,
  added: z.array(z.string()),
  modified: z.array(z.string()),
  deleted: z.array(z.string()),
  /** How many paragraphs the section has now. */
  standing: z.int().nonnegative(),
});
export type RegulationChange = z.infer<typeof RegulationChange>;

/** `control.published`: how one control reads in one baseline, from a day on; or that it is no member any more. */
export const PublishedControl = z.object({
  baseline: z.string(),
  /** `ac-2.1` */
  control: z.string(),
  revision: z.string(),
  supersedes: z.string().nullable(),
  publishedOn: Day,
  effectiveOn: Day,
  member: z.boolean(),
  title: z.string().nullable(),
  statement: z.string().nullable(),
});
export type PublishedControl = z.infer<typeof PublishedControl>;

export const CONTROL_CHANGES = ['added_to_baseline', 'removed_from_baseline', 'text_changed'] as const;

/** `control.changed`: what a revision changes in one control of one baseline. */
export const ControlChange = z.object({
  subject: z.string(),
  baseline: z.string(),
  control: z.string(),
  /** `ac` */
  family: z.string(),
  change: z.enum(CONTROL_CHANGES),
  fields: z.array(z.enum(['title', 'statement'])),
  from: z.string(),
  to: z.string(),
  publishedOn: Day,
  effectiveOn: Day,
});

/** `procedure.review-asked`: a change that may make internal documents wrong. */
export const ReviewRequest = z.object({
  subject: z.string(),
  /** What asks for it, e.g. `1003/2017-18284_20180101/1003-5`. */
  changeSet: z.string(),
  /** Who answers for the requirement. */
  owner: z.string(),
  priority: z.string(),
  dueOn: Day,
  /** Trust services criteria that are concerned, e.g. `CC6.1`. */
  criteria: z.array(z.string()),
  /** Procedures that are concerned by name, e.g. `patch`. */
  procedures: z.array(z.string()),
});
export type ReviewRequest = z.infer<typeof ReviewRequest>;
