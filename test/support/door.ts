import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server of this machine that can be shut: connections break and new ones are refused, as when the server is away. */
export interface Door {
  readonly port: number;
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Nothing comes through any more, and nothing breaks, as when the server hangs; `false` lets it go on. */
  stall(on: boolean): void;
}

/** Opens a door in front of a port; it keeps its own port when it is shut and opened again. */
export async function makeDoor(to: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let stalled = false;
  const listen = async (port: number): Promise<number> => {
    const listening = createServer((client) => {
      const upstream = connect(to, '127.0.0.1');
      const end = (): void => [client, upstream].forEach((socket) => (sockets.delete(socket), socket.destroy()));
      for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true).on('error', end).on('close', end));
      client.pipe(upstream).pipe(client);
      if (stalled) for (const socket of [client, upstream]) socket.pause();
    });
    await new Promise<void>((resolve, reject) => listening.once('error', reject).listen(port, '127.0.0.1', resolve));
    server = listening;
    return (listening.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    shut: async () => {
      const closing = server;
      server = null;
      for (const socket of sockets) socket.destroy();
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
    open: async () => void (await listen(port)),
    stall: (on) => {
      stalled = on;
      for (const socket of sockets) void (on ? socket.pause() : socket.resume());
    },
  };
}
