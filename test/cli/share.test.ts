import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { parse } from 'csv-parse/sync';
import { unpackTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { share } from '../../cli/commands/share.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { makeShareKey } from '../../src/share/share-key.ts';
import { minutesBefore, World } from '../support/world.ts';
import { Desk, type Ending, expectRefusal, filesBelow } from './support/cli.ts';

/** What says something about the customer, in every place that a run has for it. */
const TELLING = [
  'ada.lovelace', 'grace.hopper', 'acme.example', 'Lovelace', 'Hopper', 'Secret Writers', 'Project Manhattan', 'Acme website', 'Acme organization',
  'Wiles', 'confidential note', 'Acme push failed', '0oaScim', 'example.okta.com', 'Gone Group',
]; // biome-ignore format: a list

function acme(began: string, isNext = false): World {
  const world = new World();
  world.began = new Date(began);
  world.organization({ name: 'Acme organization', provisioning_mode: 'scim' });
  const ada = world.person({ email: 'Ada.Lovelace@acme.example', first_name: 'Ada', last_name: 'Lovelace' });
  const grace = world.person({
    email: 'grace.hopper@acme.example',
    first_name: 'Grace',
    last_name: 'Hopper',
  });
  const there = world.optiUser({ email: 'ada.lovelace@acme.example', last_name: 'Wiles', external_id: ada });
  for (const name of ['Secret Writers', 'Project Manhattan', ...(isNext ? [] : ['Gone Group'])]) {
    const group = world.pushedGroup(name, [ada, grace]);
    const storeGroup = world.optiGroup(name, [there], {
      group_type: 'internal',
      description: 'confidential note',
    });
    world.mapping(group, {
      targetExternalId: storeGroup,
      error_summary: 'Acme push failed',
      status: 'ERROR',
    });
    world.grant(storeGroup, 'CMS', 'Acme website', 'Acme editor');
  }
  world.setState(
    'optiId.teams',
    'not_applicable',
    'the group "Secret Writers" of ada.lovelace@acme.example was refused',
  );
  return world;
}

describe('share', () => {
  let desk: Desk;
  let run: string;
  const ask = (flags: Parameters<typeof share>[1], name?: string) =>
    desk.within((context) => share(name, { out: desk.reports, ...flags }, context));
  const findingsOf = (dir: string) =>
    readFileSync(join(dir, 'findings.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
  const summaryOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as RunSummary;
  const at = (name: string) => join(desk.folder, name);

  beforeAll(async () => {
    desk = await Desk.open();
    await acme(minutesBefore(60 * 24)).seal(at('before'));
    expect((await desk.audit('drift', {}, { snapshot: at('before'), quiet: true })).code).toBe(1);
    const known = findingsOf(desk.onlyRun()).find(
      ({ rule, subject }) => rule === 'group-push-failed' && subject === 'Project Manhattan',
    );
    if (!known) throw new Error('The first night finds no failed push.');
    writeFileSync(
      at('waivers.csv'),
      `finding_id,rule,subject,owner,reason,expires\n${known.finding_id},,,Grace Hopper,Hopper knows,2026-12-01\n`,
    );
    await acme(minutesBefore(0), true).seal(at('night'));
    const flags = { snapshot: at('night'), waivers: at('waivers.csv'), quiet: true, acceptShrink: true };
    expect((await desk.audit('drift', {}, flags)).code).toBe(1);
    run =
      filesBelow(desk.reports)
        .map((path) => join(desk.reports, path))
        .filter((path) => /-drift$/u.test(path))
        .sort()
        .at(-1) ?? '';
  }, 120_000);

  afterAll(async () => {
    await desk?.close();
  });

  it('redacts a run: the same findings, states and verdict, and nothing that tells of the customer', async () => {
    const { code, stdout } = await ask({ redact: true, file: at('copy') }, run);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('.share-key') });
    const copy = at('copy');
    const shape = (dir: string) =>
      findingsOf(dir)
        .map(({ rule, state, severity, first_seen }) => `${rule} ${state} ${severity} ${first_seen}`)
        .sort();
    expect(shape(copy)).toEqual(shape(run));
    expect(new Set(findingsOf(run).map(({ state }) => state))).toEqual(
      new Set(['known', 'waived', 'resolved']),
    );
    const { verdict, exit_code, complete, counts, rules, files } = summaryOf(run);
    const outcomes = (all: RunSummary['rules']) =>
      Object.entries(all).map(([rule, { outcome, findings }]) => [rule, outcome, findings]);
    const copied = summaryOf(copy);
    expect(copied).toMatchObject({
      verdict,
      exit_code,
      complete,
      files,
      counts,
    });
    expect(outcomes(copied.rules)).toEqual(outcomes(rules));
    const original = textsOf(run);
    for (const telling of TELLING.filter((text) => text !== 'Gone Group'))
      expect(
        [...original.values()].some((text) => text.includes(telling)),
        telling,
      ).toBe(true);
    for (const [file, text] of textsOf(copy)) {
      for (const telling of TELLING)
        expect({ file, telling, isThere: text.toLowerCase().includes(telling.toLowerCase()) }).toEqual({
          file,
          telling,
          isThere: false,
        });
    }
    for (const path of filesBelow(copy)) expect(statSync(join(copy, path)).mode & 0o077).toBe(0);
  }, 120_000);

  it('turns the pseudonyms of a copy back, exactly, in a file and in what somebody typed', async () => {
    const revealed = await ask({ reveal: join(at('copy'), 'groups.csv') }, run);
    expect(revealed.code).toBe(0);
    const rows = (text: string) =>
      (parse(text, { bom: true, columns: true }) as Record<string, string>[])
        .map((row) => JSON.stringify(row))
        .sort();
    expect(rows(revealed.stdout)).toEqual(rows(readFileSync(join(run, 'groups.csv'), 'utf8')));
    const person = findingsOf(at('copy')).find(
      ({ subject_type, okta_id }) => subject_type === 'user' && okta_id !== null,
    );
    const typed = `Look at ${person?.subject.toUpperCase()} (${person?.okta_id?.replace(/-\d+-/u, '-')}) and at bcdfghjkbcdfghjk.`;
    const answer = await ask({ reveal: typed }, run);
    expect(answer.stdout).toMatch(
      /^Look at (?:ada\.lovelace|grace\.hopper)@acme\.example \(00u\w+\) and at bcdfghjkbcdfghjk\.\n$/iu,
    );
    expect(answer.stderr).toContain('One pseudonym is of nothing in');
  });

  it('keeps the key beside the reports, for nobody else, and in no run', async () => {
    const key = join(desk.reports, '.share-key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const text = readFileSync(key, 'utf8').trim();
    for (const [file, content] of [...textsOf(run), ...textsOf(at('copy'))])
      expect(content.includes(text), file).toBe(false);
    const again = await Promise.all([
      makeShareKey(at('fresh')),
      makeShareKey(at('fresh')),
      makeShareKey(at('fresh')),
    ]);
    expect(new Set(again.map((each) => each.toString('hex'))).size).toBe(1);
    chmodSync(key, 0o640);
    expectRefused(await ask({ reveal: 'x' }, run), /can be read by others/u);
    chmodSync(key, 0o600);
    expectRefused(
      await desk.within((context) => share(run, { out: at('nothing'), reveal: 'x' }, context)),
      /There is no .*\.share-key/u,
    );
  });

  it('encrypts a run for its recipients alone, byte by byte, to a file of its owner', async () => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
    writeFileSync(at('recipients.txt'), `# support\n${recipients.join('\n')}\n`);
    const { code, stdout } = await ask({ to: at('recipients.txt'), file: at('run.tar.age') }, run);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: 'run.tar.age' });
    expect(statSync(at('run.tar.age')).mode & 0o777).toBe(0o600);
    for (const identity of identities) {
      const entries = await opened(at('run.tar.age'), identity);
      const name = run.split('/').at(-1);
      const files = summaryOf(run).files.map((file) => `${name}/${file}`);
      expect(entries.map(({ header }) => header.name).sort()).toEqual(files.sort());
      for (const { header, data } of entries) {
        expect(sha256(data)).toBe(sha256(readFileSync(join(run, header.name.slice(`${name}/`.length)))));
        expect(header).toMatchObject({ uid: 0, mode: 0o600 });
      }
    }
    await expect(opened(at('run.tar.age'), await generateX25519Identity())).rejects.toThrow();
  });

  it('encrypts a redacted copy, and leaves no other', async () => {
    const identity = await generateX25519Identity();
    const before = filesBelow(desk.folder).length;
    const { code } = await ask(
      { redact: true, to: await identityToRecipient(identity), file: at('both.tar.age') },
      run,
    );
    expect({ code, files: filesBelow(desk.folder).length }).toEqual({ code: 0, files: before + 1 });
    const findings = (await opened(at('both.tar.age'), identity)).find(({ header }) =>
      header.name.endsWith('findings.ndjson'),
    );
    expect(Buffer.from(findings?.data ?? '').toString('utf8')).toBe(
      readFileSync(join(at('copy'), 'findings.ndjson'), 'utf8'),
    );
  }, 120_000);

  it('replaces nothing, and leaves nothing where it fails', async () => {
    writeFileSync(at('taken'), 'mine');
    const before = filesBelow(desk.folder);
    const recipient = await identityToRecipient(await generateX25519Identity());
    expectRefused(await ask({ to: recipient, file: at('taken') }, run), /taken exists already/u);
    expectRefused(await ask({ redact: true, file: at('taken') }, run), /taken exists already/u);
    expectRefused(await ask({ redact: true, file: join(at('nowhere'), 'copy') }, run), /Cannot write/u);
    expectRefused(await ask({ to: recipient, file: join(at('nowhere'), 'x') }, run), /Cannot write/u);
    expect(filesBelow(desk.folder)).toEqual(before);
    expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
  });

  it('refuses what is no recipient, and never repeats a secret key', async () => {
    const secret = await generateX25519Identity();
    writeFileSync(at('key.txt'), `# public key\n${secret}\n`);
    writeFileSync(at('empty.txt'), '# nobody\n');
    for (const to of [secret, at('key.txt')]) {
      const refused = await ask({ to }, run);
      expectRefused(refused, /secret key/u);
      expect(refused.stderr).not.toContain(secret);
    }
    expectRefused(await ask({ to: 'age1nonsense' }, run), /not a recipient/u);
    expectRefused(await ask({ to: at('missing.txt') }, run), /neither a recipient nor a file/u);
    expectRefused(await ask({ to: at('empty.txt') }, run), /lists no recipient/u);
    expectRefused(await ask({}, run), /needs --to, --redact or --reveal/u);
    expectRefused(await ask({ redact: true }, 'no-such-run'), /There is no run no-such-run/u);
  });

  /** Every file of a run, unpacked. */
  function textsOf(dir: string): Map<string, string> {
    const files = filesBelow(dir).filter((path) => statSync(join(dir, path)).isFile());
    return new Map(
      files.map((path) => {
        const bytes = readFileSync(join(dir, path));
        const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
        return [path, path.endsWith('.html') ? unpacked(text) : text];
      }),
    );
  }
});

/** A page with the data that it holds compressed. */
function unpacked(page: string): string {
  const blocks = [...page.matchAll(/[A-Za-z0-9+/]{200,}={0,2}/gu)].map(([block]) => {
    try {
      return gunzipSync(Buffer.from(block, 'base64')).toString('utf8');
    } catch {
      return '';
    }
  });
  return [page, ...blocks].join('\n');
}

async function opened(path: string, identity: string) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return unpackTar(await decrypter.decrypt(readFileSync(path)));
}

function sha256(data: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(data ?? '')
    .digest('hex');
}

function expectRefused(ending: Ending, why: RegExp): void {
  expectRefusal(ending);
  expect(ending.stderr).toMatch(why);
}
