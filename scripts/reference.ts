import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { ASKS, program } from '../src/cli/index.ts';
import { loadLaw } from '../src/govern/index.ts';
import { describeConfig } from '../src/host/index.ts';
import { createApi, type ApiDeps } from '../src/serve/index.ts';
import { RIGHTS, RIGHTS_OF, ROLES, type Right } from '../src/vocabulary/index.ts';
import { PROOFS } from '../test/proofs/index.ts';

/**
 * What the docs say of the code, printed from the code: each stands in its page between `<!-- printed: NAME -->` and
 * `<!-- end -->`. `print-reference.ts` writes them, and a test of the repository holds the pages to them.
 */
export const REFERENCES: readonly { readonly page: string; readonly name: string; print(): Promise<string> }[] = [
  { page: 'docs/settings.md', name: 'settings', print: async () => settings() },
  { page: 'docs/policies.md', name: 'policies', print: async () => policies() },
  { page: 'docs/proofs.md', name: 'proofs', print: async () => proofs() },
  { page: 'docs/cli.md', name: 'cli', print: async () => commands() },
  { page: 'docs/api.md', name: 'api', print: routes },
  { page: 'docs/rights.md', name: 'roles', print: async () => roles() },
  { page: 'docs/rights.md', name: 'routes', print: rightsOfRoutes },
  { page: 'docs/rights.md', name: 'commands', print: rightsOfCommands },
];

/** The page with its printed part replaced. Throws when the page has no place for it. */
export function withPrinted(page: string, name: string, printed: string): string {
  const place = new RegExp(`(<!-- printed: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!place.test(page)) throw new Error(`the page has no \`<!-- printed: ${name} -->\``);
  return page.replace(place, (_all, begin: string, end: string) => `${begin}${printed.trim()}\n${end}`);
}

function settings(): string {
  const rows = describeConfig().map(({ variable, default: value, why }) => [
    `\`${variable}\``,
    value === undefined ? '' : `\`${value}\``,
    why,
  ]);
  return table(['variable', 'default', 'what and why'], rows);
}

function policies(): string {
  const rows = [...loadLaw(undefined, 'candidate').policies.values()].map(({ id, effect, why, approval }) => [
    `\`${id}\``,
    effect,
    why,
    approval === null ? '' : `\`${approval.role}\`, ${approval.expiresInSeconds / 3600} h`,
  ]);
  return table(['policy', 'effect', 'why', 'may be lifted by, within'], rows);
}

function proofs(): string {
  return table(
    ['proof', 'shows'],
    PROOFS.map(({ name, shows }) => [`\`${name}\``, shows]),
  );
}

function commands(): string {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough(), stdin: new PassThrough() };
  const cli: Parameters<typeof program>[0] = { streams, run: () => Promise.resolve() };
  const rows = leavesOf(program(cli), '').map(({ path, command }) => [
    `\`${[path, usageOf(command)].filter((part) => part !== '').join(' ')}\``,
    command.summary() === '' ? command.description() : command.summary(),
    command.options.map(({ flags }) => `\`${flags}\``).join(', '),
  ]);
  return table(['command', 'does', 'options'], rows);
}

function leavesOf(command: Command, above: string): { path: string; command: Command }[] {
  const path = `${above} ${command.name()}`.trim();
  return command.commands.length === 0 ? [{ path, command }] : command.commands.flatMap((one) => leavesOf(one, path));
}

function usageOf(command: Command): string {
  return command.registeredArguments
    .map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    .join(' ');
}

interface Route {
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-right'?: string;
}

/** Every operation of the API, as it describes itself. */
export async function operations(): Promise<readonly (Route & { readonly route: string })[]> {
  // Nothing is asked but what the API says of itself; whoever asks may everything.
  const anything: unknown = new Proxy(() => true, {
    get: (_, name) => (name === 'then' ? undefined : anything),
    apply: () => anything,
  });
  const api = createApi(anything as ApiDeps, { maxBodyBytes: 1, port: null });
  const answer = await api.request('http://127.0.0.1/v1/openapi.json', {
    headers: { authorization: 'Bearer x', host: '127.0.0.1' },
  });
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Route>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ ...one, route: `${method.toUpperCase()} ${path}` })),
  );
}

async function routes(): Promise<string> {
  const rows = (await operations()).map(({ route, summary, description }) => [
    `\`${route}\``,
    (summary ?? description ?? '').split('\n')[0] ?? '',
  ]);
  return table(['route', 'does'], rows);
}

function roles(): string {
  const rows = RIGHTS.map((right) => [
    `\`${right}\``,
    ...ROLES.map((role) => ((RIGHTS_OF[role] as readonly Right[]).includes(right) ? 'yes' : '')),
  ]);
  return table(['right', ...ROLES], rows);
}

async function rightsOfRoutes(): Promise<string> {
  const rows = (await operations()).map(({ route, 'x-right': right }) => [
    `\`${route}\``,
    right === undefined ? '-' : `\`${right}\``,
  ]);
  return table(['route', 'right'], rows);
}

async function rightsOfCommands(): Promise<string> {
  const rights = new Map((await operations()).map(({ route, 'x-right': right }) => [route, right ?? '-']));
  const rows = Object.entries(ASKS).map(([command, asked]) => [
    `\`${command}\``,
    [...new Set(asked.map((route) => `\`${rights.get(route)}\``))].join(', '),
    asked.map((route) => `\`${route}\``).join(', '),
  ]);
  return table(['command', 'right', 'by'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n').replaceAll('|  |', '| |');
}
