/** Who was given less than this, in milliseconds, is not judged by it: others have used up the time. */
export const fairMs = 300;

/** Work took longer than it was given. */
export class TooLate extends Error {}

/** What the work gives; throws a TooLate after so many milliseconds, and tells `whenLate`, for the work may go on. */
export function within<Value>(
  milliseconds: number,
  work: Promise<Value>,
  whenLate = () => {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(new TooLate(`There was no answer within ${Math.round(milliseconds)} ms.`));
        whenLate();
      },
      Math.max(0, milliseconds),
    );
    work.then(
      value => {
        clearTimeout(timer);
        resolve(value);
      },
      error => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
