import { Misuse } from '../vocabulary/index.ts';
import { mediaTypeOf, readBody } from './body.ts';
import { parseStrictJson } from './strict-json.ts';

/** What came in one request: one event, or a batch of them. Not yet checked beyond being JSON. */
export type Received =
  | { readonly kind: 'one'; readonly event: unknown }
  | { readonly kind: 'batch'; readonly events: readonly unknown[] };

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';
const MOST_IN_BATCH = 1_000;

/**
 * Reads a request by the HTTP binding of CloudEvents 1.0.2 (section 3): structured and batched by their media types, all else
 * binary: attributes in `ce-` headers, data in the body, which must be JSON.
 *
 * @throws Misuse `unsupported-media-type`, `body-too-large`, `bad-json`, `bad-event`, `bad-request`.
 */
export async function readCloudEvents(request: Request, most: number): Promise<Received> {
  const type = mediaTypeOf(request);
  if (type === STRUCTURED) return { kind: 'one', event: parseStrictJson(await readBody(request, most)) };
  if (type === BATCH) return { kind: 'batch', events: batchOf(parseStrictJson(await readBody(request, most))) };
  if (type !== 'application/json') {
    throw new Misuse(
      'unsupported-media-type',
      `events do not come as \`${type === '' ? 'nothing' : type.slice(0, 100)}\``,
      {
        fix: `send \`${STRUCTURED}\`, \`${BATCH}\`, or \`application/json\` with \`ce-\` headers`,
      },
    );
  }
  const attributes = attributesOf(request.headers);
  return { kind: 'one', event: { ...attributes, data: parseStrictJson(await readBody(request, most)) } };
}

function batchOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misuse('bad-event', 'a batch is an array of events');
  if (value.length <= MOST_IN_BATCH) return value as readonly unknown[];
  throw new Misuse('bad-request', `a batch holds at most ${MOST_IN_BATCH} events, and this one has ${value.length}`);
}

/** `ce-id` is the attribute `id`, and so on. */
function attributesOf(headers: Headers): Record<string, string> {
  const attributes: Record<string, string> = { datacontenttype: 'application/json' };
  for (const [name, value] of headers) {
    // By the specification (3.1.3.1) names are lower-case letters and digits.
    if (/^ce-[a-z0-9]+$/.test(name) && name !== 'ce-data') attributes[name.slice(3)] = decodeHeader(name, value);
  }
  if (attributes['specversion'] !== undefined) return attributes;
  throw new Misuse('bad-event', 'there is no `ce-specversion` header', {
    fix: `in binary mode an event's attributes are \`ce-\` headers; a whole event in the body is \`${STRUCTURED}\``,
  });
}

/** Values are percent-encoded UTF-8 (3.1.3.2); a quote around the whole value is taken off. */
function decodeHeader(name: string, value: string): string {
  const bare = /^".*"$/.test(value) ? value.slice(1, -1) : value;
  let text: string;
  try {
    text = decodeURIComponent(bare.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    throw new Misuse('bad-event', `the header \`${name}\` is not percent-encoded UTF-8`);
  }
  if (!/\p{Cc}/u.test(text)) return text;
  throw new Misuse('bad-event', `the header \`${name}\` holds a control character`);
}
