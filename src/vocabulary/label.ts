/**
 * Labels say where a value comes from and who may see it. They are joined whenever values meet and never dropped: what was
 * made from something untrusted is untrusted, what was made from something confidential is confidential.
 */

/** From most to least trusted. */
export const INTEGRITIES = ['trusted', 'untrusted'] as const;
/** From freely shown to closely held. */
export const CONFIDENTIALITIES = ['public', 'internal', 'confidential', 'restricted'] as const;

export type Integrity = (typeof INTEGRITIES)[number];
export type Confidentiality = (typeof CONFIDENTIALITIES)[number];

export interface Label {
  readonly integrity: Integrity;
  readonly confidentiality: Confidentiality;
  /** Names of the sources that went into the value, sorted, each once. */
  readonly origins: readonly string[];
}

/** Neutral for {@link joinLabels}: trusted, public, from nowhere. */
export const NO_LABEL: Label = { integrity: 'trusted', confidentiality: 'public', origins: [] };

/** The label of what was made from all of these: the least trusted, the most confidential, every origin. */
export function joinLabels(...labels: readonly Label[]): Label {
  let joined = NO_LABEL;
  for (const label of labels) joined = join(joined, label);
  return joined;
}

/** How closely held: 0 public … 3 restricted. */
export function confidentialityRank(confidentiality: Confidentiality): number {
  return CONFIDENTIALITIES.indexOf(confidentiality);
}

function join(a: Label, b: Label): Label {
  return {
    integrity: a.integrity === 'untrusted' || b.integrity === 'untrusted' ? 'untrusted' : 'trusted',
    confidentiality:
      confidentialityRank(a.confidentiality) >= confidentialityRank(b.confidentiality)
        ? a.confidentiality
        : b.confidentiality,
    origins: a.origins.length === 0 ? b.origins : b.origins.length === 0 ? a.origins : union(a.origins, b.origins),
  };
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  // Mostly the same few: joined with each of many earlier events.
  return b.every((origin) => a.includes(origin)) ? a : [...new Set([...a, ...b])].sort();
}
