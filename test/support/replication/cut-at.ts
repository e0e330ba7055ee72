import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy in front of a server that cuts a connection as soon as a text has been passed on to the server. */
export interface CuttingProxy {
  readonly port: number;
  /** How often the text was seen. */
  seen(): number;
  close(): Promise<void>;
}

/** Cuts each connection in which the client says the text; the server has it by then, and its answer is lost. */
export async function startCuttingProxy(to: number, text: string): Promise<CuttingProxy> {
  let seen = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    const end = (): void => [client, upstream].forEach((socket) => void socket.destroy());
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true).on('error', end).on('close', end));
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      const said = bytes.includes(text);
      if (said) seen++;
      // Once the server has it the client is left alone with its question.
      upstream.write(bytes, () => said && setTimeout(end, 30));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => seen,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
