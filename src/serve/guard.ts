import { Misuse } from '../vocabulary/index.ts';

/** Names under which a server on loopback is called by someone on the same machine. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Against DNS rebinding: a page of somebody else whose name was pointed at 127.0.0.1 comes with its own name as `Host`.
 *
 * @param port where we listen; null lets any port pass (tests without a socket).
 * @throws Misuse `bad-host`.
 */
export function checkHost(host: string | null, port: number | null): void {
  const [, name = '', given = '80'] = /^(.*?)(?::(\d{1,5}))?$/.exec(host?.toLowerCase() ?? '') ?? [];
  if (LOOPBACK.includes(name) && (port === null || Number(given) === port)) return;
  throw new Misuse('bad-host', 'this server is not called that', {
    fix: 'call it by `127.0.0.1` or `localhost` and its port; a proxy in front of it must set `Host` so',
  });
}

/** Throws Misuse `unauthorized` unless the request bears the token. */
export function checkToken(authorization: string | null, token: { matches(given: string): boolean }): void {
  const [, given] = /^Bearer ([^\s]+)$/i.exec(authorization ?? '') ?? [];
  if (given !== undefined && token.matches(given)) return;
  throw new Misuse('unauthorized', given === undefined ? 'a token is needed' : 'the token is not right', {
    fix: 'send `authorization: Bearer TOKEN`; the token is in the file `token` in the data folder',
  });
}
