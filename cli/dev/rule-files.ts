import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CATEGORIES, type Category } from '../../src/domain/rule.ts';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Text by path below the root. */
export type GeneratedFiles = Record<string, string>;

/** The rules that have a file, in the order of the catalogue's sections and by id. */
export function ruleFiles(): { category: Category; id: string }[] {
  return CATEGORIES.flatMap((category) => {
    const folder = join(ROOT, 'src', 'rules', category);
    const files = readdirSync(join(ROOT, 'src', 'rules')).includes(category) ? readdirSync(folder) : [];
    return files
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => ({ category, id: basename(file, '.ts') }));
  });
}
