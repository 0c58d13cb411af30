import { decimal, ZERO, compare } from '../ubl/decimal.ts';
import { all, has } from '../ubl/element.ts';
import {
  anywhere,
  filled,
  isAllowance,
  isCharge,
  lines,
  periodInOrder,
  present,
  rules,
  where,
  within,
  attribute,
  type Holds,
} from './rule.ts';
import { isVat } from './vat-category.ts';

const lineAllowances = where(within(lines, 'cac:AllowanceCharge'), isAllowance);
const lineCharges = where(within(lines, 'cac:AllowanceCharge'), isCharge);
const linePeriods = within(lines, 'cac:InvoicePeriod');
const reason = present('cbc:AllowanceChargeReason', 'cbc:AllowanceChargeReasonCode');

/** What each line must say. */
export const lineRules = rules([
  ['BR-21', lines, filled('cbc:ID')],
  ['BR-22', lines, present('cbc:InvoicedQuantity', 'cbc:CreditedQuantity')],
  ['BR-23', lines, hasUnitOfMeasure('cbc:InvoicedQuantity', 'cbc:CreditedQuantity')],
  ['BR-24', lines, present('cbc:LineExtensionAmount')],
  ['BR-25', lines, filled('cac:Item/cbc:Name')],
  ['BR-26', lines, present('cac:Price/cbc:PriceAmount')],
  ['BR-27', lines, (line) => has(line, 'cac:Price/cbc:PriceAmount') && notNegative('cac:Price/cbc:PriceAmount')(line)],
  ['BR-28', lines, notNegative('cac:Price/cac:AllowanceCharge/cbc:BaseAmount')],
  ['BR-30', linePeriods, periodInOrder],
  ['BR-41', lineAllowances, present('cbc:Amount')],
  ['BR-42', lineAllowances, reason],
  ['BR-43', lineCharges, present('cbc:Amount')],
  ['BR-44', lineCharges, reason],
  ['BR-54', anywhere('cac:AdditionalItemProperty'), (item) => has(item, 'cbc:Name') && has(item, 'cbc:Value')],
  ['BR-64', within(lines, 'cac:Item/cac:StandardItemIdentification/cbc:ID'), attribute('schemeID')],
  ['BR-65', within(lines, 'cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode'), attribute('listID')],
  ['BR-CO-04', lines, categorised],
  ['BR-CO-20', linePeriods, present('cbc:StartDate', 'cbc:EndDate')],
  ['BR-CO-23', lineAllowances, reason],
  ['BR-CO-24', lineCharges, reason],
]);

function hasUnitOfMeasure(...paths: readonly string[]): Holds {
  return (line) => paths.some((path) => all(line, path).some(({ attributes }) => attributes.has('unitCode')));
}

function notNegative(path: string) {
  return (line: Parameters<Holds>[0]) => {
    const prices = all(line, path).map(({ text }) => decimal(text));
    return prices.every((price) => price !== null && compare(price, ZERO) >= 0);
  };
}

function categorised(line: Parameters<Holds>[0]): boolean {
  return all(line, 'cac:Item/cac:ClassifiedTaxCategory').some((category) => isVat(category) && has(category, 'cbc:ID'));
}
