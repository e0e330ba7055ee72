import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onExit } from './processes';

/** A request with its whole body. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer, or `hang`: the request is taken and never answered. */
export type HttpAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown } | 'hang';

/** A running HTTP server. */
export interface HttpListener {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts an HTTP server on 127.0.0.1, at any free port when none is given. */
export async function startHttpListener(answer: (request: HttpRequest) => HttpAnswer, wanted = 0): Promise<HttpListener> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('error', () => undefined).on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const answered = answer({ method, path, headers, body: Buffer.concat(parts) });
      if (answered === 'hang') return;
      response.writeHead(answered.status, { 'content-type': 'application/json', ...answered.headers });
      response.end(answered.json === undefined ? '' : JSON.stringify(answered.json));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    forget();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const forget = onExit(stop);
  return { url: `http://127.0.0.1:${port}`, port, stop };
}
