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

/** What a category of VAT asks for. One row a category; its ten rules follow from the row. */
interface Category {
  readonly family: string;
  /** UNTDID 5305. */
  readonly code: string;
  readonly breakdowns: 'exactly one' | 'at least one';
  readonly rate: 'positive' | 'zero' | 'not negative' | 'none';
  /** Whether taxable amount and tax are stated per rate, or once and without tax. */
  readonly taxed: 'per rate' | 'untaxed';
  readonly exemptionReason: 'demanded' | 'forbidden';
  readonly identifiers: Holds;
}

const CATEGORIES: readonly Category[] = [
  {
    family: 'BR-S',
    code: 'S',
    breakdowns: 'at least one',
    rate: 'positive',
    taxed: 'per rate',
    exemptionReason: 'forbidden',
    identifiers: sellerHasTaxId,
  },
  {
    family: 'BR-Z',
    code: 'Z',
    breakdowns: 'exactly one',
    rate: 'zero',
    taxed: 'untaxed',
    exemptionReason: 'forbidden',
    identifiers: sellerHasTaxId,
  },
  {
    family: 'BR-E',
    code: 'E',
    breakdowns: 'exactly one',
    rate: 'zero',
    taxed: 'untaxed',
    exemptionReason: 'demanded',
    identifiers: sellerHasTaxId,
  },
  {
    family: 'BR-AE',
    code: 'AE',
    breakdowns: 'exactly one',
    rate: 'zero',
    taxed: 'untaxed',
    exemptionReason: 'demanded',
    identifiers: bothHaveTaxId,
  },
  {
    family: 'BR-IC',
    code: 'K',
    breakdowns: 'exactly one',
    rate: 'zero',
    taxed: 'untaxed',
    exemptionReason: 'demanded',
    identifiers: bothHaveVatId,
  },
  {
    family: 'BR-G',
    code: 'G',
    breakdowns: 'exactly one',
    rate: 'zero',
    taxed: 'untaxed',
    exemptionReason: 'demanded',
    identifiers: sellerHasVatId,
  },
  {
    family: 'BR-O',
    code: 'O',
    breakdowns: 'exactly one',
    rate: 'none',
    taxed: 'untaxed',
    exemptionReason: 'demanded',
    identifiers: nobodyHasVatId,
  },
  {
    family: 'BR-AF',
    code: 'L',
    breakdowns: 'at least one',
    rate: 'not negative',
    taxed: 'per rate',
    exemptionReason: 'forbidden',
    identifiers: sellerHasTaxId,
  },
  {
    family: 'BR-AG',
    code: 'M',
    breakdowns: 'at least one',
    rate: 'not negative',
    taxed: 'per rate',
    exemptionReason: 'forbidden',
    identifiers: sellerHasTaxId,
  },
];

const RATES: Readonly<Record<Category['rate'], Holds>> = {
  positive: number('cbc:Percent', (rate) => compare(rate, ZERO) > 0),
  zero: number('cbc:Percent', (rate) => equal(rate, ZERO)),
  'not negative': number('cbc:Percent', (rate) => compare(rate, ZERO) >= 0),
  none: absent('cbc:Percent'),
};

/** The rules of each VAT category, numbered alike in every family, and those of single categories. */
export const vatRules: readonly Rule[] = [
  ...CATEGORIES.flatMap(rulesOf),
  ...rules([
    [
      'BR-IC-11',
      document,
      ifBrokenDown(
        'K',
        (root) =>
          text(root, 'cac:Delivery/cbc:ActualDeliveryDate').length > 1 ||
          all(root, 'cac:InvoicePeriod').some(({ children }) => children.length > 0),
      ),
    ],
    [
      'BR-IC-12',
      document,
      ifBrokenDown(
        'K',
        (root) =>
          text(root, 'cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode').length > 1,
      ),
    ],
    ['BR-O-11', document, ifBrokenDown('O', (_root, invoice) => breakdownCategories(invoice).every(isNotSubject))],
    [
      'BR-O-12',
      document,
      ifBrokenDown('O', (_root, invoice) => invoice.everywhere('cac:ClassifiedTaxCategory').every(isNotSubject)),
    ],
    [
      'BR-O-13',
      document,
      ifBrokenDown('O', (_root, invoice) => categoriesOf(isAllowance)(invoice).every(isNotSubject)),
    ],
    ['BR-O-14', document, ifBrokenDown('O', (_root, invoice) => categoriesOf(isCharge)(invoice).every(isNotSubject))],
    ['BR-B-01', document, (_root, invoice) => !uses('B', invoice) || isDomesticItalian(invoice)],
    ['BR-B-02', document, (_root, invoice) => !uses('B', invoice) || !uses('S', invoice)],
  ]),
];

function rulesOf({ family, code, identifiers, ...demands }: Category): readonly Rule[] {
  const breakdown = where(breakdownCategories, (category) => isCategory(category, code));
  const line = where(within(lines, 'cac:Item/cac:ClassifiedTaxCategory'), (category) => isCategory(category, code));
  const allowance = where(categoriesOf(isAllowance), (category) => isCategory(category, code));
  const charge = where(categoriesOf(isCharge), (category) => isCategory(category, code));
  const anyLine = where(anywhere('cac:ClassifiedTaxCategory'), (category) => isCategory(category, code));
  const ifAny =
    (contexts: Contexts): Holds =>
    (root, invoice) =>
      contexts(invoice).length === 0 || identifiers(root, invoice);
  const rate = RATES[demands.rate];
  return rules([
    [`${family}-01`, document, demands.breakdowns === 'exactly one' ? hasOneBreakdown(code) : hasBreakdowns(code)],
    [`${family}-02`, document, ifAny(anyLine)],
    [`${family}-03`, document, ifAny(allowance)],
    [`${family}-04`, document, ifAny(charge)],
    [`${family}-05`, line, rate],
    [`${family}-06`, allowance, rate],
    [`${family}-07`, charge, rate],
    [`${family}-08`, breakdown, demands.taxed === 'per rate' ? taxableAtRate(code) : taxableInAll(code)],
    [`${family}-09`, breakdown, demands.taxed === 'per rate' ? taxedAtRate : untaxed],
    [
      `${family}-10`,
      breakdown,
      (demands.exemptionReason === 'demanded' ? present : absent)(
        'cbc:TaxExemptionReason',
        'cbc:TaxExemptionReasonCode',
      ),
    ],
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

function isNotSubject(category: Element): boolean {
  return !isVat(category) || text(category, 'cbc:ID') === 'O';
}

function uses(code: string, { everywhere }: Invoice): boolean {
  return [...everywhere('cac:TaxCategory'), ...everywhere('cac:ClassifiedTaxCategory')].some(
    (category) => text(category, 'cbc:ID') === code,
  );
}

function isDomesticItalian({ everywhere }: Invoice): boolean {
  return everywhere('cbc:IdentificationCode').every((code) => plain(code.text) === 'IT');
}
