import { type Answer, problemAnswers } from './answers.ts';
import { type Path, paths } from './paths.ts';
import { type Schema, schemas } from './schemas.ts';

/** A description in OpenAPI 3.1, as far as ours goes. */
export type Description = {
  openapi: string;
  info: object;
  paths: Record<string, Path>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Answer> };
};

/** Describes all that is public in a release of this version. */
export function describeApi(version: string): Description {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Motorpool',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Draws a person, a car and a colour. HEAD is answered as GET is, without the body. A form is chosen by Accept, ' +
        'the first one here if it does not care. Any other address or method answers with one of the problems, too.',
    },
    paths,
    components: { schemas, responses: problemAnswers },
  };
}
