import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { PolicyTexts, versionNamed } from '../policy-words.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';

interface Difference {
  readonly from: string;
  readonly to: string;
  readonly added: Readonly<Record<string, string>>;
  readonly gone: Readonly<Record<string, string>>;
  readonly changed: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
  /** Whether schema or approval rules are others. */
  readonly schema: boolean;
  readonly rules: boolean;
}

export function policyDiffCommand(cli: Cli): Command {
  return new Command('diff')
    .summary('what differs between two versions of the policies')
    .argument('<set>', '`shipped`, `log-only`, or the beginning of its digest')
    .argument('[from]', 'what it is compared with', 'enforced')
    .description('Shows, policy by policy, what a version adds, takes away and changes against another.')
    .addHelpText('after', examples(['reeve policy diff shipped', 'what a new release would change']))
    .action((to: string, from: string, _: object, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const { parseLaw } = await import('../../govern/index.ts');
        const [before, after] = await Promise.all(
          [from, to].map(async (name) =>
            client.get(`/v1/policies/${(await versionNamed(name, client)).digest}`, PolicyTexts),
          ),
        );
        if (before === undefined || after === undefined) return;
        const textsOf = ({ sources }: typeof before) =>
          new Map(
            [...parseLaw(sources.policies, sources.schema, 'candidate', sources.rules).policies].map(
              ([id, { text }]) => [id, text],
            ),
          );
        const [was, is] = [textsOf(before), textsOf(after)];
        const difference: Difference = {
          from: before.digest,
          to: after.digest,
          added: Object.fromEntries([...is].filter(([id]) => !was.has(id))),
          gone: Object.fromEntries([...was].filter(([id]) => !is.has(id))),
          changed: Object.fromEntries(
            [...is].flatMap(([id, text]) => {
              const old = was.get(id);
              return old === undefined || old === text ? [] : [[id, { from: old, to: text }]];
            }),
          ),
          schema: before.sources.schema !== after.sources.schema,
          rules: before.sources.rules !== after.sources.rules,
        };
        session.answer(difference, () => shown(difference, session));
      }),
    );
}

function shown({ from, to, added, gone, changed, schema, rules }: Difference, { paint }: Session): readonly string[] {
  const text = (sign: string, whole: string) => whole.split('\n').map((line) => `${sign} ${printable(line)}`);
  const lines = [
    ...Object.values(gone).flatMap((one) => [...text('-', one).map(paint.bad), '']),
    ...Object.values(added).flatMap((one) => [...text('+', one).map(paint.good), '']),
    ...Object.values(changed).flatMap((one) => [
      ...text('-', one.from).map(paint.bad),
      ...text('+', one.to).map(paint.good),
      '',
    ]),
    ...(schema ? ['the schema is another'] : []),
    ...(rules ? ['the approval rules are others'] : []),
  ];
  return lines.length === 0
    ? [`no difference between ${from} and ${to}`]
    : [`from ${from}`, `to   ${to}`, '', ...lines];
}
