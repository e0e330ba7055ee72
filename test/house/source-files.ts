import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/parts/project-root';

/** The folder of package.json. */
export const ROOT = projectRoot();

/** Every source folder; there is no other at the top. */
export const SOURCE_FOLDERS = ['workflows', 'activities', 'workers', 'scripts', 'test'] as const;

/** Every TypeScript file of some folders, as paths from the root. */
export const sourceFiles = (folders: readonly string[] = SOURCE_FOLDERS): string[] => allFiles(folders).filter((path) => path.endsWith('.ts'));

/** Every file of some folders, as paths from the root with forward slashes. */
export function allFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    if (!existsSync(join(ROOT, folder))) return [];
    return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? allFiles([`${folder}/${entry.name}`]) : [`${folder}/${entry.name}`],
    );
  });
}
