import { z } from 'zod';

/**
 * A text that matches a pattern.
 *
 * Workflow code uses this instead of zod's own `.regex()`: schemas are frozen and shared by all runs, and `.regex()` writes to its pattern.
 */
export const matching = (pattern: RegExp, message: string) =>
  z
    .string()
    .refine((text) => pattern.test(text), message)
    .meta({ pattern: pattern.source });
