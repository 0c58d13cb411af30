import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { Misuse } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { checkOrigin } from './guard.ts';

/** Where sign-in links lead; what they hold comes after `#`, which no browser sends and no server logs. */
export const LINK_PATH = '/v1/auth/link';

const Done = z.object({ signedIn: z.boolean() }).openapi('SignedIn');
const Password = z.string().min(1).max(1_000);
const LIMITED = {
  413: 'The body is too large',
  415: 'Not JSON',
  429: 'Too many were wrong; `Retry-After` says when to try again',
};

/** Coming in with a browser, and going out again. All else that Better Auth could do is mounted nowhere. */
export function sessionEndpoints({ signIn, doorkeeper }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/v1/auth/sign-in',
      tag: 'auth',
      open: true,
      summary: 'Sign in with e-mail address and password',
      description: 'The answer sets the cookie of a session, for twelve hours.',
      body: z.strictObject({ email: z.string().max(200), password: Password }).openapi('SignIn'),
      answers: { 200: { description: 'Signed in', schema: Done } },
      problems: { 401: 'Address or password is not right', 403: 'From a page of somebody else', ...LIMITED },
      async handle({ body: { email, password }, request }) {
        refuseForeign(request);
        const address = z.email().safeParse(email);
        // No account has such an address: answered like any other that nobody has.
        const cookies = await signIn.byPassword(
          address.data?.toLowerCase() ?? 'nobody@invalid.invalid',
          password,
          request.headers,
        );
        return signedIn(true, cookies);
      },
    }),
    endpoint({
      method: 'post',
      path: LINK_PATH,
      tag: 'auth',
      open: true,
      summary: 'Sign in with what a sign-in link holds after `#`: once, within 15 minutes',
      body: z.strictObject({ token: z.string().min(1).max(200) }).openapi('SignInLink'),
      answers: { 200: { description: 'Signed in', schema: Done } },
      problems: { 401: 'It does not hold (any more)', 403: 'From a page of somebody else', ...LIMITED },
      async handle({ body: { token }, request }) {
        refuseForeign(request);
        return signedIn(true, await signIn.byLink(token, request.headers));
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/auth/sign-out',
      tag: 'auth',
      right: 'self',
      summary: 'End this session',
      answers: { 200: { description: 'Signed out', schema: Done } },
      async handle({ principal, request }) {
        refuseTokens(principal.via);
        const cookies = await signIn.out(request.headers);
        doorkeeper.forget();
        return signedIn(false, cookies);
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/auth/password',
      tag: 'auth',
      right: 'self',
      summary: 'Set a password, or another one; all other sessions end',
      body: z.strictObject({ next: Password, current: Password.nullable().default(null) }).openapi('PasswordWish'),
      answers: { 200: { description: 'It holds', schema: Done } },
      problems: LIMITED,
      async handle({ body, principal, request }) {
        refuseTokens(principal.via);
        const cookies = await signIn.setPassword(body, request.headers);
        doorkeeper.forget();
        return signedIn(true, cookies);
      },
    }),
  ];
}

function signedIn(is: boolean, cookies: readonly string[]) {
  return { status: 200, body: { signedIn: is }, headers: { 'set-cookie': cookies } };
}

function refuseForeign(request: Request): void {
  if (request.headers.has('origin')) checkOrigin(request);
}

function refuseTokens(via: 'session' | 'token'): void {
  if (via === 'session') return;
  throw new Misuse('forbidden', 'this is for whoever has signed in with a browser', {
    fix: 'open a sign-in link: `reeve person sign-in-link`',
  });
}

const SCRIPT = `
const say = (text) => { document.getElementById('said').textContent = text; };
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
document.getElementById('in').addEventListener('click', async () => {
  const answer = await fetch(location.pathname, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) });
  if (answer.ok) { say('You are signed in. You can close this page.'); return; }
  const { detail } = await answer.json();
  say('That did not work: ' + detail + '.');
});
if (token === '') say('This link is not whole: open it as it was printed.');
`;
const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Reeve: sign in</title><meta name="viewport" content="width=device-width"></head>
<body><h1>Reeve</h1><p id="said">Somebody made this link for you. It works once.</p>
<button id="in" type="button">Sign in</button><script>${SCRIPT}</script></body></html>
`;
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    `default-src 'none'; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'; ` +
    `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

/** Where a link leads. Whoever only looks at it (a mail scanner, a preview) does not use it up: somebody has to press. */
export function signInPage(): Response {
  return new Response(PAGE, { headers: PAGE_HEADERS });
}
