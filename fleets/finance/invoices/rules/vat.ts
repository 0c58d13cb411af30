import { compare, equal, ZERO } from '../ubl/decimal.ts';
import { all, plain, text, type Element, type Invoice } from '../ubl/element.ts';
import {
  absent,
  anywhere,
  document,
  isAllowance,
  isCharge,
  lines,
  number,
  present,
  rules,
  where,
  within,
  type Contexts,
  type Holds,
  type Rule,
} from './rule.ts';
import { hasBreakdowns, hasOneBreakdown, taxableAtRate, taxableInAll, taxedAtRate, untaxed } from './vat-breakdown.ts';
import { breakdownCategories, isCategory, isVat } from './vat-category.ts';
import { bothHaveTaxId, bothHaveVatId, nobodyHasVatId, sellerHasTaxId, sellerHasVatId } from './vat-identifiers.ts';

/** What a category of VAT asks for; `code` is of UNTDID 5305. Its ten rules follow from its row. */
type Category = readonly [
  family: string,
  code: string,
  breakdowns: 'exactly one' | 'at least one',
  rate: 'positive' | 'zero' | 'not negative' | 'none',
  /** Whether taxable amount and tax are stated per rate, or once and without tax. */
  taxed: 'per rate' | 'untaxed',
  exemptionReason: 'demanded' | 'forbidden',
  identifiers: Holds,
];

const CATEGORIES: readonly Category[] = [
  ['BR-S', 'S', 'at least one', 'positive', 'per rate', 'forbidden', sellerHasTaxId],
  ['BR-Z', 'Z', 'exactly one', 'zero', 'untaxed', 'forbidden', sellerHasTaxId],
  ['BR-E', 'E', 'exactly one', 'zero', 'untaxed', 'demanded', sellerHasTaxId],
  ['BR-AE', 'AE', 'exactly one', 'zero', 'untaxed', 'demanded', bothHaveTaxId],
  ['BR-IC', 'K', 'exactly one', 'zero', 'untaxed', 'demanded', bothHaveVatId],
  ['BR-G', 'G', 'exactly one', 'zero', 'untaxed', 'demanded', sellerHasVatId],
  ['BR-O', 'O', 'exactly one', 'none', 'untaxed', 'demanded', nobodyHasVatId],
  ['BR-AF', 'L', 'at least one', 'not negative', 'per rate', 'forbidden', sellerHasTaxId],
  ['BR-AG', 'M', 'at least one', 'not negative', 'per rate', 'forbidden', sellerHasTaxId],
];

const RATES: Readonly<Record<Category[3], Holds>> = {
  positive: number('cbc:Percent', (rate) => compare(rate, ZERO) > 0),
  zero: number('cbc:Percent', (rate) => equal(rate, ZERO)),
  'not negative': number('cbc:Percent', (rate) => compare(rate, ZERO) >= 0),
  none: absent('cbc:Percent'),
};

const LINES = anywhere('cac:ClassifiedTaxCategory');
const ALLOWANCES = categoriesOf(isAllowance);
const CHARGES = categoriesOf(isCharge);

/** The rules of each VAT category, numbered alike in every family, and those of single categories. */
export const vatRules: readonly Rule[] = [
  ...CATEGORIES.flatMap(rulesOf),
  ...rules([
    ['BR-IC-11', document, ifBrokenDown('K', saysWhenDelivered)],
    ['BR-IC-12', document, ifBrokenDown('K', saysWhereDelivered)],
    ['BR-O-11', document, ifBrokenDown('O', allOutsideScope(breakdownCategories))],
    ['BR-O-12', document, ifBrokenDown('O', allOutsideScope(LINES))],
    ['BR-O-13', document, ifBrokenDown('O', allOutsideScope(ALLOWANCES))],
    ['BR-O-14', document, ifBrokenDown('O', allOutsideScope(CHARGES))],
    ['BR-B-01', document, (_root, invoice) => !uses('B', invoice) || isDomesticItalian(invoice)],
    ['BR-B-02', document, (_root, invoice) => !uses('B', invoice) || !uses('S', invoice)],
  ]),
];

function rulesOf(row: Category): readonly Rule[] {
  const [family, code, breakdowns, rate, taxed, exemptionReason, identifiers] = row;
  const ofCode = (contexts: Contexts) => where(contexts, (category) => isCategory(category, code));
  const breakdown = ofCode(breakdownCategories);
  const ifAny = (contexts: Contexts): Holds => {
    const used = ofCode(contexts);
    return (root, invoice) => used(invoice).length === 0 || identifiers(root, invoice);
  };
  const isExplained = exemptionReason === 'demanded' ? present : absent;
  return rules([
    [`${family}-01`, document, breakdowns === 'exactly one' ? hasOneBreakdown(code) : hasBreakdowns(code)],
    [`${family}-02`, document, ifAny(LINES)],
    [`${family}-03`, document, ifAny(ALLOWANCES)],
    [`${family}-04`, document, ifAny(CHARGES)],
    [`${family}-05`, ofCode(within(lines, 'cac:Item/cac:ClassifiedTaxCategory')), RATES[rate]],
    [`${family}-06`, ofCode(ALLOWANCES), RATES[rate]],
    [`${family}-07`, ofCode(CHARGES), RATES[rate]],
    [`${family}-08`, breakdown, taxed === 'per rate' ? taxableAtRate(code) : taxableInAll(code)],
    [`${family}-09`, breakdown, taxed === 'per rate' ? taxedAtRate : untaxed],
    [`${family}-10`, breakdown, isExplained('cbc:TaxExemptionReason', 'cbc:TaxExemptionReasonCode')],
  ]);
}

/** Categories of the allowances, or charges, of the document and of its lines. */
function categoriesOf(which: (element: Element) => boolean): Contexts {
  return within(where(anywhere('cac:AllowanceCharge'), which), 'cac:TaxCategory');
}

function ifBrokenDown(code: string, holds: Holds): Holds {
  return (root, invoice) =>
    !breakdownCategories(invoice).some((category) => isCategory(category, code)) || holds(root, invoice);
}

function saysWhenDelivered(root: Element): boolean {
  const delivered = text(root, 'cac:Delivery/cbc:ActualDeliveryDate') !== '';
  return delivered || all(root, 'cac:InvoicePeriod').some(({ children }) => children.length > 0);
}

function saysWhereDelivered(root: Element): boolean {
  return text(root, 'cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode') !== '';
}

function allOutsideScope(contexts: Contexts): Holds {
  return (_root, invoice) =>
    contexts(invoice).every((category) => !isVat(category) || text(category, 'cbc:ID') === 'O');
}

function uses(code: string, { everywhere }: Invoice): boolean {
  return [...everywhere('cac:TaxCategory'), ...everywhere('cac:ClassifiedTaxCategory')].some(
    (category) => text(category, 'cbc:ID') === code,
  );
}

function isDomesticItalian({ everywhere }: Invoice): boolean {
  return everywhere('cbc:IdentificationCode').every((code) => plain(code.text) === 'IT');
}
