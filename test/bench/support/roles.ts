import type { Task } from './contender.ts';
import { answerWith } from './processes.ts';
import type { ServerVerb } from './server-process.ts';

/** What a process of the bench does all its life. Each loads only what its part needs. */
export async function playRole(role: string): Promise<void> {
  switch (role) {
    case 'server': {
      const handlers = (await import('./server-process.ts')).serverHandlers();
      answerWith(({ verb, take }: { verb: ServerVerb; take: never }) => handlers[verb](take));
      return;
    }
    case 'ours':
      answerWith((await import('./ours.ts')).collectOurs);
      return;
    case 'sdk-loop':
    case 'sdk-parallel': {
      const { collectWithSdk } = await import('./plain-sdk.ts');
      answerWith((task: Task) => collectWithSdk(task, { parallel: role === 'sdk-parallel' }));
      return;
    }
    case 'bare':
      answerWith((await import('./bare-client.ts')).fetchAll);
      return;
    default:
      throw new Error(`The bench knows no role ${role}.`);
  }
}
