import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import type { Element, Invoice } from './element.ts';

/** What came of reading a text as UBL. */
export type Read =
  | { readonly kind: 'read'; readonly invoice: Invoice }
  | { readonly kind: 'unreadable'; readonly why: string };

const UBL = 'urn:oasis:names:specification:ubl:schema:xsd:';
const PREFIXES = new Map([
  [`${UBL}CommonAggregateComponents-2`, 'cac:'],
  [`${UBL}CommonBasicComponents-2`, 'cbc:'],
  [`${UBL}Invoice-2`, ''],
  [`${UBL}CreditNote-2`, ''],
]);

const MAX_DEPTH = 48;
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: true,
  htmlEntities: false,
});

/**
 * Reads a UBL 2.1 invoice or credit note. A supplier wrote it, so nothing in it is trusted: a document type declaration is
 * refused (there are then no entities but XML's five), names are resolved by namespace rather than by the prefix that the
 * document happens to use, numbers stay text, and names never become keys of an object.
 */
export function readUbl(xml: string): Read {
  // Also refuses the words in a comment; no invoice needs them.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return { kind: 'unreadable', why: 'it declares a document type' };
  const wellFormed = XMLValidator.validate(xml);
  if (wellFormed !== true) return { kind: 'unreadable', why: `not well-formed XML: ${wellFormed.err.msg}` };
  try {
    const [top, ...more] = nodesOf(parser.parse(xml)).filter(({ name }) => name !== TEXT);
    if (top === undefined || more.length > 0) return { kind: 'unreadable', why: 'it has no single root' };
    return { kind: 'read', invoice: indexed(build(top, null, new Map(), 0)) };
  } catch (error) {
    return { kind: 'unreadable', why: error instanceof Error ? error.message : 'it cannot be parsed' };
  }
}

const TEXT = '#text';
const ATTRIBUTES = ':@';
const Nodes = z.array(z.record(z.string(), z.unknown()));
const Attributes = z.record(z.string(), z.string());

interface Node {
  readonly name: string;
  readonly content: unknown;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The parser's ordered form: each node is an object with one member, its name, besides its attributes. */
function nodesOf(content: unknown): readonly Node[] {
  return Nodes.parse(content).map((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES) ?? '';
    const attributes = ATTRIBUTES in node ? Object.entries(Attributes.parse(node[ATTRIBUTES])) : [];
    return { name, content: node[name], attributes: new Map(attributes) };
  });
}

function build(node: Node, parent: Element | null, outer: ReadonlyMap<string, string>, depth: number): Element {
  if (depth > MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH}`);
  const namespaces = declared(node.attributes, outer);
  const children: Element[] = [];
  const content = nodesOf(node.content);
  const element: Element = {
    name: resolved(node.name, namespaces),
    parent,
    children,
    attributes: node.attributes,
    text: content.map((inner) => (inner.name === TEXT ? String(inner.content) : '')).join(''),
  };
  for (const inner of content) if (inner.name !== TEXT) children.push(build(inner, element, namespaces, depth + 1));
  return element;
}

function declared(attributes: ReadonlyMap<string, string>, outer: ReadonlyMap<string, string>) {
  let inner: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    inner ??= new Map(outer);
    inner.set(name.slice('xmlns:'.length), value);
  }
  return inner ?? outer;
}

function resolved(name: string, namespaces: ReadonlyMap<string, string>): string {
  const colon = name.indexOf(':');
  const namespace = namespaces.get(colon < 0 ? '' : name.slice(0, colon)) ?? '';
  const local = name.slice(colon + 1);
  const prefix = PREFIXES.get(namespace);
  return prefix === undefined ? `{${namespace}}${local}` : prefix + local;
}

function indexed(root: Element): Invoice {
  const byName = new Map<string, Element[]>();
  const visit = (element: Element) => {
    const same = byName.get(element.name);
    if (same === undefined) byName.set(element.name, [element]);
    else same.push(element);
    for (const child of element.children) visit(child);
  };
  visit(root);
  return { root, everywhere: (name) => byName.get(name) ?? [] };
}
