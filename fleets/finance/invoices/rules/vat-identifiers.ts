import { all, has, type Element, type Invoice } from '../ubl/element.ts';
import { anywhere, within } from './rule.ts';
import { isVat } from './vat-category.ts';

/** The seller, or who answers for its tax, has a VAT identifier. */
export function sellerHasVatId(_root: Element, invoice: Invoice): boolean {
  return (
    vatIds(invoice, 'cac:AccountingSupplierParty', 'cac:Party/cac:PartyTaxScheme') ||
    vatIds(invoice, 'cac:TaxRepresentativeParty', 'cac:PartyTaxScheme')
  );
}

/** The seller has a VAT or tax registration identifier, or who answers for its tax has a VAT identifier. */
export function sellerHasTaxId(root: Element, invoice: Invoice): boolean {
  const registered = within(anywhere('cac:AccountingSupplierParty'), 'cac:Party/cac:PartyTaxScheme/cbc:CompanyID');
  return registered(invoice).length > 0 || sellerHasVatId(root, invoice);
}

/** And so does the buyer. */
export function bothHaveVatId(root: Element, invoice: Invoice): boolean {
  return sellerHasVatId(root, invoice) && buyerHasVatId(invoice);
}

/** And the buyer has a VAT identifier or is registered by law. */
export function bothHaveTaxId(root: Element, invoice: Invoice): boolean {
  const registered = within(anywhere('cac:AccountingCustomerParty'), 'cac:Party/cac:PartyLegalEntity/cbc:CompanyID');
  return sellerHasTaxId(root, invoice) && (registered(invoice).length > 0 || buyerHasVatId(invoice));
}

/** Outside the scope of VAT nobody may be identified for it. */
export function nobodyHasVatId(root: Element, invoice: Invoice): boolean {
  return !sellerHasVatId(root, invoice) && !buyerHasVatId(invoice);
}

function vatIds({ everywhere }: Invoice, party: string, path: string): boolean {
  return everywhere(party).some((one) =>
    all(one, path).some((scheme) => isVat(scheme) && has(scheme, 'cbc:CompanyID')),
  );
}

function buyerHasVatId(invoice: Invoice): boolean {
  return vatIds(invoice, 'cac:AccountingCustomerParty', 'cac:Party/cac:PartyTaxScheme');
}
