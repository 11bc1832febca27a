import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

/** A fenced block of a Markdown file. */
export interface Block {
  language: string;
  text: string;
  /** The text between the block before and this one. */
  before: string;
}

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every Markdown file of the repository, by path. */
export function markdownFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '');
}

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  let last = 0;
  for (const found of document.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gmu)) {
    const [whole, language = '', text = ''] = found;
    blocks.push({ language, text, before: document.slice(last, found.index) });
    last = found.index + whole.length;
  }
  return blocks;
}

/** A document without its fenced blocks and comments. */
export function proseOf(document: string): string {
  return document.replace(/^```\w*\n[\s\S]*?^```$/gmu, '').replace(/<!--[\s\S]*?-->/gu, '');
}

/** What stands between backticks in the prose, `\|` of table cells as it is meant. */
export function inlineCodeOf(document: string): string[] {
  return [...proseOf(document).matchAll(/`([^`\n]+)`/gu)].map(([, code = '']) => code.replaceAll('\\|', '|'));
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of proseOf(document).matchAll(/^#{1,6} (.+)$/gmu)) {
    const slug = title
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replace(/\s/gu, '-');
    let anchor = slug;
    for (let twice = 1; anchors.has(anchor); twice += 1) anchor = `${slug}-${twice}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Targets of the links, pictures included. */
export function linksOf(document: string): string[] {
  const prose = proseOf(document).replace(/`[^`\n]*`/gu, '');
  return [...prose.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/gu)].map(([, target = '']) => target);
}
