import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { interleave, ratioOf, seriesOf, time, type Series } from './numbers';
import { ITEMS } from './operations';
import { hasPsql, previewPlainly, psql, readPlainly, readSql, writePlainly, writeSql } from './plain-sql';
import { hopsOf, phasesOf, type Hops, type Phase } from './phases';
import { BARE_QUEUE, plainConnections, startWorkers, WHOLE_RUN_NAMESPACE, type Plain } from './whole-run-workers';
import { progress, TARGET, TASK_QUEUE, type Setting } from './setting';

export interface WholeRun {
  readonly overBareTemporal: number;
  /** Against a bare workflow that also reads everything once before it previews, as a rehearsal must. */
  readonly overBareTemporalWithRehearsal: number;
  readonly overPg: number;
  readonly overPsqlPerStep: number | null;
  readonly ms: Readonly<Record<string, number>>;
  readonly events: { readonly runbook: number; readonly bareTemporal: number };
  readonly phasesMs: Readonly<Record<Phase, number>>;
  readonly hops: { readonly runbook: Hops; readonly bareTemporal: Hops };
  readonly spreads: Readonly<Record<string, Series>>;
}

/** The ten-step runbook against the same SQL in a bare workflow, in one pg client and in one psql process a step. */
export async function measureWholeRun(setting: Setting, quick: boolean): Promise<WholeRun> {
  const client = setting.client(WHOLE_RUN_NAMESPACE);
  const plain = await plainConnections(setting);
  const workers = await startWorkers(setting, plain);
  const ids = { runbook: [] as string[], bare: [] as string[] };
  try {
    const ways = {
      runbook: (round: number) => time(() => runRunbook(client, note(ids.runbook, round))),
      bare: (round: number) => time(() => runBare(client, note(ids.bare, round), false)),
      bareRehearsed: () => time(() => runBare(client, `bare/${randomUUID()}`, true)),
      pg: () => time(() => runPg(plain)),
      ...((await hasPsql()) ? { psql: () => time(() => runPsql(setting)) } : {}),
    };
    if (!('psql' in ways)) progress('SKIPPED: there is no psql on PATH, so nothing is compared with it');
    progress('whole run: warming up and measuring');
    const times = await interleave<string>(ways, quick ? 8 : 30, 4);
    return await results(client, times, ids);
  } finally {
    await workers.stop();
    await Promise.all([plain.read.end(), plain.own.end()]);
  }
}

async function results(client: Client, times: Record<string, number[]>, ids: { runbook: string[]; bare: string[] }): Promise<WholeRun> {
  const of = (name: string): number[] => times[name] ?? [];
  const bare = ratioOf(of('runbook'), of('bare'));
  const rehearsed = ratioOf(of('runbook'), of('bareRehearsed'));
  const pg = ratioOf(of('runbook'), of('pg'));
  const psqlRatio = times['psql'] ? ratioOf(of('runbook'), of('psql')) : null;
  const historiesOf = (some: string[]) => Promise.all(some.map((id) => client.workflow.getHandle(id).fetchHistory()));
  const [histories, bareHistories] = [await historiesOf(ids.runbook), await historiesOf(ids.bare)];
  const events = (some: typeof histories): number => seriesOf(some.map((history) => history.events?.length ?? 0)).median;
  return {
    overBareTemporal: bare.ratio,
    overBareTemporalWithRehearsal: rehearsed.ratio,
    overPg: pg.ratio,
    overPsqlPerStep: psqlRatio?.ratio ?? null,
    ms: Object.fromEntries(Object.entries(times).map(([name, values]) => [name, seriesOf(values).median])),
    events: { runbook: events(histories), bareTemporal: events(bareHistories) },
    phasesMs: phasesOf(histories),
    hops: { runbook: hopsOf(histories), bareTemporal: hopsOf(bareHistories) },
    spreads: {
      overBareTemporal: bare.spread,
      overBareTemporalWithRehearsal: rehearsed.spread,
      overPg: pg.spread,
      ...(psqlRatio ? { overPsqlPerStep: psqlRatio.spread } : {}),
      ...Object.fromEntries(Object.entries(times).map(([name, values]) => [`${name}Ms`, seriesOf(values)])),
    },
  };
}

function note(ids: string[], round: number): string {
  const id = `bench/${randomUUID()}`;
  if (round >= 0) ids.push(id);
  return id;
}

let amount = 1;

async function runRunbook(client: Client, workflowId: string): Promise<void> {
  const args = [{ target: TARGET, amount: amount++ }];
  const result = (await client.workflow.execute('tenSteps', { workflowId, taskQueue: TASK_QUEUE, args })) as { outcome: string };
  if (result.outcome !== 'done') throw new Error(`The run ended with ${result.outcome}.`);
}

async function runBare(client: Client, workflowId: string, rehearseReads: boolean): Promise<void> {
  const args = [{ amount: amount++, names: [...ITEMS], rehearseReads }];
  await client.workflow.execute('bare', { workflowId, taskQueue: BARE_QUEUE, args });
}

async function runPg({ read, own }: Plain): Promise<void> {
  const now = amount++;
  for (const name of ITEMS) await previewPlainly(read, name);
  await readPlainly(read, 'apples');
  await readPlainly(read, 'pears');
  for (const name of ITEMS) {
    await writePlainly(own, { name, amount: now });
    await readPlainly(read, name);
  }
}

async function runPsql({ postgres }: Setting): Promise<void> {
  const now = amount++;
  const url = new URL(postgres.url(TARGET));
  await psql(url, readSql('apples'));
  await psql(url, readSql('pears'));
  for (const name of ITEMS) {
    await psql(url, writeSql({ name, amount: now }));
    await psql(url, readSql(name));
  }
}
