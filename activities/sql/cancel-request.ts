import { connect } from 'node:net';

const CANCEL_REQUEST_CODE = 80877102;

/**
 * Asks the server to cancel what a backend runs, by the protocol's cancel request: it needs no login and no free connection slot.
 *
 * Source: PostgreSQL documentation, "Canceling Requests in Progress". Resolves when the server has closed the connection.
 */
export function cancelRequest(at: { host: string; port: number }, processId: number, secretKey: number): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = connect(at.port, at.host, () => socket.write(message));
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}
