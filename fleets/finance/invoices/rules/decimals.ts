import { all } from '../ubl/element.ts';
import {
  allowances,
  breakdowns,
  charges,
  decimalsIn,
  document,
  isAllowance,
  isCharge,
  lines,
  rules,
  totals,
  twoDecimals,
  where,
  within,
  type Holds,
} from './rule.ts';

const lineAllowances = where(within(lines, 'cac:AllowanceCharge'), isAllowance);
const lineCharges = where(within(lines, 'cac:AllowanceCharge'), isCharge);

/** Amounts have at most two decimals. */
export const decimalRules = rules([
  ['BR-DEC-01', allowances, twoDecimals('cbc:Amount')],
  ['BR-DEC-02', allowances, twoDecimals('cbc:BaseAmount')],
  ['BR-DEC-05', charges, twoDecimals('cbc:Amount')],
  ['BR-DEC-06', charges, twoDecimals('cbc:BaseAmount')],
  ['BR-DEC-09', totals, twoDecimals('cbc:LineExtensionAmount')],
  ['BR-DEC-10', totals, twoDecimals('cbc:AllowanceTotalAmount')],
  ['BR-DEC-11', totals, twoDecimals('cbc:ChargeTotalAmount')],
  ['BR-DEC-12', totals, twoDecimals('cbc:TaxExclusiveAmount')],
  ['BR-DEC-13', document, taxTotalIn('cbc:DocumentCurrencyCode')],
  ['BR-DEC-14', totals, twoDecimals('cbc:TaxInclusiveAmount')],
  ['BR-DEC-15', document, taxTotalIn('cbc:TaxCurrencyCode')],
  ['BR-DEC-16', totals, twoDecimals('cbc:PrepaidAmount')],
  ['BR-DEC-17', totals, twoDecimals('cbc:PayableRoundingAmount')],
  ['BR-DEC-18', totals, twoDecimals('cbc:PayableAmount')],
  ['BR-DEC-19', breakdowns, twoDecimals('cbc:TaxableAmount')],
  ['BR-DEC-20', breakdowns, twoDecimals('cbc:TaxAmount')],
  ['BR-DEC-23', lines, twoDecimals('cbc:LineExtensionAmount')],
  ['BR-DEC-24', lineAllowances, twoDecimals('cbc:Amount')],
  ['BR-DEC-25', lineAllowances, twoDecimals('cbc:BaseAmount')],
  ['BR-DEC-27', lineCharges, twoDecimals('cbc:Amount')],
  ['BR-DEC-28', lineCharges, twoDecimals('cbc:BaseAmount')],
]);

/** The tax totals in the currency that the document names there. */
function taxTotalIn(currencyPath: string): Holds {
  return (root) => {
    const currencies = all(root, currencyPath).map(({ text }) => text);
    const stated = all(root, 'cac:TaxTotal/cbc:TaxAmount');
    return stated
      .filter(({ attributes }) => currencies.includes(attributes.get('currencyID') ?? ''))
      .every((element) => decimalsIn(element.text) <= 2);
  };
}
