import { z } from 'zod';
import { readRecords } from '../shipped.ts';
import type { Invoice } from '../ubl/element.ts';
import { codeRules } from './codes.ts';
import { decimalRules } from './decimals.ts';
import { documentRules } from './document.ts';
import { lineRules } from './lines.ts';
import { partyRules } from './parties.ts';
import type { Rule } from './rule.ts';
import { syntaxRules } from './syntax.ts';
import { totalRules } from './totals.ts';
import { vatRules } from './vat.ts';

/** Every rule that is judged here, in the order in which the first failed one is named. */
export const RULES: readonly Rule[] = [
  ...documentRules,
  ...partyRules,
  ...lineRules,
  ...totalRules,
  ...vatRules,
  ...decimalRules,
  ...codeRules,
  ...syntaxRules,
];

type Severity = 'fatal' | 'warning';

/** A rule that a document breaks, and at how many of its elements. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly times: number;
}

/** A rule as it was published. */
interface Published {
  readonly id: string;
  readonly severity: Severity;
  readonly context: string;
  readonly text: string;
}

const byId = new Map(RULES.map((rule) => [rule.id, rule]));

/** Judges a document by every rule; the broken ones, in the order of {@link RULES}. */
export function evaluate(invoice: Invoice): readonly Finding[] {
  return RULES.flatMap((rule) => judge(rule, invoice));
}

/** Judges a document by one rule; null when there is no rule of that name here. */
export function evaluateOne(id: string, invoice: Invoice): readonly Finding[] | null {
  const rule = byId.get(id);
  return rule === undefined ? null : judge(rule, invoice);
}

function judge({ id, contexts, holds }: Rule, invoice: Invoice): readonly Finding[] {
  let times = 0;
  for (const context of contexts(invoice)) if (!holds(context, invoice)) times += 1;
  if (times === 0) return [];
  return [{ rule: id, severity: published().get(id)?.severity ?? 'fatal', times }];
}

const PublishedRule = z.strictObject({
  id: z.string(),
  severity: z.enum(['fatal', 'warning']),
  context: z.string(),
  text: z.string(),
});

let known: ReadonlyMap<string, Published> | undefined;

/** All 979 rules as published, by id, read when first asked for. */
export function published(): ReadonlyMap<string, Published> {
  return (known ??= new Map([...readRecords('rules.jsonl.gz', PublishedRule)].map((rule) => [rule.id, rule])));
}
