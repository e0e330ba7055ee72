import { connect, type Socket } from 'node:net';
import type { EndpointAnswer, EndpointOrder, WireState } from './orders';
import type { EndpointFile, EndpointNode } from './state-file';

/** Forwards clients to the node that the endpoint points at, and obeys orders. */
export class Switchboard {
  private readonly pairs = new Set<() => void>();
  private reconnects = 0;
  private refused = 0;

  constructor(private readonly file: EndpointFile) {}

  /** Lets a client through, or turns it away at once while closed. */
  accept(client: Socket): void {
    const { open, node } = this.file.state;
    client.on('error', () => undefined);
    if (!open) {
      this.refused++;
      client.destroy();
      return;
    }
    this.reconnects++;
    const upstream = connect(node.port, node.host);
    const end = (): void => {
      this.pairs.delete(end);
      for (const socket of [client, upstream]) socket.destroy();
    };
    this.pairs.add(end);
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.pipe(client);
  }

  obey(order: EndpointOrder): EndpointAnswer {
    if (order.do === 'point') return this.point(order.node, order.token);
    if (order.do === 'open') this.keep({ open: true });
    if (order.do === 'close') {
      this.keep({ open: false });
      this.endAll();
      [this.reconnects, this.refused] = [0, 0];
    }
    return this.answer();
  }

  /** Closes every connection through it. */
  endAll(): void {
    for (const end of [...this.pairs]) end();
  }

  private point(node: EndpointNode, token: number): EndpointAnswer {
    const known = this.file.state;
    if (token < known.token) {
      const message = `This endpoint was pointed at ${known.node.name} with token ${known.token}; token ${token} is older. Look for the newer run before you point it again.`;
      return { ok: false, type: 'Superseded', message };
    }
    const same = known.token === token && known.node.name === node.name && known.node.host === node.host && known.node.port === node.port;
    if (known.open && !same)
      return {
        ok: false,
        type: 'PreconditionUnmet',
        message: `This endpoint is open to ${known.node.name}. Close it before you point it elsewhere.`,
      };
    this.keep({ node, token });
    return this.answer();
  }

  private keep(change: { readonly open?: boolean; readonly node?: EndpointNode; readonly token?: number }): void {
    this.file.save({ ...this.file.state, ...change });
  }

  private answer(): EndpointAnswer {
    const { open, node, token } = this.file.state;
    const state: WireState = {
      open,
      node: `${node.host}:${node.port}`,
      token,
      busy: this.pairs.size,
      reconnects: this.reconnects,
      refused: this.refused,
    };
    return { ok: true, state };
  }
}
