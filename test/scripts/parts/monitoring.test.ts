import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { missingForMonitoring, startMonitoring, type MonitoringPart } from '../../../scripts/parts/monitoring';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { projectRoot } from '../../../scripts/parts/project-root';
import { runFolder } from '../../support/shared';

/** Absent in CI is a failure; elsewhere the tests say loudly that they did not run. */
const missing = missingForMonitoring();
const present = missing.length === 0 || process.env['CI'] !== undefined;
if (!present) console.warn(`NOT TESTED: install the packages ${missing.join(', ')}`);

interface Delivery {
  readonly bearer: string | undefined;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { status: string; labels: Record<string, string>; annotations: Record<string, string>; startsAt: string }[];
}

describe.each([15, 18] as const)('PostgreSQL %i watched by a real Prometheus', (major) => {
  const folder = join(runFolder(), `monitoring-${process.pid}-${major}`);
  const received: Delivery[] = [];
  const clients: Client[] = [];
  let server: PostgresPart;
  let receiver: Server;
  let monitoring: MonitoringPart;

  beforeAll(async () => {
    if (!present) return;
    server = await startPostgres({ major, dataDirectory: `${folder}-pg`, durable: false, settings: { max_connections: 40, wal_level: 'replica' } });
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        received.push({ ...(JSON.parse(body) as Delivery), bearer: request.headers.authorization });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    monitoring = await startMonitoring({
      folder,
      target: { name: 'shop', url: server.url() },
      webhook: { url: `http://127.0.0.1:${port}/webhooks/alertmanager`, bearer: 'of-the-test' },
      rules: { for: '1s' },
    });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    await monitoring?.stop();
    await new Promise((resolve) => (receiver ? receiver.close(resolve) : resolve(null)));
    receiver?.closeAllConnections();
    await server?.stop('immediate');
  });
  const connected = async (): Promise<Client> => {
    const client = new Client({ connectionString: server.url() });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const delivered = (alert: string, status: string) =>
    received.flatMap((one) => one.alerts.filter((a) => a.status === status && a.labels['alertname'] === alert).map((a) => ({ ...one, ...a })))[0];
  const ours = present ? it : it.skip;

  ours('the exporter gives every metric that a rule reads', async () => {
    const client = await connected();
    await client.query(`select pg_create_physical_replication_slot('gone', true)`);
    const metrics = await pollUntil(async () => {
      const text = await (await fetch(monitoring.metricsUrl)).text();
      return text.includes('pg_replication_slots_active{') && text;
    }, 10_000);
    await client.query(`select pg_drop_replication_slot('gone')`);
    const rules = readFileSync(join(projectRoot(), 'deploy/prometheus/rules.yaml'), 'utf8').replace(/^ *#.*$/gm, '');
    const read = [...new Set([...rules.matchAll(/\bpg_(?:up|[a-z]+_[a-z_]+)\b/g)].map(([name]) => name))];
    // In newer exporters, or in newer servers.
    const elsewhere = ['pg_replication_lag_seconds', ...(major < 16 ? ['pg_settings_reserved_connections'] : [])];
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((name) => !elsewhere.includes(name) && !new RegExp(`^${name}[{ ]`, 'm').test(metrics ?? ''))).toEqual([]);
  });

  ours('the watchdog barks', async () => {
    expect(await pollUntil(() => delivered('Watchdog', 'firing'), 30_000)).toMatchObject({ bearer: 'Bearer of-the-test' });
  });

  ours('used connections alert, with the target, and the end of it is told too', async () => {
    expect(delivered('ConnectionsNearLimit', 'firing')).toBeUndefined();
    // 37 slots are for ordinary roles; more than 80 % of them.
    for (let n = 0; n < 31; n++) await connected();
    const firing = await pollUntil(() => delivered('ConnectionsNearLimit', 'firing'), 30_000);
    expect(firing).toMatchObject({
      bearer: 'Bearer of-the-test',
      groupLabels: { alertname: 'ConnectionsNearLimit', target: 'shop' },
      labels: { severity: 'warning', target: 'shop' },
      annotations: { summary: expect.stringMatching(/^(8|9)\d % of the connection slots of shop are used$/), runbook: 'relieveConnectionExhaustion' },
    });
    await Promise.all(clients.splice(0).map((client) => client.end()));
    const resolved = await pollUntil(() => delivered('ConnectionsNearLimit', 'resolved'), 30_000);
    expect(resolved).toMatchObject({ labels: { target: 'shop' }, startsAt: firing?.startsAt });
  });

  ours('a database that is down alerts', async () => {
    await server.stop('immediate');
    expect(await pollUntil(() => delivered('DatabaseDown', 'firing'), 30_000)).toMatchObject({ labels: { severity: 'critical', target: 'shop' } });
    await server.restart();
    expect(await pollUntil(() => delivered('DatabaseDown', 'resolved'), 30_000)).toBeDefined();
  });
});
