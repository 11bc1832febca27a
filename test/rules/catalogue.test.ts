import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CATEGORIES, type CatalogueRule } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RULES_FOLDER = join(ROOT, 'src', 'rules');
/** The written catalogue lies beside the repository, and not everywhere. */
const CATALOGUE = join(ROOT, '..', 'shared', 'rules-v2.md');

/** Each rule file below `src/rules/`: its folder and its name. */
const FILES = CATEGORIES.flatMap((category) => {
  const folder = join(RULES_FOLDER, category);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ category, id: basename(file, '.ts'), path: join(folder, file) }));
});

/** Sections of the written catalogue, as far as they hold rules, and their folders. */
const SECTIONS: Readonly<Record<string, CatalogueRule['category']>> = {
  'Configuration: the two apps and the organization': 'configuration',
  'Group names and links': 'group-names',
  'Group life': 'group-life',
  Membership: 'membership',
  Users: 'users',
  Access: 'access',
  'System Log': 'system-log',
};

interface CatalogueRow {
  category: string;
  when: string[];
  severity: string;
}

/** Rows of the catalogue by rule id; a row may define several. */
function readCatalogue(text: string): Map<string, CatalogueRow> {
  const rows = new Map<string, CatalogueRow>();
  let category: string | undefined;
  for (const line of text.split('\n')) {
    const heading = /^## (.+)$/u.exec(line)?.[1];
    if (heading !== undefined) category = SECTIONS[heading];
    const cells = line.split('|').map((cell) => cell.trim());
    const ids = [...(cells[1] ?? '').matchAll(/`([a-z-]+)`/gu)].map((match) => match[1] as string);
    const when = (cells[2] ?? '').split(' ');
    if (category === undefined || ids.length === 0 || !when.every((job) => job === 'P' || job === 'D'))
      continue;
    for (const id of ids) {
      rows.set(id, {
        category,
        when: when.map((job) => (job === 'P' ? 'precutover' : 'drift')),
        severity: cells[3] as string,
      });
    }
  }
  return rows;
}

describe('the index of the rules', () => {
  test('lists every rule file, in the order of the folders and by name', () => {
    expect(RULES.map(({ category, id }) => `${category}/${id}`)).toEqual(
      FILES.map(({ category, id }) => ({ category, file: `${id}.ts` }))
        .sort(
          (a, b) =>
            CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) || (a.file < b.file ? -1 : 1),
        )
        .map(({ category, file }) => `${category}/${basename(file, '.ts')}`),
    );
  });

  test('finds nothing else below the folder', () => {
    const others = readdirSync(RULES_FOLDER).filter(
      (name) => !(CATEGORIES as readonly string[]).includes(name),
    );
    expect(others.filter((name) => name !== 'README.md')).toEqual([
      'index.ts',
      'needs.ts',
      'over-scim.ts',
      'table-reads.ts',
    ]);
  });
});

describe.each(FILES.map((file) => [`${file.category}/${file.id}.ts`, file] as const))(
  '%s',
  (_file, { category, id, path }) => {
    const rule = RULES.find((candidate) => candidate.id === id) as CatalogueRule;

    test('holds the rule of its name', async () => {
      const { default: own } = await import(path);
      expect(own.id).toBe(id);
      expect(rule).toMatchObject({ id, category });
    });

    test('has a table of worlds of its own', () => {
      const table = readFileSync(join(ROOT, 'test', 'rules', category, `${id}.test.ts`), 'utf8');
      expect(table).toContain(`testRule('${id}', {`);
    });

    test('writes its texts as sentences, and nothing that the reader must look up', () => {
      expect(rule.title).toMatch(/^[A-Z].*[^.]$/u);
      expect(rule.why).toMatch(/^[A-Z].*\.$/u);
      expect(rule.source).toMatch(/\.$/u);
      for (const meaning of Object.values(rule.evidence)) expect(meaning).toMatch(/^[A-Z`a-z].*[^.]$/u);
      const fixes = [rule.fix].filter((fix) => typeof fix === 'string');
      for (const fix of fixes) expect(fix).toMatch(/^[A-Z].*\.$/u);
    });

    test('has a query, if it is one, that selects the subject and its ids and ends in an order', () => {
      if (rule.kind !== 'sql') return;
      expect(rule.sql.trim()).toMatch(/^(?:select|with)\b/u);
      expect(rule.sql.trim().split('\n').at(-1)?.trim()).toMatch(/^order by \w/u);
      for (const column of ['subject', 'okta_id', 'opti_id'])
        expect(rule.sql).toMatch(new RegExp(`\\b${column}\\b`, 'u'));
    });

    test('waits for every user and group in flight whose ids it shows', () => {
      if (rule.kind !== 'sql') return;
      const ids = ['okta_group_id', 'opti_group_id', 'okta_user_ids', 'opti_user_ids', 'holder_ids'];
      expect([...(rule.alsoAbout ?? [])].sort()).toEqual(ids.filter((id) => id in rule.evidence).sort());
    });

    test('has a setting to expect exactly where it checks one', () => {
      expect(rule.expected !== undefined && rule.expected !== '').toBe(rule.category === 'configuration');
    });
  },
);

describe('the written catalogue', () => {
  const written = existsSync(CATALOGUE) ? readCatalogue(readFileSync(CATALOGUE, 'utf8')) : null;
  if (written === null)
    console.log('The written catalogue is not beside this repository: its comparison is skipped.');

  test.skipIf(written === null)('is understood', () => {
    expect(written?.size).toBeGreaterThan(85);
    expect(written?.get('deactivate-users-off')).toEqual({
      category: 'configuration',
      when: ['precutover', 'drift'],
      severity: 'error',
    });
    expect(written?.get('group-without-members')).toMatchObject({ severity: 'info' });
  });

  test.skipIf(written === null)('has no rule that is not built', () => {
    const built = new Set(RULES.map(({ id }) => id));
    expect([...(written?.keys() ?? [])].filter((id) => !built.has(id)).sort()).toEqual([]);
  });

  test.skipIf(written === null).each(RULES.map((rule) => [rule.id, rule] as const))(
    'says of %s the same jobs, severity and section',
    (id, rule) => {
      expect({ category: rule.category, when: [...rule.when], severity: rule.severity }).toEqual(
        written?.get(id),
      );
    },
  );
});
