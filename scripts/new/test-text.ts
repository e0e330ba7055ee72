import { camelCase } from '../generate/sources';

/** The text of a new runbook's test. */
export const runbookTestText = (
  area: string,
  name: string,
): string => `import { ${camelCase(name)} } from '../../../workflows/runbooks/${area}/${name}';
import { describeRunbook } from '../../support/describe-runbook';

describeRunbook(${camelCase(name)}, { input: { role: 'web', most: 1 } });
`;
