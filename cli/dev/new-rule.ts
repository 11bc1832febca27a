import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CATEGORIES } from '../../src/domain/rule.ts';

/** Writes the two files of a new rule: `npm run new-rule -- group-life/group-is-haunted`. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const wanted = process.argv[2] ?? '';
const [category = '', id = ''] = wanted.split('/');

function rule(): string {
  return `import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: '${id}',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'One line, as a headline',
  why: 'Why it matters, for somebody who has not read the article.',
  source: 'Where the rule comes from.',
  sql: \`
    select name as subject, okta_group_id as okta_id, null::varchar as opti_id, type
    from okta_group
    where false
    order by subject, okta_id\`,
  evidence: { type: 'Type of the Okta group' },
  detail: ({ subject }) => \`\${subject} is as it should not be.\`,
  fix: 'What to do about it.',
});
`;
}

function ruleTest(): string {
  return `import { testRule } from '../../support/rule-tester.ts';

testRule('${id}', {
  clean: [],
  flagged: [],
});
`;
}

const isKnown = (CATEGORIES as readonly string[]).includes(category);
const files = {
  [join(ROOT, 'src', 'rules', category, `${id}.ts`)]: rule(),
  [join(ROOT, 'test', 'rules', category, `${id}.test.ts`)]: ruleTest(),
};
if (!isKnown || !/^[a-z]+(-[a-z]+)*$/u.test(id)) {
  console.error(`Usage: npm run new-rule -- <section>/<id>, where a section is ${CATEGORIES.join(', ')}.`);
  process.exitCode = 2;
} else if (Object.keys(files).some((file) => existsSync(file))) {
  console.error(`${wanted} exists already.`);
  process.exitCode = 2;
} else {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(`Written: ${wanted}. Fill both files in, then run npm run generate.`);
}
