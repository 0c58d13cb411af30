import { all, has, plain, text, type Element } from '../ubl/element.ts';
import { isCode } from './code-lists.ts';
import { anywhere, attribute, document, filled, present, rules, where, within } from './rule.ts';
import { isVat } from './vat-category.ts';

const seller = anywhere('cac:AccountingSupplierParty');
const buyer = anywhere('cac:AccountingCustomerParty');
const payee = anywhere('cac:PayeeParty');
const representative = anywhere('cac:TaxRepresentativeParty');
const vatIdentifiers = where(anywhere('cac:PartyTaxScheme'), isVat);

/** Who sells, who buys, who is paid, who answers for the tax, and where it goes. */
export const partyRules = rules([
  ['BR-06', document, filled('cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName')],
  ['BR-07', document, filled('cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName')],
  ['BR-08', document, present('cac:AccountingSupplierParty/cac:Party/cac:PostalAddress')],
  ['BR-09', within(seller, 'cac:Party/cac:PostalAddress'), filled('cac:Country/cbc:IdentificationCode')],
  ['BR-10', document, present('cac:AccountingCustomerParty/cac:Party/cac:PostalAddress')],
  ['BR-11', within(buyer, 'cac:Party/cac:PostalAddress'), filled('cac:Country/cbc:IdentificationCode')],
  ['BR-17', payee, isNotTheSeller],
  ['BR-18', representative, filled('cac:PartyName/cbc:Name')],
  ['BR-19', representative, present('cac:PostalAddress')],
  ['BR-20', within(representative, 'cac:PostalAddress'), filled('cac:Country/cbc:IdentificationCode')],
  ['BR-56', representative, hasVatIdentifier],
  [
    'BR-57',
    within(anywhere('cac:Delivery'), 'cac:DeliveryLocation/cac:Address'),
    present('cac:Country/cbc:IdentificationCode'),
  ],
  ['BR-62', within(seller, 'cac:Party/cbc:EndpointID'), attribute('schemeID')],
  ['BR-63', within(buyer, 'cac:Party/cbc:EndpointID'), attribute('schemeID')],
  ['BR-CO-09', vatIdentifiers, (scheme) => isCode('vatPrefixes', text(scheme, 'cbc:CompanyID').slice(0, 2))],
  ['BR-CO-26', seller, isIdentified],
]);

function hasVatIdentifier(party: Element): boolean {
  return all(party, 'cac:PartyTaxScheme').some((scheme) => isVat(scheme) && has(scheme, 'cbc:CompanyID'));
}

/** A payee is named, and shares neither name nor identifier with the seller. */
function isNotTheSeller(party: Element): boolean {
  const apart = (path: string) => {
    const its = all(party, path).map((element) => plain(element.text));
    const sellers = party.parent === null ? [] : all(party.parent, `cac:AccountingSupplierParty/cac:Party/${path}`);
    return !sellers.some((element) => its.includes(plain(element.text)));
  };
  return (
    has(party, 'cac:PartyName/cbc:Name') && apart('cac:PartyName/cbc:Name') && apart('cac:PartyIdentification/cbc:ID')
  );
}

function isIdentified(supplier: Element): boolean {
  const ids = all(supplier, 'cac:Party/cac:PartyIdentification/cbc:ID');
  return (
    all(supplier, 'cac:Party').some(hasVatIdentifier) ||
    ids.some(({ attributes }) => attributes.get('schemeID') !== 'SEPA') ||
    has(supplier, 'cac:Party/cac:PartyLegalEntity/cbc:CompanyID')
  );
}
