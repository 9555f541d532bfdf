/** Work took longer than it was given. */
export class TooLate extends Error {}

/** What the work gives; throws a TooLate after so many milliseconds, and tells `whenLate`, for the work may go on. */
export function within<Value>(
  milliseconds: number,
  work: Promise<Value>,
  whenLate = () => {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TooLate(`There was no answer within ${Math.round(milliseconds)} ms.`));
      whenLate();
    }, milliseconds);
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
