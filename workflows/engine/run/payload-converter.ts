import {
  CompositePayloadConverter,
  BinaryPayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  type Payload,
  type PayloadConverter,
} from '@temporalio/common';

/** Stands for input that could not be decoded; handlers and the input check refuse it in words. */
export interface Undecodable {
  readonly undecodable: true;
  readonly reason: string;
}

export const isUndecodable = (value: unknown): value is Undecodable =>
  typeof value === 'object' && value !== null && (value as { undecodable?: unknown }).undecodable === true;

const standard = new CompositePayloadConverter(new UndefinedPayloadConverter(), new BinaryPayloadConverter(), new JsonPayloadConverter());

/**
 * The standard converter, but what it cannot read becomes a marker instead of an error.
 *
 * An error here fails the workflow task again and again: one signal sent with the wrong encoding would wedge the run.
 */
class NeverThrowingPayloadConverter implements PayloadConverter {
  toPayload<T>(value: T): Payload {
    return standard.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return standard.fromPayload(payload);
    } catch (error) {
      const marker: Undecodable = { undecodable: true, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
      return marker as T;
    }
  }
}

export const payloadConverter = new NeverThrowingPayloadConverter();
