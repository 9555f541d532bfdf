import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CallError } from '@motorpool/service/call.ts';
import { type RequestContext, requestContext } from '@motorpool/service/context.ts';
import { beginReceipt, PartError } from './receipt.ts';

let clock = 0;
beforeEach(() => {
  clock = 5000;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

const took =
  (milliseconds: number, instance = 'two') =>
  async () => {
    clock += milliseconds;
    return { value: 7, instance, version: '1.2.3' };
  };

const failed = (milliseconds: number, error: Error) => async (): Promise<never> => {
  clock += milliseconds;
  throw error;
};

describe('When a step is done', () => {
  test('the receipt says who answered, when it was asked, and how long it took', async () => {
    const { receipt, time } = beginReceipt(clock + 1600);
    clock += 2.5;
    expect(await time('service2', took(10.006))).toEqual({ value: 7, instance: 'two', version: '1.2.3' });
    expect(receipt.steps).toEqual({
      service2: { instance: 'two', version: '1.2.3', startedAt: 2.5, milliseconds: 10.01, error: null },
    });
  });

  test('a step that is done twice adds up, and began with the first', async () => {
    const { receipt, time } = beginReceipt(clock + 1600);
    await time('database', took(10));
    await time('service2', took(5));
    await time('database', took(20, 'db-2'));
    expect(receipt.steps.database).toMatchObject({ instance: 'db-2', startedAt: 0, milliseconds: 30 });
  });

  test('the request id is on it, and Server-Timing learns of every step', async () => {
    const context: RequestContext = { requestId: 'abcdefgh', timings: [] };
    await requestContext.run(context, async () => {
      const { receipt, time } = beginReceipt(clock + 1600);
      await time('service3', took(3));
      expect(receipt.requestId).toBe('abcdefgh');
    });
    expect(context.timings).toEqual([['service3', 3]]);
  });
});

describe('When a step fails', () => {
  test('the error names the part in words, and keeps the cause for the log', async () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7');
    const error = await beginReceipt(clock + 1600)
      .time('service4', failed(3, cause))
      .catch(thrown => thrown);
    expect(error).toBeInstanceOf(PartError);
    expect(error).toMatchObject({ part: 'service4', message: 'the colour service did not answer', cause });
  });

  test('the receipt says how a call failed, but not what a database says of itself', async () => {
    const { receipt, time } = beginReceipt(clock + 1600);
    await time('service3', failed(3, new CallError('answered with status 500'))).catch(() => {});
    await time('database', failed(4, new Error("Access denied for user 'motorpool'@'10.0.0.7'"))).catch(
      () => {},
    );
    expect(receipt.steps).toEqual({
      service3: {
        instance: null,
        version: null,
        startedAt: 0,
        milliseconds: 3,
        error: 'answered with status 500',
      },
      database: { instance: null, version: null, startedAt: 3, milliseconds: 4, error: 'did not answer' },
    });
  });

  test.each(['service2', 'database'] as const)(
    'the time that %s used up is not held against who comes next',
    async slow => {
      const { receipt, time } = beginReceipt(clock + 1600);
      await time('service2', took(slow === 'service2' ? 1500 : 50));
      await time('database', took(slow === 'database' ? 1500 : 50));
      const error = await time('service4', failed(50, new Error('late'))).catch(thrown => thrown);
      expect(error).toMatchObject({ part: slow, message: expect.stringMatching(/ took too long$/) });
      expect(receipt.steps.service4?.error).toBe('had no time left');
    },
  );

  test.each([
    ['has time enough', 1300, 300],
    ['fails at once', 1550, 10],
  ])('who comes late but %s is to blame', async (_, earlier, milliseconds) => {
    const { time } = beginReceipt(clock + 1600);
    await time('database', took(earlier));
    await expect(time('service4', failed(milliseconds, new Error('down')))).rejects.toMatchObject({
      part: 'service4',
      message: 'the colour service did not answer',
    });
  });
});
