import { JOBS } from '../../src/domain/rule.ts';

/** Makes one part of the generated files and sends them to `generate.ts`: `documents`, or the sample of a job. */
const [part] = process.argv.slice(2);
const job = JOBS.find((each) => each === part);
const files =
  job === undefined
    ? await (await import('./generated-documents.ts')).generatedDocuments()
    : await (await import('./sample-run.ts')).sampleRunFiles(job);
process.send?.(files);
process.disconnect?.();
