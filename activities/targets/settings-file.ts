import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { pluralize } from '../../workflows/pure/pluralize';

/** The content of a YAML file that people write; throws InvalidInput that says where it comes from (`hint`) when it cannot be read. */
export function readSettings(path: string, hint: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new KernelFailure('InvalidInput', `${path} cannot be read (${(error as Error).message.split(',')[0] ?? ''}). ${hint}`);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new KernelFailure('InvalidInput', `${path} is no valid YAML: ${(error as Error).message}`);
  }
}

/** The content with its defaults; throws InvalidInput with every problem and its place. */
export function checkedSettings<Schema extends z.ZodType>(schema: Schema, content: unknown, path: string): z.output<Schema> {
  const checked = schema.safeParse(content);
  if (checked.success) return checked.data;
  throw refusedSettings(
    path,
    checked.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

/** The refusal of a settings file, every problem a line. */
export const refusedSettings = (path: string, problems: readonly string[]): KernelFailure =>
  new KernelFailure('InvalidInput', `${path} has ${pluralize(problems.length, 'problem')}:\n${problems.map((one) => `  ${one}`).join('\n')}`);
