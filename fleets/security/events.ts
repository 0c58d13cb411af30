import { z } from 'zod';

const CveId = z.string().regex(/^CVE-\d{4}-\d{4,}$/);
const Moment = z.iso.datetime({ offset: true });

/** `vulnerability.analysed`: a CVE as CISA's analysts published it, their words as they typed them ("None", "PoC", "Yes"). */
export const Analysed = z.object({
  cve: CveId,
  assigner: z.string(),
  title: z.string().nullable(),
  description: z.string(),
  affected: z.array(z.object({ vendor: z.string().nullable(), product: z.string().nullable() })),
  ssvc: z.object({ Exploitation: z.string(), Automatable: z.string(), 'Technical Impact': z.string() }),
  ssvc_timestamp: Moment,
});
export type Analysed = z.infer<typeof Analysed>;

export const EXPLOITATION = ['none', 'public poc', 'active'] as const;
export const YES_NO = ['no', 'yes'] as const;
export const TECHNICAL_IMPACT = ['partial', 'total'] as const;

/** What CISA's catalogue of known exploited vulnerabilities says of a CVE. */
export const KnownExploited = z.object({
  dateAdded: z.iso.date(),
  dueDate: z.iso.date(),
  ransomware: z.boolean(),
  requiredAction: z.string(),
});
export type KnownExploited = z.infer<typeof KnownExploited>;

/** `vulnerability.enriched`: the analysts' words in the tables' own spelling, with the catalogue entry if there is one. */
export const Enriched = z.object({
  subject: CveId,
  title: z.string(),
  product: z.string(),
  exploitation: z.enum(EXPLOITATION),
  automatable: z.enum(YES_NO),
  technicalImpact: z.enum(TECHNICAL_IMPACT),
  kev: KnownExploited.nullable(),
  analysedAt: Moment,
});
export type Enriched = z.infer<typeof Enriched>;

/** `remediation.ordered`: one unit decided that this cannot wait for its usual maintenance. */
export const Ordered = z.object({
  subject: CveId,
  unit: z.string(),
  title: z.string(),
  product: z.string(),
  outcome: z.string(),
  due: z.iso.date(),
  kev: KnownExploited.nullable(),
});
export type Ordered = z.infer<typeof Ordered>;
