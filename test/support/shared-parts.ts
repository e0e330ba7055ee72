import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes, SEARCH_ATTRIBUTES } from '../../scripts/parts/search-attributes';
import { provideTemporal, type TemporalPart } from '../../scripts/parts/temporal-server';
import { provideTestBundle } from './test-bundle';

/** Workflow executions of tests are gone long before. */
const RETENTION_SECONDS = 3 * 86_400;

/**
 * What test files of one run share, made when the first of them asks for it: a Temporal server, namespaces on it, the bundle of the test
 * runbooks. It lives in jest's own process, which outlives every test file; they ask over HTTP, because each runs in a process of its own.
 */
export class SharedParts {
  private readonly server: Server;
  private temporal: Promise<TemporalPart> | undefined;
  private connection: Promise<Connection> | undefined;
  private bundle: Promise<string> | undefined;
  private namespaces = 0;

  constructor(private readonly folder: string) {
    this.server = createServer((request, response) => {
      // A kept connection may be closed here in the moment in which the next file asks.
      response.setHeader('connection', 'close');
      this.provide(request.url ?? '').then(
        (answer) => response.end(JSON.stringify(answer)),
        (error: unknown) => response.writeHead(500).end(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      );
    });
  }

  /** Listens on a free port of this machine; returns the address to ask. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    // A run that is stopped in the middle must not wait for this.
    this.server.unref();
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    await (await this.connection?.catch(() => undefined))?.close();
    await (await this.temporal?.catch(() => undefined))?.stop();
  }

  private async provide(path: string): Promise<Record<string, string>> {
    if (path === '/temporal') return { address: (await this.startTemporal()).address };
    if (path === '/namespace') return { namespace: await this.makeNamespace() };
    if (path === '/bundle') return { path: await (this.bundle ??= provideTestBundle()) };
    throw new Error(`Nothing is shared under ${path}.`);
  }

  private startTemporal(): Promise<TemporalPart> {
    return (this.temporal ??= provideTemporal({ ignoreEnvironment: true, databaseFile: join(this.folder, 'temporal.db') }));
  }

  private async makeNamespace(): Promise<string> {
    const { address } = await this.startTemporal();
    const connection = await (this.connection ??= Connection.connect({ address }));
    const namespace = `file-${++this.namespaces}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: RETENTION_SECONDS as unknown as Long },
    });
    await registerSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    return namespace;
  }
}

type Long = NonNullable<
  NonNullable<Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']>['seconds']
>;
