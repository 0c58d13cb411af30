import type { Json } from '../vocabulary/index.ts';

/** A path that can be sent, or why there is none. */
export type Filled =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'bad'; readonly message: string };

/**
 * Fills the `{name}` parts of a path from members of `values` (strings and numbers), each percent-encoded, so that a value
 * stays inside its own part: it can neither end it, nor climb out of it, nor begin a query.
 */
export function fillPath(template: string, values: Json): Filled {
  let wrong: string | null = null;
  const path = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const encoded = encode(memberOf(values, name));
    if (encoded === null) wrong ??= name;
    return encoded ?? '';
  });
  if (wrong !== null)
    return { kind: 'bad', message: `the argument \`${wrong}\` cannot stand in the path \`${template}\`` };
  if (path.split(/[?#]/, 1)[0]?.split('/').some(isDots) === true) {
    return { kind: 'bad', message: `the path \`${path}\` would lead elsewhere` };
  }
  return { kind: 'path', path };
}

function memberOf(values: Json, name: string): unknown {
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, name)) return undefined;
  return (values as Record<string, unknown>)[name];
}

/** Null for what cannot stand in a path. */
function encode(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value);
  if (text === '' || hasControl(text) || !text.isWellFormed()) return null;
  // Encoded slashes are kept by some servers and decoded by others; for the latter no part of it may be a step up.
  if (text.split(/[/\\]/).some(isDots)) return null;
  return encodeURIComponent(text);
}

function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- this is what it looks for
  return /[\u0000-\u001f\u007f]/.test(text);
}

/** `.` and `..`, also written `%2e`, also behind a `;` parameter as some servers read it. */
function isDots(segment: string): boolean {
  return /^(\.|%2e){1,2}(;.*)?$/i.test(segment);
}
