import { isWithin, plain, text, type Element } from '../ubl/element.ts';
import { isCode, type CodeList } from './code-lists.ts';
import { anywhere, isAllowance, isCharge, rules, where, within, type Contexts, type Holds } from './rule.ts';

const amounts = anywhere(
  'cbc:Amount',
  'cbc:BaseAmount',
  'cbc:PriceAmount',
  'cbc:TaxAmount',
  'cbc:TaxableAmount',
  'cbc:LineExtensionAmount',
  'cbc:TaxExclusiveAmount',
  'cbc:TaxInclusiveAmount',
  'cbc:AllowanceTotalAmount',
  'cbc:ChargeTotalAmount',
  'cbc:PrepaidAmount',
  'cbc:PayableRoundingAmount',
  'cbc:PayableAmount',
);
const quantities = anywhere('cbc:InvoicedQuantity', 'cbc:BaseQuantity', 'cbc:CreditedQuantity');
const objects = where(
  anywhere('cac:AdditionalDocumentReference', 'cac:DocumentReference'),
  (reference) => text(reference, 'cbc:DocumentTypeCode') === '130',
);
const adjustments = anywhere('cac:AllowanceCharge');

/** Codes are of the lists that the standard names. */
export const codeRules = rules([
  ['BR-CL-01', anywhere('cbc:InvoiceTypeCode', 'cbc:CreditNoteTypeCode'), typeCode],
  ['BR-CL-03', amounts, coded('currencyID', 'currencies')],
  ['BR-CL-04', anywhere('cbc:DocumentCurrencyCode'), is('currencies')],
  ['BR-CL-05', anywhere('cbc:TaxCurrencyCode'), is('currencies')],
  ['BR-CL-06', within(anywhere('cac:InvoicePeriod'), 'cbc:DescriptionCode'), is('taxPoints')],
  ['BR-CL-07', having(within(objects, 'cbc:ID'), 'schemeID'), coded('schemeID', 'objectSchemes')],
  ['BR-CL-08', noteOnDocument(), subjectCode],
  ['BR-CL-10', having(within(anywhere('cac:PartyIdentification'), 'cbc:ID'), 'schemeID'), partyScheme],
  [
    'BR-CL-11',
    having(within(anywhere('cac:PartyLegalEntity'), 'cbc:CompanyID'), 'schemeID'),
    coded('schemeID', 'identifierSchemes'),
  ],
  [
    'BR-CL-13',
    having(within(anywhere('cac:CommodityClassification'), 'cbc:ItemClassificationCode'), 'listID'),
    coded('listID', 'itemClassifications'),
  ],
  ['BR-CL-14', within(anywhere('cac:Country'), 'cbc:IdentificationCode'), is('countries')],
  ['BR-CL-15', within(anywhere('cac:OriginCountry'), 'cbc:IdentificationCode'), is('countries')],
  ['BR-CL-16', within(anywhere('cac:PaymentMeans'), 'cbc:PaymentMeansCode'), is('paymentMeans')],
  ['BR-CL-17', within(anywhere('cac:TaxCategory'), 'cbc:ID'), is('taxCategories')],
  ['BR-CL-18', within(anywhere('cac:ClassifiedTaxCategory'), 'cbc:ID'), is('taxCategories')],
  ['BR-CL-19', within(where(adjustments, isAllowance), 'cbc:AllowanceChargeReasonCode'), is('allowanceReasons')],
  ['BR-CL-20', within(where(adjustments, isCharge), 'cbc:AllowanceChargeReasonCode'), is('chargeReasons')],
  [
    'BR-CL-21',
    having(within(anywhere('cac:StandardItemIdentification'), 'cbc:ID'), 'schemeID'),
    coded('schemeID', 'identifierSchemes'),
  ],
  [
    'BR-CL-22',
    anywhere('cbc:TaxExemptionReasonCode'),
    ({ text: code }) => isCode('exemptionReasons', plain(code).toUpperCase()),
  ],
  ['BR-CL-23', having(quantities, 'unitCode'), coded('unitCode', 'units')],
  ['BR-CL-24', having(anywhere('cbc:EmbeddedDocumentBinaryObject'), 'mimeCode'), coded('mimeCode', 'mediaTypes')],
  ['BR-CL-25', having(anywhere('cbc:EndpointID'), 'schemeID'), coded('schemeID', 'endpointSchemes')],
  [
    'BR-CL-26',
    having(within(anywhere('cac:DeliveryLocation'), 'cbc:ID'), 'schemeID'),
    coded('schemeID', 'identifierSchemes'),
  ],
]);

function is(list: CodeList): Holds {
  return ({ text: code }) => isCode(list, plain(code));
}

function coded(attribute: string, list: CodeList): Holds {
  return ({ attributes }) => isCode(list, plain(attributes.get(attribute) ?? ''));
}

function having(contexts: Contexts, attribute: string): Contexts {
  return where(contexts, ({ attributes }) => attributes.has(attribute));
}

function typeCode({ name, text: code }: Element): boolean {
  return isCode(name === 'cbc:InvoiceTypeCode' ? 'invoiceTypes' : 'creditNoteTypes', plain(code));
}

/** A scheme of ISO 6523; for a seller or payee also SEPA, the creditor's identifier. */
function partyScheme(id: Element): boolean {
  const scheme = plain(id.attributes.get('schemeID') ?? '');
  const isPaid = isWithin(id, 'cac:AccountingSupplierParty') || isWithin(id, 'cac:PayeeParty');
  return isCode('identifierSchemes', scheme) || (scheme === 'SEPA' && isPaid);
}

function noteOnDocument(): Contexts {
  return where(anywhere('cbc:Note'), ({ parent }) => parent !== null && parent.parent === null);
}

/** A note may open with its subject as `#AAI#`; three characters between the first two marks are taken for one. */
function subjectCode({ text: note }: Element): boolean {
  const [, subject] = /^[^#]*#([^#]{3})#/.exec(note) ?? [];
  return subject === undefined || isCode('noteSubjects', subject);
}
