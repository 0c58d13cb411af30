import { decimal, equal, minus, plus, ZERO, type Decimal } from '../ubl/decimal.ts';
import { all, amount, has, text, type Element, type Invoice } from '../ubl/element.ts';
import { anywhere, isAllowance, isCharge, lines, within, type Holds } from './rule.ts';
import { isNear, isTaxOf, sumOf } from './totals.ts';
import { breakdownCategories, isCategory } from './vat-category.ts';

/** Used on a line, allowance or charge if and only if there is a breakdown. */
export function hasBreakdowns(code: string): Holds {
  return (_root, invoice) => {
    const used =
      invoice.everywhere('cac:ClassifiedTaxCategory').some((category) => isCategory(category, code)) ||
      within(
        anywhere('cac:AllowanceCharge'),
        'cac:TaxCategory',
      )(invoice).some((category) => isCategory(category, code));
    return used === breakdownCategories(invoice).some((category) => isCategory(category, code));
  };
}

/** Where the category is named at all, one breakdown has it. */
export function hasOneBreakdown(code: string): Holds {
  return (_root, invoice) => {
    const named = anywhere(
      'cac:TaxCategory',
      'cac:ClassifiedTaxCategory',
    )(invoice).some((category) => isCategory(category, code));
    return !named || breakdownCategories(invoice).filter((category) => isCategory(category, code)).length === 1;
  };
}

/** The taxable amount of a rate: lines and charges less allowances at that rate, give or take less than one unit. */
export function taxableAtRate(code: string): Holds {
  return (category, invoice) => {
    if (!has(category, 'cbc:Percent')) return true;
    const rate = amount(category, 'cbc:Percent');
    const stated = category.parent && amount(category.parent, 'cbc:TaxableAmount');
    if (rate === null || stated === null) return false;
    const atRate = (of: Element) => {
      const its = amount(of, 'cbc:Percent');
      return text(of, 'cbc:ID') === code && its !== null && equal(its, rate);
    };
    const parts = partsOf(invoice, atRate);
    const sum = taxable(parts);
    return sum !== null && parts.count > 0 && isNear(stated, sum);
  };
}

/** The taxable amount of a category: lines and charges less allowances in it, exactly. */
export function taxableInAll(code: string): Holds {
  return (category, invoice) => {
    const stated = category.parent && amount(category.parent, 'cbc:TaxableAmount');
    if (stated === null || lines(invoice).length === 0) return false;
    const sum = taxable(partsOf(invoice, (of) => text(of, 'cbc:ID') === code));
    return sum !== null && equal(stated, sum);
  };
}

interface Parts {
  readonly sold: readonly Element[];
  readonly charged: readonly Element[];
  readonly allowed: readonly Element[];
  readonly count: number;
}

function partsOf({ root }: Invoice, belongs: (category: Element) => boolean): Parts {
  const ofDocument = all(root, 'cac:AllowanceCharge').filter((one) => all(one, 'cac:TaxCategory').some(belongs));
  const ofLines = [...all(root, 'cac:InvoiceLine'), ...all(root, 'cac:CreditNoteLine')].filter((line) =>
    all(line, 'cac:Item/cac:ClassifiedTaxCategory').some(belongs),
  );
  return {
    sold: ofLines.flatMap((line) => all(line, 'cbc:LineExtensionAmount')),
    charged: ofDocument.filter(isCharge).flatMap((one) => all(one, 'cbc:Amount')),
    allowed: ofDocument.filter(isAllowance).flatMap((one) => all(one, 'cbc:Amount')),
    count: ofDocument.length + ofLines.length,
  };
}

function taxable({ sold, charged, allowed }: Parts): Decimal | null {
  const [lineSum, chargeSum, allowanceSum] = [sumOf(sold), sumOf(charged), sumOf(allowed)];
  if (lineSum === null || chargeSum === null || allowanceSum === null) return null;
  return minus(plus(lineSum, chargeSum), allowanceSum);
}

/** The tax of a rate: taxable amount times rate, give or take less than one unit. */
export function taxedAtRate(category: Element): boolean {
  const rate = amount(category, 'cbc:Percent');
  const stated = category.parent && amount(category.parent, 'cbc:TaxableAmount');
  const tax = category.parent && amount(category.parent, 'cbc:TaxAmount');
  return rate !== null && stated !== null && tax !== null && isTaxOf(stated, rate, tax);
}

/** The tax of a category that is not taxed. */
export function untaxed({ parent }: Element): boolean {
  const [tax] = parent === null ? [] : all(parent, 'cbc:TaxAmount');
  const value = tax === undefined ? null : decimal(tax.text);
  return value !== null && equal(value, ZERO);
}
