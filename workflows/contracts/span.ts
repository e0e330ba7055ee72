import type { z } from 'zod';
import { matching } from './matching';

/** What a span looks like. */
export const SPAN_PATTERN = /^(\d{1,9}(?:\.\d{1,9})?) (millisecond|second|minute|hour|day)s?$/;

/** A span of time as a person writes it: `'90 seconds'`, `'15 minutes'`, `'2 hours'`, `'1 day'`. */
export const Span = matching(SPAN_PATTERN, "a span is a number and a unit, such as '90 seconds', '15 minutes', '2 hours' or '1 day'");
export type Span = z.infer<typeof Span>;
