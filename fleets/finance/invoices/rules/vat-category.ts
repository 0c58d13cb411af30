import { all, has, text, type Element, type Invoice } from '../ubl/element.ts';

/** Whether a tax category or party tax scheme is of VAT, as EN 16931 knows no other tax. */
export function isVat(category: Element): boolean {
  return all(category, 'cac:TaxScheme').some((scheme) => text(scheme, 'cbc:ID').toUpperCase() === 'VAT');
}

/** Of VAT and with this code of UNTDID 5305, e.g. `S` standard rated, `AE` reverse charge. */
export function isCategory(category: Element, code: string): boolean {
  return text(category, 'cbc:ID') === code && isVat(category);
}

/** An allowance, charge or breakdown says its VAT category. */
export function inVatCategory(of: Element): boolean {
  return all(of, 'cac:TaxCategory').some((category) => isVat(category) && has(category, 'cbc:ID'));
}

/** The categories of all breakdowns on the document. */
export function breakdownCategories({ root }: Invoice): readonly Element[] {
  return all(root, 'cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory');
}
