import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

export interface Instruction {
  word: string;
  rest: string;
}

/** The instructions of each stage of the Dockerfile, its `FROM` first; continued lines are one. */
export function dockerfileStages(): Instruction[][] {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/gu, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+) (.+)$/u.exec(line) ?? [];
    if (word === '') throw new Error(`The Dockerfile holds a line that is no instruction: ${line}`);
    if (word === 'FROM') stages.push([]);
    stages.at(-1)?.push({ word, rest });
  }
  return stages;
}

/** What the last instruction of a word says; empty where there is none. */
export function lastOf(stage: readonly Instruction[], word: string): string {
  return stage.findLast((instruction) => instruction.word === word)?.rest ?? '';
}

/** The variables that a stage sets. */
export function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const pairs = stage.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}
