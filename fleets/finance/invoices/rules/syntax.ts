import { all, has, isWithin, plain, text, type Element, type Invoice } from '../ubl/element.ts';
import {
  anywhere,
  atMost,
  attribute,
  decimalsIn,
  document,
  isAllowance,
  isCharge,
  lines,
  present,
  rules,
  where,
  within,
  type Contexts,
  type Holds,
} from './rule.ts';

const SELLER = 'cac:AccountingSupplierParty/cac:Party';
const BUYER = 'cac:AccountingCustomerParty/cac:Party';

const seller = within(anywhere('cac:AccountingSupplierParty'), 'cac:Party');
const payee = anywhere('cac:PayeeParty');
const payment = anywhere('cac:PaymentMeans');
const preceding = anywhere('cac:BillingReference');
const reference = anywhere('cac:AdditionalDocumentReference');
const representative = anywhere('cac:TaxRepresentativeParty');
const adjustment = anywhere('cac:AllowanceCharge');
const amounts = where(everyName('Amount'), (amount) => !amount.name.endsWith('PriceAmount') && !isOfPrice(amount));
const binaries = everyName('BinaryObject');

/** How UBL may be used for EN 16931: mostly, that what the standard has once is there at most once. */
export const syntaxRules = rules([
  ['UBL-SR-01', document, atMost(1, 'cac:ContractDocumentReference/cbc:ID')],
  ['UBL-SR-02', document, atMost(1, 'cac:ReceiptDocumentReference/cbc:ID')],
  ['UBL-SR-03', document, atMost(1, 'cac:DespatchDocumentReference/cbc:ID')],
  ['UBL-SR-04', document, (root) => objectsIn(root).flatMap((object) => all(object, 'cbc:ID')).length <= 1],
  ['UBL-SR-05', document, atMost(1, 'cac:PaymentTerms/cbc:Note')],
  ['UBL-SR-06', preceding, atMost(1, 'cac:InvoiceDocumentReference')],
  ['UBL-SR-07', preceding, present('cac:InvoiceDocumentReference/cbc:ID')],
  ['UBL-SR-08', document, atMost(1, 'cac:InvoicePeriod')],
  ['UBL-SR-09', document, atMost(1, `${SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`)],
  ['UBL-SR-10', document, atMost(1, `${SELLER}/cac:PartyName/cbc:Name`)],
  ['UBL-SR-11', document, atMost(1, `${SELLER}/cac:PartyLegalEntity/cbc:CompanyID`)],
  ['UBL-SR-12', document, (root) => taxIds(root, SELLER, isVatScheme) <= 1],
  ['UBL-SR-13', document, (root) => taxIds(root, SELLER, isOtherScheme) <= 1],
  ['UBL-SR-14', document, atMost(1, `${SELLER}/cac:PartyLegalEntity/cbc:CompanyLegalForm`)],
  ['UBL-SR-15', document, atMost(1, `${BUYER}/cac:PartyLegalEntity/cbc:RegistrationName`)],
  ['UBL-SR-16', document, atMost(1, `${BUYER}/cac:PartyIdentification/cbc:ID`)],
  ['UBL-SR-17', document, atMost(1, `${BUYER}/cac:PartyLegalEntity/cbc:CompanyID`)],
  ['UBL-SR-18', document, (root) => taxIds(root, BUYER, isVatScheme) <= 1],
  ['UBL-SR-19', payee, ifNotTheSeller(atMost(1, 'cac:PartyName/cbc:Name'))],
  ['UBL-SR-20', payee, ifNotTheSeller((party) => identifiers(party, false).length <= 1)],
  ['UBL-SR-21', payee, ifNotTheSeller(atMost(1, 'cac:PartyLegalEntity/cbc:CompanyID'))],
  ['UBL-SR-22', representative, atMost(1, 'cac:PartyName/cbc:Name')],
  ['UBL-SR-23', representative, atMost(1, 'cac:PartyTaxScheme/cbc:CompanyID')],
  ['UBL-SR-24', document, atMost(1, 'cac:Delivery')],
  ['UBL-SR-25', anywhere('cac:Delivery'), atMost(1, 'cac:DeliveryParty/cac:PartyName/cbc:Name')],
  ['UBL-SR-26', payment, atMost(1, 'cbc:PaymentID')],
  ['UBL-SR-27', payment, atMost(1, 'cbc:PaymentMeansCode')],
  ['UBL-SR-28', payment, atMost(1, 'cac:PaymentMandate/cbc:ID')],
  ['UBL-SR-29', document, creditorIdentifierOnce],
  ['UBL-SR-30', where(adjustment, isAllowance), atMost(1, 'cbc:AllowanceChargeReason')],
  ['UBL-SR-31', where(adjustment, isCharge), atMost(1, 'cbc:AllowanceChargeReason')],
  ['UBL-SR-32', anywhere('cac:TaxSubtotal'), atMost(1, 'cac:TaxCategory/cbc:TaxExemptionReason')],
  ['UBL-SR-33', reference, atMost(1, 'cbc:DocumentDescription')],
  ['UBL-SR-34', lines, atMost(1, 'cbc:Note')],
  ['UBL-SR-35', lines, atMost(1, 'cac:OrderLineReference/cbc:LineID')],
  ['UBL-SR-36', lines, atMost(1, 'cac:InvoicePeriod')],
  ['UBL-SR-37', lines, atMost(1, 'cac:Price/cac:AllowanceCharge/cbc:Amount')],
  ['UBL-SR-39', document, atMost(1, 'cac:ProjectReference/cbc:ID')],
  ['UBL-SR-40', document, atMost(1, `${BUYER}/cac:PartyName/cbc:Name`)],
  ['UBL-SR-42', seller, atMost(2, 'cac:PartyTaxScheme')],
  ['UBL-SR-43', reference, schemeForObjectsOnly],
  ['UBL-SR-44', document, allEqual('cbc:PaymentID')],
  ['UBL-SR-45', document, atMost(1, 'cac:PaymentMeans/cbc:PaymentDueDate')],
  ['UBL-SR-46', document, paymentMeansTextOnce],
  ['UBL-SR-47', document, allEqual('cbc:PaymentMeansCode')],
  ['UBL-SR-48', lines, (line) => all(line, 'cac:Item/cac:ClassifiedTaxCategory').length === 1],
  ['UBL-SR-49', document, atMost(1, 'cac:InvoicePeriod/cbc:DescriptionCode')],
  ['UBL-SR-50', lines, atMost(1, 'cac:Item/cbc:Description')],
  ['UBL-SR-51', anywhere('cac:PostalAddress', 'cac:Address'), atMost(1, 'cac:AddressLine')],
  ['UBL-SR-52', lines, atMost(1, 'cac:DocumentReference')],
  [
    'UBL-SR-53',
    anywhere('cac:PartyTaxScheme'),
    (scheme) => has(scheme, 'cac:TaxScheme/cbc:ID') && has(scheme, 'cbc:CompanyID'),
  ],
  ['UBL-SR-54', document, atMost(1, 'cac:PaymentMeans/cac:CardAccount')],
  ['UBL-SR-55', document, atMost(1, 'cac:PaymentMeans/cac:PaymentMandate')],
  ['UBL-SR-56', document, atMost(1, 'cac:OriginatorDocumentReference/cbc:ID')],
  ['UBL-CR-666', document, objectsLack('cac:Attachment')],
  ['UBL-CR-673', document, objectsLack('cbc:DocumentDescription')],
  ['UBL-DT-01', amounts, ({ text: written }) => decimalsIn(written) <= 2],
  ['UBL-DT-06', binaries, attribute('mimeCode')],
  ['UBL-DT-07', binaries, attribute('filename')],
]);

/** Every element whose name ends so, wherever it stands. */
function everyName(ending: string): Contexts {
  return ({ root }) => {
    const found: Element[] = [];
    const visit = (element: Element) => {
      if (element.name.endsWith(ending)) found.push(element);
      element.children.forEach(visit);
    };
    visit(root);
    return found;
  };
}

/** Discounts on a price may be as fine as the price. */
function isOfPrice(amount: Element): boolean {
  return isWithin(amount, 'cac:AllowanceCharge') && isWithin(amount, 'cac:Price');
}

/** UNTDID 1001, 130: the reference is to the object that is invoiced. */
function isObject(document_: Element): boolean {
  return text(document_, 'cbc:DocumentTypeCode') === '130';
}

function objectsIn(root: Element): readonly Element[] {
  return all(root, 'cac:AdditionalDocumentReference').filter(isObject);
}

function objectsLack(path: string): Holds {
  return (_root, { everywhere }) =>
    !everywhere('cac:AdditionalDocumentReference').some((one) => isObject(one) && has(one, path));
}

/** A scheme is for the invoiced object; a credit note may also name its project so (code 50). */
function schemeForObjectsOnly(one: Element, { root }: Invoice): boolean {
  const code = text(one, 'cbc:DocumentTypeCode');
  if (code === '130' || (code === '50' && root.name === 'CreditNote')) return true;
  return !has(one, 'cbc:DocumentTypeCode') && !all(one, 'cbc:ID').some(({ attributes }) => attributes.has('schemeID'));
}

function isVatScheme(scheme: string): boolean {
  return scheme === 'VAT';
}

function isOtherScheme(scheme: string): boolean {
  return scheme !== '' && scheme !== 'VAT';
}

function taxIds(root: Element, party: string, fits: (scheme: string) => boolean): number {
  return all(root, `${party}/cac:PartyTaxScheme`)
    .filter((scheme) => fits(text(scheme, 'cac:TaxScheme/cbc:ID').toUpperCase()))
    .flatMap((scheme) => all(scheme, 'cbc:CompanyID')).length;
}

/** Identifiers of a party: its own, or those by which it collects SEPA direct debits. */
function identifiers(party: Element, ofCreditor: boolean): readonly Element[] {
  return all(party, 'cac:PartyIdentification/cbc:ID').filter(
    ({ attributes }) => (attributes.get('schemeID')?.toUpperCase() === 'SEPA') === ofCreditor,
  );
}

function creditorIdentifierOnce(_root: Element, { everywhere }: Invoice): boolean {
  const ids = everywhere('cac:PartyIdentification').flatMap(({ children }) =>
    children.filter(
      ({ name, attributes }) => name === 'cbc:ID' && attributes.get('schemeID')?.toUpperCase() === 'SEPA',
    ),
  );
  return ids.length <= 1;
}

/** Also demands that payee and seller are named apart: only then is there a payee at all. */
function ifNotTheSeller(holds: Holds): Holds {
  return (party, invoice) => {
    const names = all(party, 'cac:PartyName/cbc:Name').map(({ text: name }) => name);
    const sellers = all(invoice.root, `${SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`).map(
      ({ text: name }) => name,
    );
    return holds(party, invoice) && names.some((name) => sellers.some((seller_) => seller_ !== name));
  };
}

function allEqual(name: string): Holds {
  return (_root, { everywhere }) => new Set(everywhere(name).map(({ text: value }) => plain(value))).size <= 1;
}

function paymentMeansTextOnce(root: Element): boolean {
  return (
    all(root, 'cac:PaymentMeans/cbc:PaymentMeansCode').filter(({ attributes }) => attributes.has('name')).length <= 1
  );
}
