import {
  absolute,
  compare,
  decimal,
  equal,
  minus,
  ONE,
  percent,
  plus,
  round,
  times,
  ZERO,
  type Decimal,
} from '../ubl/decimal.ts';
import { all, amount, has, text, type Element, type Invoice } from '../ubl/element.ts';
import {
  allowances,
  breakdowns,
  charges,
  document,
  lines,
  present,
  rules,
  totals,
  within,
  type Contexts,
  type Holds,
} from './rule.ts';
import { inVatCategory, isVat } from './vat-category.ts';

/** The arithmetic of the document: what its totals must add up to, to the cent. */
export const totalRules = rules([
  ['BR-12', totals, present('cbc:LineExtensionAmount')],
  ['BR-13', totals, present('cbc:TaxExclusiveAmount')],
  ['BR-14', totals, present('cbc:TaxInclusiveAmount')],
  ['BR-15', totals, present('cbc:PayableAmount')],
  ['BR-45', breakdowns, present('cbc:TaxableAmount')],
  ['BR-46', breakdowns, present('cbc:TaxAmount')],
  ['BR-47', breakdowns, inVatCategory],
  ['BR-48', breakdowns, hasRate],
  [
    'BR-CO-10',
    totals,
    (total, invoice) => is(total, 'cbc:LineExtensionAmount', sumOver(lines, 'cbc:LineExtensionAmount', invoice)),
  ],
  ['BR-CO-11', totals, addsUp('cbc:AllowanceTotalAmount', allowances)],
  ['BR-CO-12', totals, addsUp('cbc:ChargeTotalAmount', charges)],
  ['BR-CO-13', totals, netOfTax],
  ['BR-CO-14', within(document, 'cac:TaxTotal'), totalOfBreakdowns],
  ['BR-CO-15', document, grossOfTax],
  ['BR-CO-16', totals, due],
  ['BR-CO-17', breakdowns, (breakdown) => taxAtRate(breakdown, rateOf(breakdown))],
  ['BR-CO-18', document, present('cac:TaxTotal/cac:TaxSubtotal')],
]);

/** Tax within less than one unit of taxable amount times rate, signs apart: what the rules allow for rounding line by line. */
export function isTaxOf(taxable: Decimal, rate: Decimal, tax: Decimal): boolean {
  const expected = round(times(absolute(taxable), percent(rate)), 2);
  return isNear(absolute(tax), expected);
}

/** Less than one unit of the currency apart. */
export function isNear(a: Decimal, b: Decimal): boolean {
  return compare(absolute(minus(a, b)), ONE) < 0;
}

/** The sum of these amounts; null when one of them is malformed. */
export function sumOf(elements: readonly Element[]): Decimal | null {
  let sum = ZERO;
  for (const { text: written } of elements) {
    const value = decimal(written);
    if (value === null) return null;
    sum = plus(sum, value);
  }
  return sum;
}

function sumOver(contexts: Contexts, path: string, invoice: Invoice): Decimal | null {
  const sum = sumOf(contexts(invoice).flatMap((context) => all(context, path)));
  return sum && round(sum, 2);
}

function is(context: Element, path: string, expected: Decimal | null): boolean {
  const stated = amount(context, path);
  return stated !== null && expected !== null && equal(stated, expected);
}

/** A total of allowances or charges: their sum, and absent only when there are none. */
function addsUp(path: string, parts: Contexts): Holds {
  return (total, invoice) =>
    has(total, path) ? is(total, path, sumOver(parts, 'cbc:Amount', invoice)) : parts(invoice).length === 0;
}

function netOfTax(total: Element): boolean {
  const sum = given(total, 'cbc:LineExtensionAmount');
  const charged = orZero(total, 'cbc:ChargeTotalAmount');
  const allowed = orZero(total, 'cbc:AllowanceTotalAmount');
  if (sum === null || charged === null || allowed === null) return false;
  const adjusted = has(total, 'cbc:ChargeTotalAmount') || has(total, 'cbc:AllowanceTotalAmount');
  return is(total, 'cbc:TaxExclusiveAmount', adjusted ? round(minus(plus(sum, charged), allowed), 2) : sum);
}

function totalOfBreakdowns(total: Element): boolean {
  if (!has(total, 'cac:TaxSubtotal')) return true;
  const sum = sumOf(all(total, 'cac:TaxSubtotal/cbc:TaxAmount'));
  return sum !== null && is(total, 'cbc:TaxAmount', round(sum, 2));
}

/** With the tax that is stated, exactly once, in the currency of the document. */
function grossOfTax(root: Element): boolean {
  return all(root, 'cbc:DocumentCurrencyCode').every(({ text: currency }) => {
    const stated = all(root, 'cac:TaxTotal/cbc:TaxAmount');
    const [tax, ...more] = stated.filter(({ attributes }) => attributes.get('currencyID') === currency);
    const net = amount(root, 'cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount');
    const value = tax === undefined ? null : decimal(tax.text);
    if (value === null || net === null || more.length > 0) return false;
    return is(root, 'cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount', round(plus(net, value), 2));
  });
}

function due(total: Element): boolean {
  const gross = given(total, 'cbc:TaxInclusiveAmount');
  const payable = given(total, 'cbc:PayableAmount');
  const paid = orZero(total, 'cbc:PrepaidAmount');
  const rounding = orZero(total, 'cbc:PayableRoundingAmount');
  if (gross === null || payable === null || paid === null || rounding === null) return false;
  const left = has(total, 'cbc:PayableRoundingAmount') ? round(minus(payable, rounding), 2) : payable;
  const right = has(total, 'cbc:PrepaidAmount') ? round(minus(gross, paid), 2) : gross;
  return equal(left, right);
}

function hasRate(breakdown: Element): boolean {
  return all(breakdown, 'cac:TaxCategory').some(
    (category) => isVat(category) && (has(category, 'cbc:Percent') || text(category, 'cbc:ID') === 'O'),
  );
}

function rateOf(breakdown: Element): Element | undefined {
  return all(breakdown, 'cac:TaxCategory')
    .filter(isVat)
    .flatMap((category) => all(category, 'cbc:Percent'))[0];
}

/** No tax where there is no rate, or one that rounds to zero; otherwise the tax at that rate. */
function taxAtRate(breakdown: Element, rate: Element | undefined): boolean {
  const tax = given(breakdown, 'cbc:TaxAmount');
  if (tax === null) return false;
  const none = equal(round(tax, 0), ZERO);
  if (rate === undefined) return none;
  const value = decimal(rate.text);
  if (value === null) return false;
  if (equal(round(value, 0), ZERO)) return none;
  const taxable = given(breakdown, 'cbc:TaxableAmount');
  return taxable !== null && isTaxOf(taxable, value, tax);
}

const given = amount;

function orZero(context: Element, path: string): Decimal | null {
  return has(context, path) ? amount(context, path) : ZERO;
}
