import { join } from 'node:path';
import { findProgram } from './find-program';
import { freePort } from './free-port';
import { projectRoot } from './project-root';
import { startWebProgram, type WebProgram } from './web-program';

/** How to start an exporter. */
export interface PostgresExporterOptions {
  /** A folder of its own. */
  readonly folder: string;
  /** The server that it looks at; its login is a member of pg_monitor. */
  readonly url: string;
  readonly say?: (line: string) => void;
}

/** A postgres_exporter with the queries of deploy/prometheus. */
export interface PostgresExporterPart extends WebProgram {
  /** For a scrape configuration, such as `127.0.0.1:15001`. */
  readonly address: string;
}

/** The program in PATH, by Debian's name or its own; null when there is none. */
export const findPostgresExporter = (): string | null => findProgram('prometheus-postgres-exporter', 'postgres_exporter');

/** Starts a postgres_exporter for one server and returns when it answers. */
export async function startPostgresExporter({ folder, url, say }: PostgresExporterOptions): Promise<PostgresExporterPart> {
  const address = `127.0.0.1:${await freePort()}`;
  const server = new URL(url);
  if (!server.searchParams.has('sslmode')) server.searchParams.set('sslmode', 'disable');
  const program = await startWebProgram({
    name: 'postgres_exporter',
    program: findPostgresExporter(),
    package: 'prometheus-postgres-exporter',
    folder,
    args: [`--web.listen-address=${address}`, `--extend.query-path=${join(projectRoot(), 'deploy/prometheus/queries.yaml')}`],
    // Not as an argument: everybody can read those of a process.
    env: { ...process.env, DATA_SOURCE_NAME: server.href },
    ready: `http://${address}/`,
    ...(say ? { say } : {}),
  });
  return { address, ...program };
}
