import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { EXIT } from '../../src/domain/errors.ts';
import { parseFleet } from '../../src/fleet/fleet-file.ts';
import { collectStore } from '../../src/opti-id/database/read-store.ts';
import { STORE_VIEWS } from '../../src/opti-id/store-contract.ts';
import { ACME, type RealStore, realStore, twoOrganizations } from '../opti-id/support/stores.ts';
import { MemorySink } from '../support/memory-sink.ts';
import { dockerfileStages, lastOf } from './support/dockerfile.ts';
import { type Block, blocksOf, readDocument } from './support/documents.ts';
import { understand } from './support/noting.ts';

const RUNBOOK = readDocument('RUNBOOK.md');
const blocks = blocksOf(RUNBOOK);
const blockOf = (language: string, has: string): string => {
  const found = blocks.filter((block) => block.language === language && block.text.includes(has));
  if (found.length !== 1) throw new Error(`The runbook has ${found.length} ${language} blocks with ${has}.`);
  return (found[0] as Block).text;
};
const script = blockOf('sh', '#!/bin/sh');

describe('the exit codes', () => {
  it('are all explained, for each of the schedules', () => {
    const rows = [...RUNBOOK.matchAll(/^\| (\d) \| .+\|$/gmu)];
    expect(rows.map(([, code]) => Number(code))).toEqual(Object.values(EXIT).sort());
    for (const [row] of rows) expect(row.split('|').filter((cell) => cell.trim() === '')).toHaveLength(2);
  });
});

describe('the lines for cron', () => {
  const lines = blockOf('cron', 'optiid-audit').trimEnd().split('\n');

  it('are settings, or a time, a user that is not root, and a command', () => {
    for (const line of lines) {
      if (/^[A-Z]+=\S+$/u.test(line)) continue;
      const [, times = '', user, command = ''] = /^((?:\S+ ){5})(\S+) (.+)$/u.exec(line) ?? [];
      const limits = [59, 23, 31, 12, 7];
      for (const [place, time] of times.trim().split(' ').entries()) {
        if (time === '*') continue;
        expect(time).toMatch(/^\d+$/u);
        expect(Number(time)).toBeLessThanOrEqual(limits[place] ?? 0);
      }
      expect(user).toBe('optiid-audit');
      // cron takes the rest of the line after a percent sign for input.
      expect(command).not.toContain('%');
      expect(command).toMatch(/optiid-audit/u);
    }
  });

  it('start a script that a shell can read, which says something of each code but 0 and hands it on', () => {
    const checked = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
    expect({ code: checked.status, stderr: checked.stderr }).toEqual({ code: 0, stderr: '' });
    expect(script).toMatch(/^ {2}0\) ;;$/mu);
    for (const code of [EXIT.findings, EXIT.incomplete]) {
      expect(script).toMatch(new RegExp(`^ {2}${code}\\) echo "optiid-audit: `, 'mu'));
    }
    expect(script).toMatch(/^ {2}\*\) echo "optiid-audit: failed with code \$code/mu);
    expect(script.trimEnd().endsWith('exit "$code"')).toBe(true);
  });

  it.skipIf(spawnSync('flock', ['--version']).error !== undefined)(
    'and the script lets no night run into the next, and ends as the audit did',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'optiid-audit-night-'));
      try {
        const here = script
          .replaceAll('/etc/optiid-audit', folder)
          .replaceAll('/var/lib/optiid-audit', folder);
        const night = (path: string, before = '') =>
          spawnSync('sh', ['-c', `${before}\n${here}`], {
            env: { PATH: path },
            cwd: folder,
            encoding: 'utf8',
          });
        const path = process.env.PATH ?? '';
        // Without the tool on the path, a shell ends with 127.
        expect(night('/usr/bin:/bin')).toMatchObject({
          status: 127,
          stdout: expect.stringContaining('optiid-audit: failed with code 127'),
        });
        const held = night(path, `exec 8>${folder}/.lock; flock 8`);
        expect(held).toMatchObject({ status: 2, stdout: 'optiid-audit: the last night still runs\n' });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('the units for systemd', () => {
  const units = blocks
    .filter(({ language }) => language === 'ini')
    .map(({ before, text }) => {
      const names = [...before.matchAll(/`\/etc\/systemd\/system\/([^`]+)`/gu)].map(([, name]) => name);
      return { name: names.at(-1) ?? '', text };
    });
  const service = units.find(({ name }) => name === 'optiid-audit.service')?.text ?? '';
  const timer = units.find(({ name }) => name === 'optiid-audit.timer')?.text ?? '';

  it('are a service and its timer', () => {
    expect(units.map(({ name }) => name)).toEqual(['optiid-audit.service', 'optiid-audit.timer']);
    expect(timer).toMatch(/^OnCalendar=\*-\*-\* 03:15:00 UTC$/mu);
    expect(timer).toMatch(/^Persistent=true$/mu);
  });

  it('take findings for an answer, a failed or incomplete run for a failure, and retry neither', () => {
    expect(service).toMatch(/^Type=oneshot$/mu);
    expect(service).toMatch(new RegExp(`^SuccessExitStatus=${EXIT.findings}$`, 'mu'));
    expect(service).not.toMatch(/^Restart=/mu);
  });

  it.each([
    'DynamicUser=yes',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'CapabilityBoundingSet=',
    'UMask=0077',
    'StateDirectoryMode=0700',
  ])('have %s', (line) => {
    expect(service.split('\n')).toContain(line);
  });

  const analyze = spawnSync('systemd-analyze', ['--version']);
  it.skipIf(analyze.error !== undefined)(
    `are what systemd-analyze verify takes${analyze.error ? ' (SKIPPED: it is not installed)' : ''}`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'optiid-audit-units-'));
      try {
        for (const { name, text } of units) writeFileSync(join(folder, name), text);
        const paths = units.map(({ name }) => join(folder, name));
        const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
        const ours = verified.stderr.split('\n').filter((line) => line.includes('optiid-audit'));
        expect(ours).toEqual([]);
        // That it would have said so: a key that does not exist.
        const wrong = join(folder, 'optiid-audit-wrong.service');
        writeFileSync(wrong, service.replace('ProtectHome=', 'ProtectHouse='));
        const refused = spawnSync('systemd-analyze', ['verify', '--man=no', wrong], { encoding: 'utf8' });
        expect(refused.stderr).toContain('ProtectHouse');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('the files for a fleet', () => {
  const read = (has: string) => {
    const documents = parseAllDocuments(blockOf('yaml', has));
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    // biome-ignore lint/suspicious/noExplicitAny: what a cluster would check is compared field by field.
    return documents.map((document) => document.toJS()) as any[];
  };

  it('start workers and the report by commands that the program understands', async () => {
    const [compose] = read('services:');
    const [deployment, job] = read('kind: Deployment');
    const pods = [deployment.spec.template.spec, job.spec.jobTemplate.spec.template.spec];
    const commands = [compose.services.worker.command, ...pods.map((pod) => pod.containers[0].args)];
    const understood = await Promise.all(commands.map((words: string[]) => understand(words)));
    expect(understood.map(({ understood: line, refusal }) => refusal ?? line?.name)).toEqual([
      'fleet work',
      'fleet work',
      'fleet report',
    ]);
    for (const pod of pods) {
      expect(pod.securityContext.runAsNonRoot).toBe(true);
      const volumes = pod.volumes.map(({ name }: { name: string }) => name);
      for (const { name } of pod.containers[0].volumeMounts) expect(volumes).toContain(name);
    }
    // As long as a worker may need to stop, and its children before it.
    expect(pods[0].terminationGracePeriodSeconds).toBeGreaterThanOrEqual(50);
    for (const secret of compose.services.worker.secrets)
      expect(Object.keys(compose.secrets)).toContain(secret);
  });

  it('and a bucket, and the whole fleet.yaml of the README, are what the program takes', () => {
    const readme = blocksOf(readDocument('README.md')).find(({ text }) => text.includes('organizations:'));
    const text = `${readme?.text}\n${blockOf('yaml', 's3:')}`;
    const fleet = parseFleet(text, '/fleet/fleet.yaml');
    expect(fleet.organizations.map(({ name }) => name)).toEqual(['acme', 'globex']);
    expect(fleet.s3?.prefix).toBe('audits');
  });
});

describe('the objects for Kubernetes', () => {
  const documents = parseAllDocuments(blockOf('yaml', 'kind: PersistentVolumeClaim'));
  // biome-ignore lint/suspicious/noExplicitAny: what a cluster would check is compared field by field.
  const [claim, job] = documents.map((document) => document.toJS()) as any[];
  const jobSpec = job.spec.jobTemplate.spec;
  const pod = jobSpec.template.spec;
  const [container] = pod.containers;

  it('are read without an error, and know one another', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect([claim.kind, job.kind]).toEqual(['PersistentVolumeClaim', 'CronJob']);
    expect(pod.volumes[0].persistentVolumeClaim.claimName).toBe(claim.metadata.name);
    const mounted = container.volumeMounts.map(({ name }: { name: string }) => name);
    expect(mounted).toEqual(pod.volumes.map(({ name }: { name: string }) => name));
  });

  it('run as the number of the image, on a read-only root file system, with no right to gain', () => {
    const [uid, gid] = lastOf(dockerfileStages().at(-1) ?? [], 'USER')
      .split(':')
      .map(Number);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid,
      fsGroup: gid,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  it('write to the volume of the reports and to /tmp alone', () => {
    const paths = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(paths).toEqual(JSON.parse(lastOf(dockerfileStages().at(-1) ?? [], 'VOLUME')).concat('/tmp'));
  });

  it('take secrets from a Secret, and none from the manifest', () => {
    expect(container.envFrom).toEqual([{ secretRef: { name: 'optiid-audit' } }]);
    expect(container.env).toBeUndefined();
    expect(RUNBOOK).toContain('kubectl create secret generic optiid-audit --from-env-file=');
  });

  it('retry neither findings nor an incomplete run, and one night never runs into the next', () => {
    const [failing, disruption] = jobSpec.podFailurePolicy.rules;
    expect(failing).toEqual({
      action: 'FailJob',
      onExitCodes: {
        containerName: container.name,
        operator: 'In',
        values: [EXIT.findings, EXIT.incomplete],
      },
    });
    expect(disruption.action).toBe('Ignore');
    // A policy for failed pods is refused with any other.
    expect(pod.restartPolicy).toBe('Never');
    expect(jobSpec.backoffLimit).toBe(1);
    expect(job.spec.concurrencyPolicy).toBe('Forbid');
  });
});

const real = await realStore();
const unavailable = typeof real === 'string' ? real : null;

describe.skipIf(unavailable !== null)(unavailable ?? 'the SQL, on a real PostgreSQL', () => {
  const store = real as RealStore;
  afterAll(() => store.close());

  const forRole = async (sql: string, role: string) => {
    const [row] = await store.query('select current_database() as name');
    return sql
      .replace('create role optiid_audit ', 'alter role optiid_audit ')
      .replaceAll('optiid_audit', role)
      .replaceAll('on database opti ', `on database ${String(row?.name)} `);
  };

  it('makes a role that reads all that the audit needs, and can write nothing', async () => {
    await store.fill(twoOrganizations());
    const { role, password } = await store.createRole();
    await store.query(await forRole(blockOf('sql', 'create role'), role));

    const url = store.urlOf(role, password);
    const sink = new MemorySink();
    await collectStore({
      store: { databaseUrl: url, schema: 'opti_id', organizationId: ACME },
      sink,
    });
    expect([...sink.states.values()].map(({ completeness }) => completeness)).toEqual(
      STORE_VIEWS.map(() => 'complete'),
    );
    expect(sink.rows('optiId.users').length).toBeGreaterThan(0);

    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const refusal = (sql: string) =>
        client.query(sql).then(
          () => 'done',
          (error: Error) => error.message,
        );
      const views = STORE_VIEWS.map(({ name }) => name);
      for (const view of views) await client.query(`select * from opti_id.${view} limit 1`);
      expect(await refusal('delete from opti_id.users')).toMatch(/permission denied|read-only/u);
      await client.query('set default_transaction_read_only = off');
      for (const view of views)
        expect(await refusal(`delete from opti_id.${view}`)).toMatch(/^permission denied/u);
      expect(await refusal('create temporary table mine (id text)')).toMatch(/^permission denied/u);
      expect(await refusal('create table public.mine (id text)')).toMatch(/^permission denied/u);
      expect(await refusal('create view opti_id.mine as select 1')).toMatch(/^permission denied/u);
      expect(await refusal(`create role ${role}_more`)).toMatch(/^permission denied/u);
      const { rows } = await client.query('show statement_timeout');
      expect(rows).toEqual([{ statement_timeout: '15min' }]);
      const check = await forRole(blockOf('sql', 'role_table_grants'), role);
      expect((await client.query(check)).rows).toEqual([]);
      // And the check sees what it is for.
      await store.query(`grant update on opti_id.users to ${role}`);
      expect((await client.query(check)).rows).toMatchObject([{ table_name: 'users' }]);
    } finally {
      await client.end();
      await store.query(`drop owned by ${role}`);
    }
  });

  it('names every view of the contract', () => {
    const sql = blockOf('sql', 'create role');
    const named = [...sql.matchAll(/opti_id\.(\w+)/gu)].map(([, name]) => name);
    expect(named.sort()).toEqual(STORE_VIEWS.map(({ name }) => name).sort());
  });
});
