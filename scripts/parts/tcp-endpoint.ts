import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type EndpointAnswer, endpointOrder } from './tcp-endpoint/orders';
import { type EndpointNode, EndpointFile } from './tcp-endpoint/state-file';
import { Switchboard } from './tcp-endpoint/switchboard';
import { onExit } from './processes';

/*
 * A TCP endpoint: clients connect to one port and reach the node that it points at; orders come to another port.
 *
 * An order is one line of JSON, and so is its answer; a connection may send many, answered in their order.
 *
 *   {"do":"describe"}
 *   {"do":"close","how":"drain"|"kill","withinMs":5000}          closes every connection at once, and lets no other through
 *   {"do":"point","node":{"name":"node2","host":"127.0.0.1","port":5433},"token":7}    only while closed
 *   {"do":"open"}
 *
 *   {"ok":true,"state":{"open":true,"node":"127.0.0.1:5433","token":7,"busy":3,"reconnects":3,"refused":2}}
 *   {"ok":false,"type":"Superseded","message":"..."}
 *
 * TCP does not show transactions, so `drain` is `kill` here: nothing waits, and `withinMs` is not used. A server may still work off
 * what a client had sent before. `busy` = connections open now; `reconnects` = connections let through, and `refused` = connections
 * turned away, since the last `close` (or the start).
 *
 * Every order may be repeated. An older token than the kept one is refused (`Superseded`); the same token is fine. `point` while open
 * is refused (`PreconditionUnmet`) unless it says what is so already. What is no order is answered with `InvalidInput`.
 */

/** How to start a TCP endpoint. */
export interface TcpEndpointOptions {
  /** Keeps { open, node, token }; what it says counts more than `node`. */
  readonly stateFile: string;
  /** Where it points when there is no state file yet; open, with token 0. */
  readonly node: EndpointNode;
  /** For clients, on 127.0.0.1; any free one when left out. */
  readonly port?: number;
  readonly controlPort?: number;
}

/** A running TCP endpoint. */
export interface TcpEndpoint {
  readonly host: '127.0.0.1';
  /** For clients. */
  readonly port: number;
  /** For orders. */
  readonly controlPort: number;
  /** The object for `endpoint` in targets.yaml. */
  readonly config: { readonly by: 'tcp'; readonly host: string; readonly port: number };
  /** Closes all connections and keeps the state file. */
  stop(): Promise<void>;
}

/** Starts a TCP endpoint in this process. */
export async function startTcpEndpoint(options: TcpEndpointOptions): Promise<TcpEndpoint> {
  const board = new Switchboard(new EndpointFile(options.stateFile, options.node));
  const orderers = new Set<Socket>();
  const clients = createServer((client) => board.accept(client));
  const orders = createServer((socket) => {
    orderers.add(socket);
    socket.on('error', () => undefined).on('close', () => orderers.delete(socket));
    createInterface({ input: socket }).on('line', (line) => void socket.write(`${JSON.stringify(answer(board, line))}\n`));
  });
  const port = await listening(clients, options.port);
  const controlPort = await listening(orders, options.controlPort);
  const stop = async (): Promise<void> => {
    forget();
    board.endAll();
    for (const socket of orderers) socket.destroy();
    await Promise.all([clients, orders].map((server) => new Promise((resolve) => server.close(resolve))));
  };
  const forget = onExit(stop);
  return { host: '127.0.0.1', port, controlPort, config: { by: 'tcp', host: '127.0.0.1', port: controlPort }, stop };
}

function answer(board: Switchboard, line: string): EndpointAnswer {
  const order = endpointOrder(line);
  return 'ok' in order ? order : board.obey(order);
}

async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
