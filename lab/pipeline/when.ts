import type { Word } from './jenkinsfile.ts';
import type { Build } from './steps.ts';

/** Whether a condition of a stage's `when` holds for a build. */
export function holds(condition: Word, build: Build): boolean {
  return rules[condition.word]?.(condition, build) ?? false;
}

const rules: Record<string, (condition: Word, build: Build) => boolean> = {
  beforeAgent: () => true,
  anyOf: ({ block }, build) => block.some(one => holds(one, build)),
  not: ({ block }, build) => !block.some(one => holds(one, build)),
  expression: ({ block }, build) => block.every(one => holds(one, build)),
  '==': ({ given }, { result }) => {
    const [one, other] = given as [unknown, string];
    return (typeof one === 'string' ? one : result) === other; // what is no text is currentBuild.currentResult
  },
  branch: ({ given }, { environment }) => environment.BRANCH_NAME === given,
  changeRequest: (_condition, { environment }) => Boolean(environment.CHANGE_ID),
  environment: ({ given }, { environment }) => {
    const { name, value } = given as { name: string; value: string };
    return environment[name] === value;
  },
};
