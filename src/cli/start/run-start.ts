import { FLEETS } from '../../../fleets/index.ts';
import type { HostEvent } from '../../host/index.ts';
import { startPlatform, type Platform } from '../../platform.ts';
import { messageOf } from '../../vocabulary/index.ts';
import { counted, duration } from '../humane.ts';
import { publishDiscovery, removeDiscovery } from '../discovery.ts';
import { EXIT, type Exit, type Session } from '../session.ts';
import { checkRecord } from './check-record.ts';
import { firstPart } from './first-part.ts';
import { highlights } from './highlights.ts';
import { listenForInterrupt, type Interrupt } from './interrupt.ts';
import { showProgress, type Progress } from './progress.ts';
import { isWhole, reportOf } from './report.ts';
import { summary, whereToLook } from './summary.ts';

export interface StartOptions {
  readonly untilIdle: boolean;
  /** Work through everything that ships, not only the first part. */
  readonly all: boolean;
  /** Feed the shipped records at all. */
  readonly work: boolean;
  /** Only the first so many records of each fleet. */
  readonly most: number | undefined;
  readonly policies: string | undefined;
}

/** So much trouble is told line by line; what comes after is only counted. */
const MOST_TROUBLE_LINES = 10;

/**
 * Starts the platform, works through the shipped records, says what came of it, and serves until it is asked to stop.
 *
 * Ends with everything stopped: no process of ours is left, and the next start goes on from where this one was.
 */
export async function runStart(session: Session, options: StartOptions): Promise<Exit> {
  const children = new Map<string, number>();
  const force = () => {
    endNow(children);
    session.note('stopped by force; what was under way is settled at the next start');
    process.exit(EXIT.interrupted);
  };
  const interrupt = listenForInterrupt(force);
  const crash = (error: unknown) => {
    endNow(children);
    session.note(`reeve: the platform broke: ${messageOf(error)}`);
    if (error instanceof Error && session.config.logLevel === 'debug') session.note(error.stack ?? '');
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', crash);
  const say = createSay(session, () => interrupt.isAsked);
  let platform: Platform | null = null;
  try {
    session.note(`starting in ${session.config.dataDir} ...`);
    platform = await startPlatform({
      config: session.config,
      fleets: FLEETS,
      ...(options.policies !== undefined && { policies: options.policies }),
      onHostEvent: (event) => {
        if (event.pid === undefined) children.delete(event.child);
        else children.set(event.child, event.pid);
        say.hostEvent(event);
      },
      onTrouble: (what) => say.trouble(what),
    });
    const { url, token, fabric, host } = platform;
    publishDiscovery(host.dataDir, { url, pid: process.pid, startedAt: new Date().toISOString() });
    const startUpMs = process.uptime() * 1_000;
    session.note(
      `started in ${duration(startUpMs)}: ${counted(fabric.registry.agents.length, 'agent')}, API at ${url}`,
    );
    if (token.fresh) {
      session.note(`its token, kept in ${token.path}: ${token.text}`);
      session.note(`sign in with a browser, once, within 15 minutes: ${await platform.signInLink()}`);
    }
    return await workAndServe({ session, options, platform, interrupt, say, startUpMs });
  } finally {
    if (interrupt.isAsked) session.note('stopping (Ctrl-C again to force) ...');
    if (platform !== null) removeDiscovery(platform.host.dataDir);
    await platform?.stop();
    if (platform !== null && (interrupt.isAsked || options.untilIdle)) {
      session.note('stopped: all is on record, and the next start goes on from here');
    }
    process.off('uncaughtException', crash);
    interrupt.close();
  }
}

interface Running {
  readonly session: Session;
  readonly options: StartOptions;
  readonly platform: Platform;
  readonly interrupt: Interrupt;
  readonly say: Say;
  readonly startUpMs: number;
}

async function workAndServe(running: Running): Promise<Exit> {
  const { session, options, platform, interrupt } = running;
  if (interrupt.isAsked) return EXIT.interrupted;
  const before = await platform.counts();
  if (before.events > 0) {
    const open = before.runs.queued > 0 ? `, ${counted(before.runs.queued, 'run')} not finished` : '';
    session.note(`going on from the last stop: ${counted(before.events, 'event')} on record${open}`);
  }
  const began = Date.now();
  const worked = await Promise.race([workThrough(running).then(() => true), interrupt.asked.then(() => false)]);
  if (!worked) return options.untilIdle ? EXIT.interrupted : EXIT.ok;
  const workMs = Date.now() - began;

  session.note('sealing, exporting and verifying the record, reconciling with the journals of the systems ...');
  const check = await checkRecord(platform);
  const [counts, reconciliation, seen] = [
    await platform.counts(),
    await platform.reconcile(),
    await highlights(platform.pool),
  ];
  const agents = platform.fabric.registry.agents.length;
  const allMs = process.uptime() * 1_000;
  const report = reportOf({ agents, counts, check, reconciliation, seconds: allMs / 1_000 });
  const admitted = counts.events - before.events;
  const parts = { agents, fleets: FLEETS.length, counts, highlights: seen, check, reconciliation };
  const place = { url: platform.url, tokenFile: platform.token.path, reeve: reeveFor(session) };
  const lines = [
    '',
    ...summary({ ...parts, admitted, workMs, startUpMs: running.startUpMs, allMs }, session.paint),
    '',
    ...(options.untilIdle ? [] : [...whereToLook(seen, place, session.paint), '']),
  ];
  if (session.json) for (const line of lines) session.note(line);
  session.answer(report, () => lines);
  if (!options.untilIdle && !interrupt.isAsked) {
    session.note('serving until Ctrl-C');
    await interrupt.asked;
  }
  return isWhole(report, reconciliation) ? EXIT.ok : EXIT.failed;
}

/** Feeds every fleet's records at once, and waits until all that was admitted has ended or waits for a person. */
async function workThrough({ session, options, platform, say }: Running): Promise<void> {
  const { fabric } = platform;
  const progress = showProgress({
    live: session.live,
    paint: session.paint,
    width: session.streams.stderr.columns ?? 80,
    write: (text) => void session.streams.stderr.write(text),
    status: () => fabric.status(),
    now: () => Date.now(),
  });
  say.over(progress);
  try {
    if (options.work) {
      const fleets = options.most === undefined ? FLEETS : FLEETS.map((fleet) => firstPart(fleet, options.most ?? 0));
      await Promise.all(fleets.map((fleet) => fabric.feed(fleet, { all: options.all })));
    }
    await fabric.idle();
  } finally {
    progress.stop();
    say.over(null);
  }
}

/** How the user calls us for the same data folder. */
function reeveFor({ config }: Session): string {
  return config.dataDir === `${process.cwd()}/.reeve` ? 'npx reeve' : `npx reeve --data-dir ${config.dataDir}`;
}

/** Kills the children and all that they started: each leads a process group of its own. The simulator ends by itself. */
function endNow(children: ReadonlyMap<string, number>): void {
  for (const pid of children.values()) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}

interface Say {
  trouble(what: string): void;
  hostEvent(event: HostEvent): void;
  /** From now on lines go above this drawing. */
  over(progress: Progress | null): void;
}

function createSay(session: Session, stopping: () => boolean): Say {
  let progress: Progress | null = null;
  let troubles = 0;
  const note = (line: string) => (progress === null ? session.note(line) : progress.note(line));
  return {
    trouble(what) {
      // What breaks off because we stop is taken up at the next start, and nobody's trouble.
      if (stopping()) return;
      troubles += 1;
      if (session.config.logLevel === 'error' || troubles > MOST_TROUBLE_LINES) return;
      note(session.paint.warn(`trouble: ${what}`));
      if (troubles === MOST_TROUBLE_LINES) note(`more of it is only counted: see \`${reeveFor(session)} status\``);
    },
    hostEvent({ child, state, reason, restarts }) {
      if (state === 'restarting' || state === 'unhealthy') {
        const before = restarts === 0 ? '' : `, after ${counted(restarts, 'restart')}`;
        note(session.paint.warn(`${child} is ${state}${before}: ${reason ?? 'no reason known'}`));
      }
    },
    over: (next) => (progress = next),
  };
}
