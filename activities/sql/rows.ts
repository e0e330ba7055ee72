import type { z } from 'zod';
import { KernelFailure } from './kernel-failure';

/** At most so many rows of a `many` answer enter history. */
export const MAX_ROWS = 50;
/** At most so many bytes of an answer enter history. */
export const MAX_BYTES = 32 * 1024;

/** How many rows a statement must answer with, and what each row is; the only way to read rows. */
export interface Answer<Out> {
  readonly cardinality: 'one' | 'maybeOne' | 'many' | 'none';
  /** Checks and shapes the raw rows; throws a KernelFailure where they are not as declared. */
  readonly take: (rows: readonly unknown[]) => Out;
}

const answer = <Out>(cardinality: Answer<Out>['cardinality'], take: Answer<Out>['take']): Answer<Out> => Object.freeze({ cardinality, take });

/** Exactly one row. */
export const one = <Row extends z.ZodType>(row: Row): Answer<z.output<Row>> =>
  answer('one', (rows) => {
    if (rows.length !== 1) throw unexpected(`one row was expected and ${rows.length} came`);
    return parsed(row, rows[0]);
  });

/** One row, or null. */
export const maybeOne = <Row extends z.ZodType>(row: Row): Answer<z.output<Row> | null> =>
  answer('maybeOne', (rows) => {
    if (rows.length > 1) throw unexpected(`at most one row was expected and ${rows.length} came`);
    return rows.length ? parsed(row, rows[0]) : null;
  });

/** Any number of rows; more than 50 or 32 KB are refused, because they would fill the history: count and sample instead. */
export const many = <Row extends z.ZodType>(row: Row): Answer<z.output<Row>[]> => answer('many', (rows) => rows.map((raw) => parsed(row, raw)));

/** No rows at all. */
export const none = (): Answer<null> =>
  answer('none', (rows) => {
    if (rows.length) throw unexpected(`no row was expected and ${rows.length} came`);
    return null;
  });

/** Refuses an answer that is too large for the run's history. */
export function fitsHistory<Out>(value: Out): Out {
  if (Array.isArray(value) && value.length > MAX_ROWS) throw tooLarge(`${value.length} rows (at most ${MAX_ROWS})`);
  const bytes = Buffer.byteLength(JSON.stringify(value ?? null));
  if (bytes > MAX_BYTES) throw tooLarge(`${bytes} bytes (at most ${MAX_BYTES})`);
  return value;
}

/** The count of rows with a sample that is small enough for history. */
export function sampled<Row>(rows: readonly Row[]): { count: number; sample: Row[] } {
  const sample: Row[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, MAX_ROWS)) {
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > MAX_BYTES / 2) break;
    sample.push(row);
  }
  return { count: rows.length, sample };
}

function parsed<Row extends z.ZodType>(row: Row, raw: unknown): z.output<Row> {
  const result = row.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw unexpected(`a row is not as declared (${problems})`);
}

const unexpected = (what: string): KernelFailure =>
  new KernelFailure('OperationRejected', `The server's answer is not what the operation declares: ${what}. This is a defect of the operation.`);
const tooLarge = (what: string): KernelFailure =>
  new KernelFailure('AnswerTooLarge', `The answer has ${what}; an operation must return a count and a sample.`);
