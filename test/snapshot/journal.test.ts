import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from '../../src/snapshot/journal.ts';

const URL_A = 'https://acme.okta.com/api/v1/groups?limit=200';
const URL_B = 'https://acme.okta.com/api/v1/groups?after=x&limit=200';
const PAGE = { value: [{ id: '00g1', name: 'Ünïcode \u{1F600}' }], next: URL_B, attempts: 2 };
const END = { value: [], next: null, attempts: 1 };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-journal-'));
  path = join(folder, 'okta.journal');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function keepBoth(): Promise<void> {
  const journal = await openJournal(path);
  await journal.keep(URL_A, PAGE);
  await journal.keep(URL_B, END);
  await journal.close();
}

describe('a journal', () => {
  it('gives again what was kept, to whoever opens it next', async () => {
    await keepBoth();
    const journal = await openJournal(path);
    expect(await journal.keptAnswer(URL_A)).toEqual(PAGE);
    expect(await journal.keptAnswer(URL_B)).toEqual(END);
    expect(await journal.keptAnswer(`${URL_B}&x`)).toBeNull();
    await journal.close();
  });

  it('knows that it holds nothing, and that it holds something', async () => {
    const journal = await openJournal(path);
    expect(journal.holdsAnything).toBe(false);
    await journal.keep(URL_A, { notFound: 'GET /x answered HTTP 404', attempts: 1 });
    expect(journal.holdsAnything).toBe(true);
    await journal.close();
    const again = await openJournal(path);
    expect(again.holdsAnything).toBe(true);
    expect(await again.keptAnswer(URL_A)).toEqual({ notFound: 'GET /x answered HTTP 404', attempts: 1 });
    await again.close();
  });

  it('gives of several answers to one URL the last', async () => {
    await keepBoth();
    const second = await openJournal(path);
    await second.keep(URL_A, END);
    await second.close();
    const third = await openJournal(path);
    expect(await third.keptAnswer(URL_A)).toEqual(END);
    await third.close();
  });

  it('keeps answers in the order in which they came, however long each takes to write', async () => {
    const journal = await openJournal(path);
    const long = { value: Array.from({ length: 20_000 }, (_, id) => ({ id })), next: null, attempts: 1 };
    await Promise.all([journal.keep(URL_A, long), journal.keep(URL_A, END)]);
    await journal.close();
    const again = await openJournal(path);
    expect(await again.keptAnswer(URL_A)).toEqual(END);
    await again.close();
  });

  it('can be read by its owner only', async () => {
    await keepBoth();
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  });

  it('survives being cut off at any byte: whole records stay, the rest is overwritten', async () => {
    await keepBoth();
    const bytes = readFileSync(path);
    const first = 8 + bytes.readUInt32LE(0) + bytes.readUInt32LE(4);
    for (let length = 0; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      const journal = await openJournal(path);
      expect(await journal.keptAnswer(URL_A)).toEqual(length >= first ? PAGE : null);
      expect(await journal.keptAnswer(URL_B)).toBeNull();
      await journal.keep(URL_B, END);
      await journal.close();
      const again = await openJournal(path);
      expect(await again.keptAnswer(URL_B)).toEqual(END);
      await again.close();
      rmSync(path);
    }
  });

  it('takes zeros at its end for nothing, and a damaged answer for none', async () => {
    await keepBoth();
    const whole = readFileSync(path);
    appendFileSync(path, Buffer.alloc(4096));
    let journal = await openJournal(path);
    expect(await journal.keptAnswer(URL_B)).toEqual(END);
    await journal.close();
    expect(statSync(path).size).toBe(whole.length);
    whole.fill(0, 8 + whole.readUInt32LE(0) + 4, 8 + whole.readUInt32LE(0) + 12);
    writeFileSync(path, whole);
    journal = await openJournal(path);
    expect(await journal.keptAnswer(URL_A)).toBeNull();
    expect(await journal.keptAnswer(URL_B)).toEqual(END);
    await journal.close();
  });

  it('keeps many at once, each whole', async () => {
    const journal = await openJournal(path);
    const urls = Array.from({ length: 300 }, (_, n) => `${URL_A}&n=${n}`);
    await Promise.all(
      urls.map((url, n) => journal.keep(url, { value: [url.repeat(n)], next: null, attempts: 1 })),
    );
    await journal.close();
    const again = await openJournal(path);
    for (const [n, url] of urls.entries()) {
      expect(await again.keptAnswer(url)).toEqual({ value: [url.repeat(n)], next: null, attempts: 1 });
    }
    await again.close();
  });
});
