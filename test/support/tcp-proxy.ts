import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where the proxy cuts: before the server has seen the COMMIT, or after it has committed and before its reply is seen. */
export type Cut = 'before commit' | 'after commit';

/** A proxy in front of PostgreSQL that cuts connections at the COMMIT of a write. */
export interface CutProxy {
  readonly port: number;
  /** Cuts at the n-th COMMIT of a read-write transaction from now on. */
  arm(cut: Cut, nth?: number): void;
  /** How many connections it has cut. */
  cuts(): number;
  close(): Promise<void>;
}

/** Starts a proxy in front of a server of this machine. */
export async function startCutProxy(to: number): Promise<CutProxy> {
  let armed: { cut: Cut; left: number } | null = null;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const meets = (): Cut | null => {
    if (!armed || --armed.left > 0) return null;
    const { cut } = armed;
    armed = null;
    cuts++;
    return cut;
  };
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true));
    join(client, upstream, meets);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    arm: (cut, nth = 1) => void (armed = { cut, left: nth }),
    cuts: () => cuts,
    close: () => close(server, sockets),
  };
}

function join(client: Socket, upstream: Socket, meets: () => Cut | null): void {
  const end = (): void => [client, upstream].forEach((socket) => void socket.destroy());
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  let writes = false;
  let cut: Cut | null = null;
  client.on('data', (bytes) => {
    for (const text of statementsIn(bytes)) {
      if (/^(begin|start transaction)/i.test(text)) writes = /read write/i.test(text);
      if (/^commit\b/i.test(text) && writes) cut = meets();
    }
    if (cut === 'before commit') end();
    else upstream.write(bytes);
  });
  upstream.on('data', (bytes) => {
    if (cut === null) client.write(bytes);
    // The tag of CommandComplete: from here on the server has committed.
    else if (bytes.includes('COMMIT\0')) end();
  });
}

/** The texts of the Parse and Query messages in a piece of what the client sends; the driver sends each in one piece. */
function statementsIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    const [kind, length] = [String.fromCharCode(bytes[at] ?? 0), bytes.readInt32BE(at + 1)];
    if (length < 4) break;
    const body = bytes.toString('utf8', at + 5, at + 1 + length);
    if (kind === 'Q') texts.push(body.split('\0')[0] ?? '');
    if (kind === 'P') texts.push(body.split('\0')[1] ?? '');
  }
  return texts;
}

async function close(server: Server, sockets: Iterable<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}
