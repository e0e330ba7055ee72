import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

/** The search attributes that runs are filed under, by name and type. */
export const SEARCH_ATTRIBUTES: Readonly<Record<string, string>> = {
  RunbookName: 'Keyword',
  RunbookTarget: 'Keyword',
  RunbookPhase: 'Keyword',
  RunbookRisk: 'Keyword',
  RunbookRequester: 'Keyword',
  RunbookEpisode: 'Keyword',
};

const TYPES: Record<string, temporal.api.enums.v1.IndexedValueType> = {
  Text: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Keyword: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Int: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KeywordList: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/** Registers those that the namespace lacks and returns their names; the flag of the server does it for new databases only. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.keys(wanted).filter((name) => customAttributes[name] === undefined);
  if (missing.length === 0) return [];
  const searchAttributes: Record<string, temporal.api.enums.v1.IndexedValueType> = {};
  for (const name of missing) {
    const type = TYPES[wanted[name] ?? ''];
    if (type === undefined) throw new Error(`search attribute ${name} has the unknown type ${wanted[name]}`);
    searchAttributes[name] = type;
  }
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Somebody else registered them in between.
    if (!/already exist/i.test(String(error))) throw error;
  }
  return missing;
}
