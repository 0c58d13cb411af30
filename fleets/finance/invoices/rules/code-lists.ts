import { z } from 'zod';
import { readData } from '../shipped.ts';

const NAMES = [
  'allowanceReasons',
  'chargeReasons',
  'countries',
  'creditNoteTypes',
  'currencies',
  'endpointSchemes',
  'exemptionReasons',
  'identifierSchemes',
  'invoiceTypes',
  'itemClassifications',
  'mediaTypes',
  'noteSubjects',
  'objectSchemes',
  'paymentMeans',
  'taxCategories',
  'taxPoints',
  'units',
  'vatPrefixes',
] as const;

export type CodeList = (typeof NAMES)[number];

const Lists = z.record(z.enum(NAMES), z.string());

let lists: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/**
 * Whether a code is on a list that the rules name, as the lists were when these rules were published (`data/README.md`).
 * They are read when a rule first asks.
 */
export function isCode(list: CodeList, code: string): boolean {
  lists ??= read();
  return lists.get(list)?.has(code) ?? false;
}

function read(): ReadonlyMap<string, ReadonlySet<string>> {
  const written = Lists.parse(JSON.parse(readData('code-lists.json.gz')));
  return new Map(NAMES.map((name) => [name, new Set(written[name].split(' '))]));
}
