import { resolve } from 'node:path';
import { z } from 'zod';
import { Misuse } from '../vocabulary/index.ts';

const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `expected a URL that begins with ${protocols.map((protocol) => `\`${protocol}//\``).join(' or ')}`,
  });
const count = (most: number) => z.coerce.number().int().min(1).max(most);

/**
 * Every setting: its name, its default and why it is what it is. The environment variable of `maxBodyBytes` is
 * `REEVE_MAX_BODY_BYTES`, and so on for all.
 */
const Settings = z.object({
  dataDir: z
    .string()
    .min(1)
    .default('.reeve')
    .describe('the folder that holds all state; made readable by its owner only'),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7070)
    .describe('where the HTTP API listens, on loopback; a taken port is stepped over; 0 takes any free one'),
  environment: z
    .enum(['development', 'production'])
    .default('development')
    .describe('what policies are told; some hold in production only'),
  databaseUrl: url(['postgres:', 'postgresql:'])
    .optional()
    .describe('a PostgreSQL 16 or newer to use; without it one is run in the data folder'),
  restateIngress: url(['http:', 'https:'])
    .optional()
    .describe('the ingress of a Restate server to use; without it one is run in the data folder'),
  restateAdmin: url(['http:', 'https:'])
    .optional()
    .describe('the admin API of that Restate server; set both or neither'),
  restatePartitions: count(64)
    .default(4)
    .describe(
      'partitions of the embedded engine, fixed at first start: 24, its own default, cost a third of the rate on two cores',
    ),
  databaseConnections: count(1_000)
    .default(10)
    .describe('most connections of the pool; the record needs few, as concurrent runs share commits'),
  singleOperatorDelay: count(86_400)
    .default(60)
    .describe('seconds that take the place of the second person, while one person runs the installation alone'),
  seededChecks: z.coerce
    .number()
    .min(0)
    .max(0.2)
    .default(0)
    .describe(
      'of what people are asked, the share that brings a request which can never execute, to see whether they look; 0: none. It needs more than one person',
    ),
  token: z
    .string()
    .regex(/^reeve_[0-9a-f]{64}$/, 'expected an access token: `reeve_` and 64 hexadecimal digits')
    .optional()
    .describe('the access token that commands use; without it the one in the data folder'),
  logLevel: z
    .enum(['error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('the least important line that is logged'),
  color: z.enum(['auto', 'always', 'never']).default('auto').describe('colour in output; `NO_COLOR` means never'),
  maxBodyBytes: count(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('largest request body; what is larger belongs in the blob store'),
  maxQueuedRuns: count(10_000_000)
    .default(10_000)
    .describe('runs that may wait for a slot; one more is answered 429 with Retry-After'),
  concurrencyPerTenant: count(100_000).default(200).describe('runs of one tenant at a time; the others wait in order'),
  concurrencyPerAgent: count(100_000).default(50).describe('runs of one agent at a time; the others wait in order'),
  concurrencyPerTool: count(100_000)
    .default(50)
    .describe('calls of one tool at a time, so that a fleet does not overrun the system behind it'),
});

export type Config = Readonly<z.infer<typeof Settings>>;
export type SettingName = keyof Config;

/** Settings whose value is a secret or may hold one (a URL with a password). */
const SECRET: ReadonlySet<SettingName> = new Set(['databaseUrl', 'restateIngress', 'restateAdmin', 'token']);
const NAMES = Object.keys(Settings.shape) as SettingName[];

/**
 * Reads the settings: `overrides` (the command line) win over the environment, which wins over the defaults. A variable that
 * is empty counts as not set. `dataDir` comes back absolute. This is the only place that reads the environment.
 *
 * @throws Misuse `bad-config` that names every setting that is wrong, unknown or half of a pair.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  overrides: Readonly<Partial<Record<SettingName, string | number>>> = {},
): Config {
  refuseUnknown(env);
  const given: Partial<Record<SettingName, unknown>> = {};
  for (const name of NAMES) {
    const value = overrides[name] ?? env[variableOf(name)];
    if (value !== undefined && value !== '') given[name] = value;
  }
  if (given.color === undefined && (env['NO_COLOR'] ?? '') !== '') given.color = 'never';

  const read = Settings.safeParse(given);
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => {
      const name = issue.path[0] as SettingName;
      const shown = SECRET.has(name) ? 'not usable' : `\`${String(given[name])}\``;
      return `\`${variableOf(name)}\` is ${shown}: ${lowerFirst(issue.message)}`;
    });
    throw new Misuse('bad-config', wrong.join('; '), { fix: 'see `reeve config` for every setting and its default' });
  }
  refuseHalfPair(read.data);
  return Object.freeze({ ...read.data, dataDir: resolve(read.data.dataDir) });
}

/** A setting as people read about it. `value` is there when a config was given, with secrets redacted. */
export interface SettingDescription {
  readonly name: SettingName;
  readonly variable: string;
  readonly default: string | number | undefined;
  readonly why: string;
  readonly value?: string | number | undefined;
}

/** Every setting with its default and why; with `config`, also what is in force. Safe to print. */
export function describeConfig(config?: Config): SettingDescription[] {
  return NAMES.map((name) => {
    const schema: z.ZodType = Settings.shape[name];
    const described = {
      name,
      variable: variableOf(name),
      default: schema.safeParse(undefined).data as string | number | undefined,
      why: schema.description ?? '',
    };
    return config === undefined ? described : { ...described, value: shownValue(name, config[name]) };
  });
}

/** A URL as it may be shown: without its password and without parameters that may be one. */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const shown = new URL(text);
  if (shown.password !== '') shown.password = '***';
  for (const key of shown.searchParams.keys())
    if (/pass|secret|token|key/i.test(key)) shown.searchParams.set(key, '***');
  return shown.href;
}

function shownValue(name: SettingName, value: string | number | undefined): string | number | undefined {
  if (name === 'token' && value !== undefined) return '***';
  return typeof value === 'string' && SECRET.has(name) ? redactUrl(value) : value;
}

function variableOf(name: SettingName): string {
  return 'REEVE_' + name.replaceAll(/[A-Z]/g, (letter) => '_' + letter).toUpperCase();
}

/** A misspelt `REEVE_DATABASE_URL` would start an empty database beside the one that was meant: refused, not ignored. */
function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set(NAMES.map(variableOf));
  const unknown = Object.keys(env).filter((name) => name.startsWith('REEVE_') && !known.has(name));
  if (unknown.length === 0) return;
  throw new Misuse('bad-config', `there is no setting ${unknown.map((name) => `\`${name}\``).join(', ')}`, {
    fix: `the settings are ${[...known].join(', ')}`,
  });
}

function refuseHalfPair(config: z.infer<typeof Settings>): void {
  if ((config.restateIngress === undefined) === (config.restateAdmin === undefined)) return;
  const [set, missing] =
    config.restateAdmin === undefined
      ? ['REEVE_RESTATE_INGRESS', 'REEVE_RESTATE_ADMIN']
      : ['REEVE_RESTATE_ADMIN', 'REEVE_RESTATE_INGRESS'];
  throw new Misuse('bad-config', `\`${set}\` is set without \`${missing}\``, {
    fix: 'set both to use an existing Restate server, or neither to run one in the data folder',
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
