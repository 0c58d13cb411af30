import { Command } from 'commander';
import { z } from 'zod';
import { showMoney } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { versionNamed } from '../policy-words.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

const Said = z.looseObject({ verdict: z.string(), policies: z.array(z.string()) });
const Law = z.looseObject({
  agent: z.looseObject({
    name: z.string(),
    tenant: z.string(),
    role: z.string(),
    owner: z.string(),
    expires: z.string(),
  }),
  environment: z.string(),
  law: z.string(),
  capabilities: z.array(
    z.looseObject({
      tool: z.string(),
      class: z.string(),
      risk: z.string(),
      external: z.boolean(),
      resources: z.array(z.string()),
      upTo: z.object({ minor: z.number(), currency: z.string() }).nullable(),
      autonomy: z.string(),
      ordinarily: Said,
      otherwise: z.array(Said.extend({ when: z.record(z.string(), z.array(z.string())) })),
    }),
  ),
  policies: z.record(z.string(), z.looseObject({ why: z.string(), asks: z.string().nullable() })),
  stopped: z.array(z.string()),
  budgets: z.array(z.looseObject({ id: z.string() })),
  grants: z.array(z.looseObject({ id: z.string(), form: z.string(), tool: z.string().nullable() })),
  against: z.looseObject({ law: z.string(), gone: z.array(z.string()), added: z.array(z.string()) }).nullable(),
});
type Law = z.infer<typeof Law>;

export function agentLawCommand(cli: Cli): Command {
  return new Command('law')
    .summary('what an agent may do, within which limits, and who is asked')
    .argument('<agent>', 'its name, as `reeve fleet list` shows it')
    .option(
      '--against <set>',
      'also what another set of policies would make of it: `shipped`, or the beginning of its digest',
    )
    .description(
      'Shows the effective law of an agent on one page: for each tool that it may use, what happens ordinarily, and what in other ' +
        'situations, by which policies, and whom they ask. It is found by judging some 200 situations for each tool, which differ ' +
        'from the ordinary one in one respect or two, under the policies in force. With `--json` it can be compared with another.',
    )
    .addHelpText(
      'after',
      examples(
        ['reeve agent law claims-payment-proposal.desk-1', 'the law of one agent'],
        ['reeve agent law claims-payment-proposal.desk-1 --against shipped', 'what a new release would change for it'],
      ),
    )
    .action((name: string, { against }: { against?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const other = against === undefined ? undefined : (await versionNamed(against, client)).digest;
        const path = `/v1/agents/${encodeURIComponent(name)}/law`;
        const law = await client.get(path, Law, { against: other });
        session.answer(law, () => (law.against === null ? page(law, session) : difference(law.against, session)));
      }),
    );
}

interface Row {
  readonly when: string;
  readonly verdict: string;
  readonly by: string;
}

function page(law: Law, { paint, width }: Session): readonly string[] {
  const { agent, capabilities } = law;
  const rows = capabilities.map(({ ordinarily, otherwise }) => [
    row('ordinarily', ordinarily),
    ...otherwise.map(({ when, ...said }) => row(situation(when), said)),
  ]);
  // What is so for every tool is said once.
  const common = (rows[0] ?? []).slice(1).filter((one) => rows.every((all) => all.some((other) => same(one, other))));
  const asRows = (all: readonly Row[]) =>
    table(
      all,
      [
        { heading: 'when', cell: ({ when }) => when },
        {
          heading: 'then',
          cell: ({ verdict }) => verdict,
          paint: (text, { verdict }) =>
            verdict === 'refused' ? paint.bad(text) : verdict === 'permitted' ? paint.good(text) : paint.warn(text),
        },
        { heading: 'by', cell: ({ by }) => by },
      ],
      { width, heading: paint.dim },
    ).map((line) => `  ${line}`);
  return [
    paint.bold(agent.name),
    `${agent.role} in ${agent.tenant}, ${law.environment}; answers to ${agent.owner}; mandate until ${agent.expires}`,
    `policies ${law.law}`,
    ...(law.stopped.length === 0 ? [] : [paint.bad(`stopped: ${law.stopped.join(', ')}`)]),
    ...capabilities.flatMap(({ tool, class: effect, risk, external, upTo, resources, autonomy }, i) => [
      '',
      `${paint.bold(tool)}  ${effect}, ${risk} risk, ${autonomy}${external ? ', leaves the enterprise' : ''}; ` +
        `${upTo === null ? 'no money' : `up to ${showMoney(upTo)}`}; on ${resources.map(printable).join(', ') || 'any resource'}`,
      ...asRows(
        (rows[i] ?? []).filter((one) => capabilities.length === 1 || !common.some((other) => same(one, other))),
      ),
    ]),
    ...(capabilities.length === 1 || common.length === 0
      ? []
      : ['', paint.bold('for each of these'), ...asRows(common)]),
    '',
    ...table(
      Object.entries(law.policies),
      [
        { heading: 'policy', cell: ([id]) => id },
        { heading: 'asks', cell: ([, { asks }]) => asks ?? '-' },
        { heading: 'why', cell: ([, { why }]) => printable(why) },
      ],
      { width, heading: paint.dim },
    ),
    ...(law.budgets.length === 0 ? [] : [`budgets: ${law.budgets.map(({ id }) => id).join(', ')}`]),
    ...(law.grants.length === 0
      ? []
      : [
          `answers given in advance: ${law.grants.map(({ id, form, tool }) => `${form} ${id} (${tool ?? 'every tool'})`).join(', ')}`,
        ]),
  ];
}

function difference({ law, gone, added }: NonNullable<Law['against']>, { paint }: Session): readonly string[] {
  if (gone.length + added.length === 0) return [`under ${law} it would be the same`];
  return [
    `under ${law}`,
    ...gone.map((line) => paint.bad(`- ${printable(line)}`)),
    ...added.map((line) => paint.good(`+ ${printable(line)}`)),
  ];
}

function row(when: string, { verdict, policies }: z.infer<typeof Said>): Row {
  return { when, verdict, by: policies.join(', ') };
}

function situation(when: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(when)
    .map(([name, ways]) => `${name} ${ways.join(' or ')}`)
    .join(', ');
}

function same(a: Row, b: Row): boolean {
  return a.when === b.when && a.verdict === b.verdict && a.by === b.by;
}
