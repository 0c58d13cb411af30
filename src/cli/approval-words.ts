import { showMoney } from '../vocabulary/index.ts';
import type { Approval, ApprovalInFull } from './approval-answers.ts';
import { moment, relative } from './humane.ts';
import { paintState, type Paint } from './paint.ts';
import { printable } from './printable.ts';
import { hiddenIn, visible } from './visible.ts';

/** A question as people read it: exactly what would be executed first, then why it was stopped, who answers, and until when. */
export function sayApproval(approval: ApprovalInFull, paint: Paint, now: number): readonly string[] {
  return [
    `${paint.bold(approval.id)}  ${paintState(paint, approval.state)}  ${paint.dim(printable(approval.why))}`,
    '',
    paint.bold('What would be executed'),
    ...approval.rendered.map(([name, value]) => row(name, value, paint)),
    ...sayHidden(approval, paint),
    ...(approval.original === null
      ? []
      : [row(`before the edit by ${approval.original.editedBy}`, approval.original.argumentsText, paint)]),
    row('digest', approval.digest, paint),
    '',
    paint.bold('Why it was stopped, and who answers'),
    ...approval.requirements.flatMap(({ policy, why, rule, stages, escalations }) => [
      `  ${printable(policy)}: ${printable(why)} ${paint.dim(`(rule ${printable(rule)})`)}`,
      ...stages.map(
        ({ of, need, approved }, stage) =>
          `    stage ${stage + 1}: ${approved} of ${need} from ${printable(of.join(' or '))}`,
      ),
      ...escalations.map(({ at, to }) => `    ${relative(at, now)} it also goes to ${printable(to)}`),
    ]),
    ...(approval.state === 'pending'
      ? [
          `  ${paint.warn('silence refuses it')}: ${relative(approval.expiresAt, now)}, ${moment(approval.expiresAt)} UTC`,
        ]
      : []),
    ...(approval.usableAt === null ? [] : [`  may be used ${relative(approval.usableAt, now)}`]),
    `  you ${approval.you.may ? paint.good('may answer') : paint.bad('may not answer')}: ${printable(approval.you.why)}`,
    ...(approval.you.waitSeconds > 0 ? [`  your approval is taken in ${approval.you.waitSeconds} s`] : []),
    ...part('What people said', [
      ...approval.votes.map(
        ({ person, onBehalfOf, kind, reason, at, stands }) =>
          `${moment(at)}  ${person}${onBehalfOf === null ? '' : ` for ${onBehalfOf}`}  ${kind}${stands ? '' : ' (void: edited since)'}  ${printable(reason)}`,
      ),
      ...approval.remarks.map(({ person, to, text, at }) => `${moment(at)}  ${person} to ${to}: ${printable(text)}`),
    ]),
    ...part('Asked before about this act', approval.rounds.filter(({ id }) => id !== approval.id).map(sayEarlier)),
    ...part('Similar ones before', approval.alike.map(sayEarlier)),
  ];

  function part(heading: string, lines: readonly string[]): readonly string[] {
    return lines.length === 0 ? [] : ['', paint.bold(heading), ...lines.map((line) => `  ${line}`)];
  }
}

/** One line of it, before several are answered together. */
export function sayInOneLine({ id, agent, tool, argumentsText, amount, digest }: Approval): string {
  const money = amount === null ? '' : `  ${showMoney(amount)}`;
  return `${id}  ${printable(agent)} -> ${printable(tool)}${money}\n  ${visible(argumentsText)}\n  ${digest}`;
}

function sayHidden({ argumentsText }: Approval, paint: Paint): readonly string[] {
  const hidden = hiddenIn(argumentsText);
  return hidden === 0 ? [] : [`  ${paint.bad(`${hidden} hidden characters in the arguments`)}, written out as \\u{..}`];
}

function row(name: string, value: string, paint: Paint): string {
  return `  ${paint.dim(name.padEnd(16))} ${visible(value)}`;
}

function sayEarlier({ id, state, why, amount, askedAt }: ApprovalInFull['alike'][number]): string {
  return `${moment(askedAt)}  ${id}  ${state}${amount === null ? '' : `  ${showMoney(amount)}`}  ${printable(why)}`;
}
