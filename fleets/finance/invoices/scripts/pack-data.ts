/**
 * Packs what this folder ships, from a copy of the source data and from the code lists of the same release. Run by hand:
 *
 *     node fleets/finance/invoices/scripts/pack-data.ts FOLDER CODES.sch MODEL.sch
 *
 * FOLDER holds `rules.jsonl`, `rule_tests.jsonl` and `examples/*.xml`; the two others are `EN16931-UBL-codes.sch` and
 * `EN16931-UBL-model.sch` of ConnectingEurope/eInvoicing-EN16931. Only lists of codes are taken from them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unitOf } from '../units.ts';

const [folder = '', codesFile = '', modelFile = ''] = process.argv.slice(2);
const into = new URL('../data/', import.meta.url);

pack('rules.jsonl.gz', readFileSync(join(folder, 'rules.jsonl'), 'utf8'));
pack('rule-tests.jsonl.gz', readFileSync(join(folder, 'rule_tests.jsonl'), 'utf8'));
pack('invoices.jsonl.gz', invoices());
pack('code-lists.json.gz', JSON.stringify(codeLists()));

/** In order of issue date, as they would have come in. The unit is the mailbox that an invoice of this currency is sent to. */
function invoices(): string {
  const examples = readdirSync(join(folder, 'examples')).map((file) => {
    const xml = readFileSync(join(folder, 'examples', file), 'utf8');
    const issued = /<cbc:IssueDate>([^<]+)</.exec(xml)?.[1] ?? '';
    const currency = /<cbc:DocumentCurrencyCode[^>]*>([^<]+)</.exec(xml)?.[1] ?? '';
    return { file, issued, unit: unitOf(currency), xml };
  });
  examples.sort((a, b) => `${a.issued} ${a.file}`.localeCompare(`${b.issued} ${b.file}`, 'en'));
  return examples.map((example) => `${JSON.stringify(example)}\n`).join('');
}

function codeLists(): Readonly<Record<string, string>> {
  const codes = readFileSync(codesFile, 'utf8');
  const model = readFileSync(modelFile, 'utf8');
  const lists = (source: string, rule: string, before: RegExp) => {
    const rules = [...source.matchAll(before)].filter(([whole]) => whole.includes(`"${rule}"`));
    return rules.flatMap(([whole]) => [...whole.matchAll(/contains\(\s*' ([^']+) '/g)].map(([, list]) => list ?? ''));
  };
  const list = (rule: string, nth = 0) => lists(codes, rule, /<rule[\s\S]*?<\/rule>/g)[nth] ?? '';
  const bound = (rule: string) => lists(model, rule, /<param [^>]*>/g)[0] ?? '';
  const media = [
    ...(/<rule[^>]*EmbeddedDocumentBinaryObject[\s\S]*?<\/rule>/.exec(codes)?.[0] ?? '').matchAll(
      /@mimeCode = '([^']+)'/g,
    ),
  ];
  return {
    allowanceReasons: list('BR-CL-19'),
    chargeReasons: list('BR-CL-20'),
    countries: list('BR-CL-14'),
    creditNoteTypes: list('BR-CL-01', 1),
    currencies: list('BR-CL-04'),
    endpointSchemes: list('BR-CL-25'),
    exemptionReasons: list('BR-CL-22'),
    identifierSchemes: list('BR-CL-11'),
    invoiceTypes: list('BR-CL-01'),
    itemClassifications: list('BR-CL-13'),
    mediaTypes: media.map(([, type]) => type).join(' '),
    noteSubjects: bound('BR-CL-08'),
    objectSchemes: list('BR-CL-07'),
    paymentMeans: list('BR-CL-16'),
    taxCategories: list('BR-CL-17'),
    taxPoints: list('BR-CL-06'),
    units: list('BR-CL-23'),
    vatPrefixes: bound('BR-CO-09'),
  };
}

/** Without a time stamp, so that the same data gives the same bytes. */
function pack(name: string, text: string): void {
  writeFileSync(new URL(name, into), gzipSync(text, { level: 9 }));
}
