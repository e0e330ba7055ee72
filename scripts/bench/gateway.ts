import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import { ControlDatabase } from '../../activities/control/database';
import { pollUntil } from '../parts/poll-until';
import { alertLoad, CHANGES, LOOKS, webhookBody } from './alert-load';
import { measureAlertmanager } from './alertmanager';
import { forkGateway } from './forked-gateway';
import { forkWorker } from './forked-worker';
import { measureHostileBodies, type HostileBodies } from './hostile-bodies';
import { round } from './numbers';
import { openLoop, type Answers } from './open-loop';
import { progress, TARGET, type Setting } from './setting';

export interface GatewayUnderLoad {
  readonly answers: Answers;
  /** Deliveries that were not accepted, and accepted ones that the inbox does not have. */
  readonly lost: number;
  readonly residentMb: readonly [start: number, end: number];
  readonly episodes: number;
  readonly runs: number;
  /** Runs that were asked for and that Temporal has not. */
  readonly missing: number;
  /** Starts that break a storm rule: a second live run of a target, or more in the hour than allowed. */
  readonly overLimit: number;
  readonly held: number;
  readonly joined: number;
  /** The same alerts posted to Alertmanager's own API; null where it is not found. */
  readonly alertmanager: Answers | null;
  readonly p99OverAlertmanager: number | null;
  /** The same delivery very often at once. */
  readonly burst: { readonly deliveries: number; readonly accepted: number; readonly seconds: number; readonly runs: number };
  readonly hostile: HostileBodies;
}

const NAMESPACE = 'bench-gateway';
const TARGETS = Array.from({ length: 50 }, (_, i) => `db-${i + 1}`);
const CALM = 'db-calm';
const SECONDS = 60;
const PER_SECOND = 10_000 / SECONDS;
const BURST = 1_000;
const STARTS_PER_HOUR = 3;
const TOKEN = 'a-token-of-the-benchmark';
const ROUTES = {
  sources: { am: { kind: 'alertmanager', authentication: { by: 'bearer', tokens: [{ env: 'BENCH_TOKEN' }] }, targets: 'all' } },
  routes: [
    { name: 'look', match: { alertname: LOOKS }, runbook: 'diagnoseDatabase' },
    { name: 'change', match: { alertname: CHANGES }, runbook: 'relieveConnectionExhaustion', input: { freeSlots: 20, idleLongerThan: '15 minutes' } },
  ],
  limits: { startsPerHour: STARTS_PER_HOUR },
};

/** The gateway in a process of its own, with a real inbox, Temporal and a worker, under an open-loop load of alerts, and under a burst. */
export async function measureGateway(setting: Setting, quick: boolean): Promise<GatewayUnderLoad> {
  const { folder, address, postgres } = setting;
  const { targets } = JSON.parse(readFileSync(setting.targetsFile, 'utf8')) as { targets: Record<string, object> };
  const targetsFile = join(folder, 'gateway-targets.json');
  writeFileSync(targetsFile, JSON.stringify({ targets: Object.fromEntries([...TARGETS, CALM].map((name) => [name, targets[TARGET]])) }));
  const routes = join(folder, 'routes.yaml');
  writeFileSync(routes, JSON.stringify(ROUTES));
  const login = (user: string): string => `postgresql://${user}@${postgres.host}:${postgres.port}/postgres`;
  const control = new ControlDatabase({ url: login('rb_journal:journal'), gatewayUrl: login('rb_gateway:gateway') });
  await control.migrate(postgres.url('postgres'));
  await control.close();
  const worker = await forkWorker({ ...setting, targetsFile, controlUrl: login('rb_journal:journal') }, NAMESPACE);
  const gateway = await forkGateway({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    RUNBOOKS_TARGETS: targetsFile,
    RUNBOOKS_ROUTES: routes,
    RUNBOOKS_CONTROL_GATEWAY_URL: login('rb_gateway:gateway'),
    BENCH_TOKEN: TOKEN,
  });
  const inbox = new Postgres({ connectionString: postgres.url('postgres') });
  await inbox.connect();
  const ask = async (query: string): Promise<number> => Number((await inbox.query<{ n: string }>(query)).rows[0]?.n ?? NaN);
  try {
    const door = { url: `${gateway.url}/webhooks/am`, headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` } };
    const shot = (body: string) => ({ ...door, body });
    const load = alertLoad(Math.round(PER_SECOND * (quick ? SECONDS / 10 : SECONDS)), TARGETS);
    const start = gateway.residentMb();
    progress(`gateway: ${load.length} deliveries at ${Math.round(PER_SECOND)} a second`);
    const answers = await openLoop(
      load.map((alert) => shot(webhookBody(alert))),
      PER_SECOND,
    );
    const end = gateway.residentMb();
    const stored = await ask('select sum(times) as n from runbooks_control.alert_delivery where answered_at is not null');
    progress(`gateway: ${BURST} identical deliveries at once`);
    const calm = webhookBody({ labels: { alertname: LOOKS, target: CALM }, startsAt: new Date().toISOString(), status: 'firing' });
    const burst = await openLoop(
      Array.from({ length: BURST }, () => shot(calm)),
      Infinity,
    );
    await pollUntil(async () => (await ask('select count(*) as n from runbooks_control.alert_run where accepted_at is null')) === 0, 15_000, 200);
    const runs = await ask('select count(*) as n from runbooks_control.alert_run');
    const countEpisodes = (is: string): Promise<number> => ask(`select count(*) as n from runbooks_control.alert_episode where state = '${is}'`);
    const temporalHas = (await pollUntil(async () => (await countStarted(setting)) >= runs && runs, 15_000, 500)) ?? (await countStarted(setting));
    progress('gateway: bodies that nobody who means well would send');
    const hostile = await measureHostileBodies({ ...door, residentMb: () => gateway.residentMb() });
    progress("gateway: the same alerts posted to Alertmanager's own API");
    const alertmanager = await measureAlertmanager(folder, load, PER_SECOND);
    return {
      answers,
      lost: load.length - Math.min(answers.statuses['202'] ?? 0, stored),
      residentMb: [start, end],
      episodes: await ask('select count(*) as n from runbooks_control.alert_episode'),
      runs,
      missing: runs - temporalHas,
      overLimit: await ask(OVER_LIMIT),
      held: await countEpisodes('held'),
      joined: await countEpisodes('joined'),
      alertmanager,
      p99OverAlertmanager: alertmanager && round(answers.p99Ms / alertmanager.p99Ms),
      burst: {
        deliveries: BURST,
        accepted: burst.statuses['202'] ?? 0,
        seconds: burst.seconds,
        runs: await ask(`select count(*) as n from runbooks_control.alert_run where target = '${CALM}'`),
      },
      hostile,
    };
  } finally {
    await inbox.end();
    await gateway.stop();
    await worker.kill();
  }
}

/** Runs of alerts that Temporal has, ended ones too. */
async function countStarted(setting: Setting): Promise<number> {
  const { count } = await setting.client(NAMESPACE).workflow.count(`WorkflowType in ('diagnoseDatabase', 'relieveConnectionExhaustion')`);
  return count;
}

const OVER_LIMIT = `
select count(*) as n from runbooks_control.alert_run a
 where (select count(*) from runbooks_control.alert_run b where b.target = a.target and b.asked_at <= a.asked_at and b.asked_at > a.asked_at - 3600000) > ${STARTS_PER_HOUR}
    or exists (select from runbooks_control.alert_run b where b.target = a.target and b.workflow_id <> a.workflow_id
                 and b.asked_at <= a.asked_at and coalesce(b.ended_at, 9e15) > a.asked_at)`;
