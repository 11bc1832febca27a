import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CATEGORIES, JOBS, jobLetters } from '../../src/domain/rule.ts';
import { ROOT } from './generated-files.ts';

/**
 * Writes the two files of a new rule, which pass as they are: copies of the section's shortest rule and of its test.
 * `npm run new-rule -- group-life/group-is-haunted` or, for a rule of the night alone, the same and `D`.
 */
const [wanted = '', letters = ''] = process.argv.slice(2);
const [section = '', id = ''] = wanted.split('/');
const isSection = CATEGORIES.some((category) => category === section);

function filesOf(rule: string): string[] {
  return [
    join(ROOT, 'src/rules', section, `${rule}.ts`),
    join(ROOT, 'test/rules', section, `${rule}.test.ts`),
  ];
}

if (!isSection || !/^[a-z]+(-[a-z]+)*$/u.test(id) || !/^(P|D|PD)?$/u.test(letters)) {
  console.error(
    `Usage: npm run new-rule -- <section>/<id> [P|D|PD], where a section is ${CATEGORIES.join(', ')}.`,
  );
  process.exitCode = 2;
} else if (filesOf(id).some((path) => existsSync(path))) {
  console.error(`${wanted} exists already.`);
  process.exitCode = 2;
} else {
  const folder = join(ROOT, 'src/rules', section);
  const sizeOf = (file: string) => statSync(join(folder, file)).size;
  const [shortest = ''] = readdirSync(folder).sort((a, b) => sizeOf(a) - sizeOf(b));
  const model = basename(shortest, '.ts');
  const jobs = JOBS.filter((job) => letters.includes(jobLetters({ when: [job] })));
  const when = `when: [${jobs.map((job) => `'${job}'`).join(', ')}]`;
  const copies = filesOf(id);
  for (const [at, path] of filesOf(model).entries()) {
    const text = readFileSync(path, 'utf8').replaceAll(`'${model}'`, `'${id}'`);
    const own = letters === '' ? text : text.replace(/when: \[[^\]]*\]/u, when);
    writeFileSync(copies[at] ?? '', own, { flag: 'wx' });
  }
  console.log(
    `Written: ${copies.join(', ')}, from ${model}. Rewrite both and their texts, then run npm run generate.`,
  );
}
