import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/cli.ts';
import { dockerfileStages, environmentOf, lastOf } from './support/dockerfile.ts';

const stages = dockerfileStages();
const final = stages.at(-1) ?? [];
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  files: string[];
  scripts: Record<string, string>;
  bin: Record<string, string>;
};
const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe('the image', () => {
  it('is made in two stages from one base with glibc, and only the second is shipped', () => {
    expect(stages).toHaveLength(2);
    const bases = stages.map((stage) => stage[0]);
    expect(bases).toEqual([
      { word: 'FROM', rest: '${NODE_IMAGE} AS build' },
      { word: 'FROM', rest: '${NODE_IMAGE}' },
    ]);
    const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    expect(/^ARG NODE_IMAGE=(.+)$/mu.exec(text)?.[1]).toMatch(/^node:2[0-9]-slim$/u);
    expect(final.filter(({ word }) => word === 'COPY').map(({ rest }) => rest)).toEqual([
      '--from=build /opt/optiid-audit /opt/optiid-audit',
    ]);
  });

  it('runs as a number that is not root, in the form that Kubernetes can check', () => {
    expect(lastOf(final, 'USER')).toBe('10001:10001');
    const words = final.map(({ word }) => word);
    // Whatever needs root is over by then.
    expect(words.slice(words.indexOf('USER')).sort()).toEqual(['CMD', 'ENTRYPOINT', 'USER']);
  });

  it('starts the tool itself, and says what there is when nothing is asked', () => {
    expect(JSON.parse(lastOf(final, 'ENTRYPOINT'))).toEqual(['optiid-audit']);
    expect(JSON.parse(lastOf(final, 'CMD'))).toEqual(['--help']);
    const link = `ln -s /opt/optiid-audit/${manifest.bin['optiid-audit']} /usr/local/bin/optiid-audit`;
    expect(lastOf(final, 'RUN')).toContain(link);
  });

  it('needs nothing writable but the reports, a volume of its user, and /tmp', () => {
    expect(JSON.parse(lastOf(final, 'VOLUME'))).toEqual(['/reports']);
    expect(lastOf(final, 'RUN')).toContain('--owner=10001 --group=10001 --mode=0700 /reports');
    expect(environmentOf(final)).toEqual({
      NODE_ENV: 'production',
      HOME: '/tmp',
      TMPDIR: '/tmp',
      AUDIT_REPORTS_DIR: '/reports',
    });
  });

  it('holds no development dependency and no source', () => {
    const build = (stages[0] ?? []).filter(({ word }) => word === 'RUN').map(({ rest }) => rest);
    expect(build).toEqual([
      'npm ci --ignore-scripts',
      expect.stringMatching(/^npm run build && npm prune --omit=dev .*&& rm -r cli src /u),
    ]);
    expect(manifest.scripts.build).toBeDefined();
  });

  it('is labelled, and no argument or variable of it could carry a secret', () => {
    const labels = lastOf(final, 'LABEL');
    for (const label of ['title', 'description', 'licenses'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    // A release is made from a base with a digest; the label shows which it was.
    expect(labels).toContain('org.opencontainers.image.base.name="${NODE_IMAGE}"');
    expect(lastOf(final, 'ARG')).toBe('NODE_IMAGE');
    const given = stages.flat().filter(({ word }) => ['ARG', 'ENV'].includes(word));
    for (const { rest } of given) expect(rest).not.toMatch(/TOKEN|KEY|SECRET|PASSWORD|DATABASE_URL/u);
  });

  it('is built from the files that are named alone: whatever else lies there stays out of every layer', () => {
    expect(ignored[0]).toBe('*');
    const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = (stages[0] ?? [])
      .filter(({ word }) => word === 'COPY')
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(allowed.sort()).toEqual(copied.sort());
    expect(ignored).toEqual(expect.arrayContaining(['**/.env', 'cli/dev']));
    expect(allowed).not.toContain('.env');
  });
});
