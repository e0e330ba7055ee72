import { z } from 'zod';

const Order = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('describe') }),
  z.strictObject({ do: z.literal('close'), how: z.enum(['drain', 'kill']), withinMs: z.number().optional() }),
  z.strictObject({
    do: z.literal('point'),
    node: z.strictObject({ name: z.string().min(1), host: z.string().min(1), port: z.int().min(1).max(65_535) }),
    token: z.int().min(0),
  }),
  z.strictObject({ do: z.literal('open') }),
]);
export type EndpointOrder = z.infer<typeof Order>;

/** What the endpoint says of itself on the wire. */
export interface WireState {
  readonly open: boolean;
  /** host:port */
  readonly node: string;
  readonly token: number;
  /** Connections open now. */
  readonly busy: number;
  /** Connections let through since the last close, or the start. */
  readonly reconnects: number;
  /** Connections turned away since then. */
  readonly refused: number;
}

export type Refusal = 'Superseded' | 'PreconditionUnmet' | 'InvalidInput';
export type EndpointAnswer =
  { readonly ok: true; readonly state: WireState } | { readonly ok: false; readonly type: Refusal; readonly message: string };

/** The order of a line, or the answer to a line that is none. */
export function endpointOrder(line: string): EndpointOrder | EndpointAnswer {
  const refuse = (message: string): EndpointAnswer => ({ ok: false, type: 'InvalidInput', message });
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch (error) {
    return refuse(`An order is one line of JSON: ${(error as Error).message}.`);
  }
  const order = Order.safeParse(content);
  return order.success ? order.data : refuse(`No order: ${z.prettifyError(order.error).replaceAll(/\s+/g, ' ')}`);
}
