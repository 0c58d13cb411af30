import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

/** Signature type of plain Ed25519 in C2SP signed-note. */
const ED25519 = 0x01;
/** PKCS#8 wrapping of a 32-byte Ed25519 seed (RFC 8410, 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** More than any note of ours; a verifier may bound what it reads. */
const MAX_NOTE = 64 * 1024;

/** A public key with its name, as a verifier is configured with it: `name+keyid+base64(0x01 || key)`. */
export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of SHA-256(name || 0x0A || 0x01 || key), in hex. */
  readonly id: string;
  /** This key as one string. */
  readonly vkey: string;
  /** True when `signature` is this key's over the text. */
  verify(text: string, signature: Uint8Array): boolean;
}

/** A private key with its name. */
export interface NoteSigner extends NoteVerifier {
  /** The private key as one string, in the format of golang.org/x/mod/sumdb/note. Secret. */
  readonly skey: string;
  /** The signed note (c2sp.org/signed-note) of a text that ends in a newline. */
  sign(text: string): string;
}

export type OpenedNote = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Reads a verifier key; null when it is none, or not Ed25519, or its key id does not follow from name and key. */
export function readVerifierKey(vkey: string): NoteVerifier | null {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  const bytes = parts && decodeBase64(parts[3]!);
  if (!parts || bytes?.length !== 33 || bytes[0] !== ED25519) return null;
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url', 1) },
      format: 'jwk',
    });
    const verifier = verifierOf(parts[1]!, key);
    return verifier.id === parts[2] ? verifier : null;
  } catch {
    return null;
  }
}

/** Reads a signer key; null when it is none. */
export function readSignerKey(skey: string): NoteSigner | null {
  const parts = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(skey);
  const bytes = parts && decodeBase64(parts[3]!);
  if (!parts || bytes?.length !== 33 || bytes[0] !== ED25519) return null;
  const signer = signerOf(parts[1]!, bytes.subarray(1));
  return signer.id === parts[2] ? signer : null;
}

/** A new key of this name. A name is not empty and holds neither white space nor `+`. */
export function newSigner(name: string): NoteSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return signerOf(name, privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length));
}

/** The text of a note, if this key signed it. Signatures of other keys are passed over, as the specification asks. */
export function openNote(note: string, verifier: NoteVerifier): OpenedNote {
  const end = note.lastIndexOf('\n\n');
  // oxlint-disable-next-line no-control-regex -- the specification forbids them
  if (note.length > MAX_NOTE || end < 0 || !note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) {
    return { ok: false, why: 'it is no signed note' };
  }
  const text = note.slice(0, end + 1);
  let signed = false;
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const parts = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    const bytes = parts && decodeBase64(parts[2]!);
    if (!parts || !bytes || bytes.length < 5) return { ok: false, why: 'it has a malformed signature line' };
    if (parts[1] !== verifier.name || bytes.toString('hex', 0, 4) !== verifier.id) continue;
    if (!verifier.verify(text, bytes.subarray(4)))
      return { ok: false, why: `the signature of \`${verifier.name}\` is wrong` };
    signed = true;
  }
  return signed ? { ok: true, text } : { ok: false, why: `it has no signature of \`${verifier.name}\`` };
}

/** Bytes of standard base64; null unless it is written the one way it can be. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function verifierOf(name: string, key: KeyObject): NoteVerifier {
  const raw = Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
  const typed = Buffer.concat([Buffer.of(ED25519), raw]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed])).slice(0, 8);
  return {
    name,
    id,
    vkey: `${name}+${id}+${typed.toString('base64')}`,
    verify: (text, signature) => verify(null, Buffer.from(text), key, signature),
  };
}

function signerOf(name: string, seed: Uint8Array): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const verifier = verifierOf(name, createPublicKey(key));
  const secret = Buffer.concat([Buffer.of(ED25519), seed]).toString('base64');
  return {
    ...verifier,
    skey: `PRIVATE+KEY+${name}+${verifier.id}+${secret}`,
    sign: (text) => {
      const signature = Buffer.concat([Buffer.from(verifier.id, 'hex'), sign(null, Buffer.from(text), key)]);
      return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`;
    },
  };
}
