import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeExcerpt } from '../../../src/report/files/excerpt.ts';
import { consoleAddresses } from '../../../src/report/page/admin-console.ts';
import type { PackedTable } from '../../../src/report/page/page-data.ts';
import { type PageInput, writePage } from '../../../src/report/page/write-page.ts';
import { notRead, sampleFinding, sampleManifest, sampleRule, sampleRun } from '../sample-run.ts';
import { pageInput } from '../support/large-run.ts';

describe('the Okta Admin Console of an org', () => {
  it('lives beside the org on the domains of Okta', () => {
    const addresses = consoleAddresses('acme.okta.com', [{ id: '0oa1', name: 'scim2headerauth' }]);
    expect(addresses).toEqual({
      user: 'https://acme-admin.okta.com/admin/user/profile/view/',
      group: 'https://acme-admin.okta.com/admin/group/',
      apps: { '0oa1': 'https://acme-admin.okta.com/admin/app/scim2headerauth/instance/0oa1' },
      event: 'https://acme-admin.okta.com/report/system_log_2?search=',
    });
    expect(consoleAddresses('dev-1.oktapreview.com', [])?.group).toBe(
      'https://dev-1-admin.oktapreview.com/admin/group/',
    );
    expect(consoleAddresses('acme.okta-emea.com', [])?.user).toMatch(
      /^https:\/\/acme-admin\.okta-emea\.com\//u,
    );
  });

  it('is reached through a custom domain, and on this machine through the port', () => {
    expect(consoleAddresses('login.acme.example', [])?.group).toBe('https://login.acme.example/admin/group/');
    expect(consoleAddresses('127.0.0.1_8443', [])?.group).toBe('http://127.0.0.1:8443/admin/group/');
    // Looks like one of Okta's and is none.
    expect(consoleAddresses('acme.okta.com.evil.example', [])?.group).toBe(
      'https://acme.okta.com.evil.example/admin/group/',
    );
  });

  it('is not guessed where the org is no host', () => {
    expect(consoleAddresses('opti-id only', [])).toBeNull();
    expect(consoleAddresses('javascript:alert(1)//', [])).toBeNull();
  });
});

describe('an excerpt of a table', () => {
  async function excerptOf(
    rows: readonly number[],
    limit: number,
  ): Promise<{ kept: number[]; passed: number }> {
    const excerpt = takeExcerpt<number>({ limit, isWorthShowing: (row) => row % 10 === 0 });
    async function* batches() {
      for (let at = 0; at < rows.length; at += 3) yield rows.slice(at, at + 3);
    }
    let passed = 0;
    for await (const batch of excerpt.watch(batches())) passed += batch.length;
    expect(excerpt.total()).toBe(rows.length);
    return { kept: excerpt.rows(limit), passed };
  }
  const numbers = Array.from({ length: 100 }, (_, n) => n + 1);

  it('passes every row on and keeps all where there is room', async () => {
    expect(await excerptOf(numbers, 100)).toEqual({ kept: numbers, passed: 100 });
  });

  it('keeps what is worth showing, then the first of the others, in their order', async () => {
    expect((await excerptOf(numbers, 12)).kept).toEqual([1, 2, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect((await excerptOf(numbers, 4)).kept).toEqual([10, 20, 30, 40]);
  });
});

describe('the page of a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'optiid-audit-page-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function htmlOf(over: Partial<PageInput> = {}): Promise<string> {
    await writePage(folder, pageInput(over));
    return readFile(join(folder, 'report.html'), 'utf8');
  }

  const outcome = (over: Parameters<typeof sampleRun>[0]) => {
    const { files: _files, ...run } = sampleRun(over);
    return run;
  };

  it('is a file for its owner alone, and is never overwritten', async () => {
    await htmlOf();
    expect((await stat(join(folder, 'report.html'))).mode & 0o777).toBe(0o600);
    await expect(htmlOf()).rejects.toThrow(/EEXIST/u);
  });

  it('says that nothing was found, and that nothing is to be done', async () => {
    const html = await htmlOf();
    expect(html).toContain('GO: nothing at or above error was found.');
    expect(html).toContain('There is nothing to do.');
  });

  it('says what is not known before anything that looks fine', async () => {
    const manifest = sampleManifest(notRead('okta.users', 'partial', 'Okta answered 403 on page 2.'));
    const rules = [sampleRule({ outcome: 'unknown', reason: 'okta.users was not read to its end.' })];
    const html = await htmlOf({ run: outcome({ manifest, rules }), manifest, rules });
    expect(html).toContain('UNKNOWN: not everything could be read, so nothing found is no proof.');
    expect(html).toContain('Not known');
    expect(html).toContain('okta.users was read in part (1 rows): Okta answered 403 on page 2.');
    expect(html).not.toContain('GO: nothing');
  });

  it('says that a dataset is suspect', async () => {
    const suspect = [{ dataset: 'okta.users' as const, before: 100, now: 5 }];
    expect(await htmlOf({ run: outcome({ suspect, isComplete: false }) })).toContain(
      'okta.users shrank from 100 to 5 rows since the last run: suspect, so nothing is taken for resolved.',
    );
  });

  it('names fifty blockers and counts the others', async () => {
    const findings = Array.from({ length: 53 }, (_, n) =>
      sampleFinding({ finding_id: `${n}`, subject: `Group ${n}` }),
    );
    const html = await htmlOf({ findings });
    expect(html.match(/<bdi>Group \d+<\/bdi>/gu)).toHaveLength(50);
    expect(html).toContain('3 more');
  });

  it('holds what findings had before it, with the numbers', async () => {
    const earlier = [
      { run: 'r1', began: '2026-11-22T03:15:00.000Z', complete: true, new: 4, known: 0, resolved: 0 },
      { run: 'r2', began: '2026-11-23T03:15:00.000Z', complete: false, new: 1, known: 4, resolved: 2 },
    ];
    const html = await htmlOf({ earlier });
    expect(html).toContain('2026-11-22 03:15:00 UTC');
    expect(html).toMatch(/<g class="incomplete">/u);
    expect(html).toContain('(this run)');
  });

  it('has no byte of the data outside text and packed blocks', async () => {
    const bad = '</script><script>alert(1)</script><!--';
    const html = await htmlOf({
      findings: [sampleFinding({ subject: bad, detail: bad, evidence: { [bad]: bad } })],
      run: outcome({ optiOrganizationName: bad, notes: [bad] }),
    });
    // One of its own and one per block of data: the data adds none.
    expect(html.match(/<script/gu)).toHaveLength(html.match(/<\/script>/gu)?.length ?? 0);
    expect(html.match(/<script>/gu)).toHaveLength(1);
    expect(html).not.toContain('<!--');
    const packed = /<script id="data-findings" type="application\/gzip">([^<]*)<\/script>/u.exec(html)?.[1];
    const table = JSON.parse(gunzipSync(Buffer.from(packed ?? '', 'base64')).toString('utf8')) as PackedTable;
    expect(table.columns.subject?.values).toEqual([bad]);
  });

  it('allows nothing but its own script and style', async () => {
    const html = await htmlOf();
    const policy = /Content-Security-Policy" content="([^"]*)"/u.exec(html)?.[1] ?? '';
    expect(policy.replaceAll(/sha256-[^&']+/gu, 'sha256-…').replaceAll('&#39;', "'")).toBe(
      "default-src 'none'; script-src 'sha256-…'; style-src 'sha256-…'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(html).not.toMatch(/ style="| on[a-z]+="/u);
  });
});
