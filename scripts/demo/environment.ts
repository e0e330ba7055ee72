import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ControlDatabase } from '../../activities/control/database';
import { projectRoot } from '../parts/project-root';
import { startPostgres, type PostgresPart } from '../parts/postgres-server';
import { passwordVariables, prepareTarget } from '../parts/target-setup';
import { provideTemporal, type TemporalPart } from '../parts/temporal-server';
import { ACCOUNTS, startAccountsCluster, type AccountsCluster } from './accounts-cluster';
import { prepareAlerting, type Alerting } from './alerting';
import { exhaustConnections, fillRefreshQueue, installOldExtension, makeApplicationRoles, type Trouble } from './trouble';

/** Everything that the demo stands on, started and ready. */
export interface DemoEnvironment {
  readonly folder: string;
  readonly temporal: TemporalPart;
  readonly servers: readonly PostgresPart[];
  readonly trouble: Trouble;
  readonly accounts: AccountsCluster;
  readonly orders: PostgresPart;
  readonly alerting: Alerting;
  /** The variables by which a worker or the CLI finds all of it. */
  readonly variables: Record<string, string>;
}

const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** Starts Temporal, the control database and two targets with realistic trouble; keeps its files in `.demo`, or where PG_RUNBOOKS_DEMO_FOLDER says. */
export async function startEnvironment(): Promise<DemoEnvironment> {
  const folder = process.env['PG_RUNBOOKS_DEMO_FOLDER'] ?? join(projectRoot(), '.demo');
  mkdirSync(join(folder, 'reports'), { recursive: true });
  const temporal = await provideTemporal({ databaseFile: join(folder, 'temporal.db'), ui: true, say });
  say(`Temporal      ${temporal.address}, web UI ${temporal.uiUrl ?? 'none'}`);
  const control = await startPostgres({ major: 18, dataDirectory: join(folder, 'control'), durable: false, ownIdentity: true, say });
  const orders = await startPostgres({
    major: 18,
    dataDirectory: join(folder, 'orders'),
    durable: false,
    ownIdentity: true,
    settings: { max_connections: 40, reserved_connections: 5 },
    say,
  });
  const billing = await startPostgres({ major: 15, dataDirectory: join(folder, 'billing'), durable: false, ownIdentity: true, say });
  const targets: Record<string, object> = {};
  for (const [server, name, database] of [
    [orders, 'orders-eu', 'orders'],
    [billing, 'billing-eu', 'billing'],
  ] as const) {
    await makeApplicationRoles(server);
    targets[name] = await prepareTarget(server, { name, database, environment: 'demo', applicationRoles: ['app_web', 'app_batch'] });
    say(`target        ${name}: PostgreSQL ${server.version} on ${server.host}:${server.port}, database ${database}`);
  }
  const accounts = await startAccountsCluster(folder);
  targets[ACCOUNTS] = accounts.target;
  say(accounts.says);
  const trouble = await exhaustConnections(orders, 'orders');
  await installOldExtension(orders, 'orders', 'pg_trgm', '1.5');
  await installOldExtension(billing, 'billing', 'hstore', '1.4');
  await fillRefreshQueue(billing, 'billing', 5_000);
  say('trouble       26 of 32 usable slots of orders-eu are held by idle sessions; pg_trgm and hstore are behind;');
  say('              5000 refreshes are queued in billing-eu, the oldest for 3 hours, and a TVIEW is stale');
  const alerting = await prepareAlerting(folder, temporal.uiUrl, temporal.namespace);
  const variables = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    RUNBOOKS_TARGETS: join(folder, 'targets.yaml'),
    ...(await controlVariables(control)),
    ...alerting.variables,
    ...passwordVariables('orders-eu'),
    ...passwordVariables('billing-eu'),
    ...passwordVariables(ACCOUNTS),
    ...(temporal.uiUrl ? { TEMPORAL_UI_URL: temporal.uiUrl } : {}),
  };
  writeFileSync(join(folder, 'targets.yaml'), stringify({ targets }));
  writeFileSync(join(folder, 'environment.json'), JSON.stringify(variables, null, 2), { mode: 0o600 });
  return { folder, temporal, servers: [control, orders, billing], trouble, accounts, orders, alerting, variables };
}

async function controlVariables(control: PostgresPart): Promise<Record<string, string>> {
  const url = (user: string, password: string): string => `postgresql://${user}:${password}@${control.host}:${control.port}/postgres`;
  const variables = {
    RUNBOOKS_CONTROL_ADMIN_URL: control.url(),
    RUNBOOKS_CONTROL_URL: url('rb_journal', 'journal-demo'),
    RUNBOOKS_CONTROL_READ_URL: url('rb_auditor', 'auditor-demo'),
    RUNBOOKS_CONTROL_GATEWAY_URL: url('rb_gateway', 'gateway-demo'),
  };
  const database = new ControlDatabase({
    url: variables.RUNBOOKS_CONTROL_URL,
    readUrl: variables.RUNBOOKS_CONTROL_READ_URL,
    gatewayUrl: variables.RUNBOOKS_CONTROL_GATEWAY_URL,
  });
  await database.migrate(control.url());
  await database.close();
  say(`control db    PostgreSQL ${control.version} on ${control.host}:${control.port}`);
  return variables;
}
