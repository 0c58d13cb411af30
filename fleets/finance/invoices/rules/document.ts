import { all, has, plain, text, type Element, type Invoice } from '../ubl/element.ts';
import {
  allowances,
  anywhere,
  charges,
  document,
  filled,
  periodInOrder,
  present,
  rules,
  where,
  within,
} from './rule.ts';
import { inVatCategory } from './vat-category.ts';

const means = anywhere('cac:PaymentMeans');
const reference = anywhere('cac:AdditionalDocumentReference');
const reason = present('cbc:AllowanceChargeReason', 'cbc:AllowanceChargeReasonCode');
const period = where(
  anywhere('cac:InvoicePeriod'),
  ({ parent }) => !/^cac:(Invoice|CreditNote)Line$/.test(parent?.name ?? ''),
);

/** What a document must say of itself, of allowances and charges on it, of its payment and of what it refers to. */
export const documentRules = rules([
  ['BR-01', document, filled('cbc:CustomizationID')],
  ['BR-02', document, filled('cbc:ID')],
  ['BR-03', document, filled('cbc:IssueDate')],
  [
    'BR-04',
    document,
    (root) => text(root, 'cbc:InvoiceTypeCode') !== '' || text(root, 'cbc:CreditNoteTypeCode') !== '',
  ],
  ['BR-05', document, filled('cbc:DocumentCurrencyCode')],
  ['BR-16', document, present('cac:InvoiceLine', 'cac:CreditNoteLine')],
  ['BR-29', period, periodInOrder],
  [
    'BR-CO-03',
    document,
    (root) => !has(root, 'cbc:TaxPointDate') || !has(root, 'cac:InvoicePeriod/cbc:DescriptionCode'),
  ],
  ['BR-CO-19', period, present('cbc:StartDate', 'cbc:EndDate', 'cbc:DescriptionCode')],

  ['BR-31', allowances, present('cbc:Amount')],
  ['BR-32', allowances, inVatCategory],
  ['BR-33', allowances, reason],
  ['BR-CO-21', allowances, reason],
  ['BR-36', charges, present('cbc:Amount')],
  ['BR-37', charges, inVatCategory],
  ['BR-38', charges, reason],
  ['BR-CO-22', charges, reason],

  ['BR-49', means, present('cbc:PaymentMeansCode')],
  ['BR-50', within(where(means, isCreditTransfer), 'cac:PayeeFinancialAccount'), filled('cbc:ID')],
  ['BR-51', within(means, 'cac:CardAccount/cbc:PrimaryAccountNumberID'), (number) => plain(number.text).length <= 10],
  ['BR-61', means, (one) => !isCreditTransfer(one) || has(one, 'cac:PayeeFinancialAccount/cbc:ID')],

  ['BR-52', reference, filled('cbc:ID')],
  ['BR-53', document, taxTotalInEachTaxCurrency],
  ['BR-55', anywhere('cac:BillingReference'), present('cac:InvoiceDocumentReference/cbc:ID')],
]);

/** UNTDID 4461: 30 credit transfer, 58 SEPA credit transfer. */
function isCreditTransfer(one: Element): boolean {
  return ['30', '58'].includes(text(one, 'cbc:PaymentMeansCode'));
}

function taxTotalInEachTaxCurrency(root: Element, { everywhere }: Invoice): boolean {
  const stated = everywhere('cac:TaxTotal').flatMap((total) => all(total, 'cbc:TaxAmount'));
  return all(root, 'cbc:TaxCurrencyCode').every(({ text: currency }) =>
    stated.some(({ attributes }) => attributes.get('currencyID') === currency),
  );
}
