import { Misuse } from '../vocabulary/index.ts';

/**
 * Reads a request's body, and no more of it than is allowed, whether or not it says its length.
 *
 * @throws Misuse `body-too-large`; `bad-request` when it breaks off.
 */
export async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const said = request.headers.get('content-length');
  if (said !== null && Number(said) > most) throw tooLarge(most);
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop early cancels the stream, so that the rest is not kept.
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
      size += part.byteLength;
      if (size > most) throw tooLarge(most);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof Misuse) throw cause;
    throw new Misuse('bad-request', 'the body broke off', { cause });
  }
  return Buffer.concat(parts, size);
}

/** The media type without its parameters, in lower case. Throws Misuse `unsupported-media-type` for a charset but UTF-8. */
export function mediaTypeOf(request: Request): string {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').split(';');
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() !== 'charset') continue;
    if (value.trim().replaceAll('"', '').toLowerCase() === 'utf-8') continue;
    throw new Misuse('unsupported-media-type', 'text is taken in UTF-8 only');
  }
  return type.trim().toLowerCase();
}

function tooLarge(most: number): Misuse {
  return new Misuse('body-too-large', `the body is larger than ${most} bytes`, {
    fix: 'send fewer events at a time, or a reference to the large part; `REEVE_MAX_BODY_BYTES` sets the limit',
  });
}
