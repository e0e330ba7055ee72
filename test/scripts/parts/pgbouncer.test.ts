import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Target } from '../../../activities/targets/registry';
import { findPgBouncer, type PgBouncerPart, startPgBouncer } from '../../../scripts/parts/pgbouncer';
import { type PostgresPart, startPostgres } from '../../../scripts/parts/postgres-server';
import { runFolder } from '../../support/shared';

/** Absent in CI is a failure; elsewhere the tests say loudly that they did not run. */
const present = findPgBouncer() !== null || process.env['CI'] !== undefined;
if (!present) console.warn('NOT TESTED: no pgbouncer in PATH or /usr/sbin; install the package pgbouncer');

(present ? describe : describe.skip)('a PgBouncer in front of two servers', () => {
  let servers: PostgresPart[];
  let bouncer: PgBouncerPart;
  const ask = async (url: string, text: string): Promise<object[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const consoleUrl = (): string => `postgresql://${bouncer.consoleUser}:${bouncer.consolePassword}@127.0.0.1:${bouncer.port}/pgbouncer`;

  beforeAll(async () => {
    const folder = join(runFolder(), `pgbouncer-${process.pid}`);
    servers = await Promise.all(
      [1, 2].map(async (n) => {
        const server = await startPostgres({ major: 18, dataDirectory: `${folder}-pg${n}`, durable: false });
        await ask(server.url(), `create role app login password 'app'`);
        await ask(server.url(), 'create database shop');
        return server;
      }),
    );
    bouncer = await startPgBouncer({ folder, database: 'shop', node: { host: '127.0.0.1', port: servers[0]?.port ?? 0 } });
  });
  afterAll(async () => {
    await bouncer?.stop();
    await Promise.all(servers.map((server) => server.stop('immediate')));
  });

  it('serves, and its endpoint is one of targets.yaml', async () => {
    expect(await ask(bouncer.url(), 'select current_user as user, inet_server_port() as port')).toEqual([{ user: 'app', port: servers[0]?.port }]);
    expect(Target.shape.endpoint.parse(bouncer.endpoint)).toMatchObject({ by: 'pgbouncer', database: 'shop' });
  });

  it('points elsewhere when the included file is rewritten', async () => {
    const text = readFileSync(bouncer.file, 'utf8');
    expect(text.split('\n')[0]).toBe(';; pg-runbooks token=0');
    await ask(consoleUrl(), 'pause "shop"');
    writeFileSync(bouncer.file, text.replace(/port=\d+/, `port=${servers[1]?.port}`));
    await ask(consoleUrl(), 'reload');
    await ask(consoleUrl(), 'resume "shop"');
    expect(await ask(bouncer.url(), 'select inet_server_port() as port')).toEqual([{ port: servers[1]?.port }]);
  });
});
