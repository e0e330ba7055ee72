import { Client } from 'pg';
import type { PostgresPart } from '../parts/postgres-server';
import { layQueuedBed } from '../parts/queued-tviews';

/** What is wrong on the demo's servers: pools that hold nearly all slots, and extensions that are behind. */
export interface Trouble {
  /** Makes it again, whatever has been done against it. */
  repeat(): Promise<void>;
  /** Lets go of the connections that still live. */
  stop(): Promise<void>;
}

const HELD = [
  { role: 'app_web', application: 'web', idle: 14, inTransaction: 6 },
  { role: 'app_batch', application: 'nightly', idle: 3, inTransaction: 2 },
  { role: 'app_batch', application: 'pg_dump', idle: 1, inTransaction: 0 },
] as const;

/** The application roles of the demo; must exist before the logins get their rights on them. */
export async function makeApplicationRoles(postgres: PostgresPart): Promise<void> {
  await asAdmin(postgres, 'postgres', async (admin) => {
    for (const role of ['app_web', 'app_batch']) {
      await admin.query(
        `do $$ begin if not exists (select from pg_roles where rolname = '${role}') then create role ${role} login password 'demo'; end if; end $$`,
      );
      // A limit that an earlier demo left would keep the trouble out.
      await admin.query(`alter role ${role} connection limit -1`);
    }
  });
}

/** Holds connections as badly behaved pools do. */
export async function exhaustConnections(postgres: PostgresPart, database: string): Promise<Trouble> {
  let clients = await holdConnections(postgres, database);
  const stop = async (): Promise<void> => void (await Promise.all(clients.map((client) => client.end().catch(() => undefined))));
  return {
    stop,
    repeat: async () => {
      await stop();
      await makeApplicationRoles(postgres);
      clients = await holdConnections(postgres, database);
    },
  };
}

async function holdConnections(postgres: PostgresPart, database: string): Promise<Client[]> {
  const clients: Client[] = [];
  for (const { role, application, idle, inTransaction } of HELD) {
    for (let i = 0; i < idle + inTransaction; i++) {
      const client = new Client({ host: postgres.host, port: postgres.port, database, user: role, password: 'demo', application_name: application });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(i < idle ? 'select 1' : 'begin');
      clients.push(client);
    }
  }
  return clients;
}

/** Installs an extension in an old version, owned by the login that is to upgrade it. */
export async function installOldExtension(postgres: PostgresPart, database: string, extension: string, version: string): Promise<void> {
  await asAdmin(postgres, database, async (admin) => {
    await admin.query(`grant create on database ${admin.escapeIdentifier(database)} to rb_own`);
    await admin.query(`drop extension if exists ${admin.escapeIdentifier(extension)}; drop schema if exists extensions cascade`);
    await admin.query(`create schema extensions authorization rb_own; set role rb_own`);
    await admin.query(`create extension ${admin.escapeIdentifier(extension)} schema extensions version '${version}'`);
  });
}

/** Lays the queued interface of pg_tviews with a backlog of old refreshes, some of views that no longer exist. */
export async function fillRefreshQueue(postgres: PostgresPart, database: string, entries: number): Promise<void> {
  await asAdmin(postgres, database, async (admin) => {
    await admin.query(`set allow_system_table_mods = on; drop schema if exists pg_tviews_internal cascade; reset allow_system_table_mods;
      drop schema public cascade; create schema public; grant usage on schema public to public`);
    await layQueuedBed(admin);
    await admin.query(
      `insert into pg_tviews_internal.queue
       select case when i % 100 = 0 then 'tv_forgotten' when i % 2 = 0 then 'tv_order' else 'tv_customer' end, now() - interval '3 hours' + i * interval '1 second'
         from generate_series(1, ${entries}) i`,
    );
    await admin.query(`set session_replication_role = replica; update tb_order set total = total + 1; delete from tb_order where pk_order = 7`);
  });
}

async function asAdmin(postgres: PostgresPart, database: string, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: postgres.url(database) });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
