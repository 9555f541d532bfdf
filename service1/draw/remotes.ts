import { createBalancer } from '@motorpool/service/balance.ts';
import { type Answer, createClient } from '@motorpool/service/call.ts';
import { initialOf } from '@motorpool/service/initial.ts';
import type { Metrics } from '@motorpool/service/metrics.ts';
import type { Service1Settings } from '../settings.ts';

/** A colour, as service 4 gives it. */
export type Colour = { name: string; hex: string };

/** The calls to services 2, 3 and 4, each with the deadline of the draw; each throws a CallError. */
export type Remotes = ReturnType<typeof createRemotes>;

/** Service 1's way to the other services; `balancerOf` finds the replicas of one. */
export function createRemotes(settings: Service1Settings, metrics: Metrics, balancerOf = createBalancer) {
  const service2 = createClient('service2', metrics, balancerOf(settings.SERVICE2_URL));
  const service3 = createClient('service3', metrics, balancerOf(settings.SERVICE3_URL));
  const service4 = createClient('service4', metrics, balancerOf(settings.SERVICE4_URL));
  return {
    /** A random whole number from 1 to `max`, from service 2. */
    number(max: number, deadline: number): Promise<Answer<number>> {
      return service2.get(`/number?min=1&max=${max}`, body => numberOf(body, max), deadline);
    },

    /** A random car type, from service 3. */
    car(deadline: number): Promise<Answer<string>> {
      return service3.get('/car', body => textOf(body, 'car'), deadline);
    },

    /** All car types, from service 3. */
    cars(deadline: number): Promise<Answer<string[]>> {
      return service3.get('/cars', carsOf, deadline);
    },

    /** The colour of a name's first letter, from service 4, which learns no more of the name; "-" stands for none. */
    colour(name: string, deadline: number): Promise<Answer<Colour>> {
      return service4.get(`/colour/${initialOf(name) ?? '-'}`, colourOf, deadline);
    },

    /** Asks each of the services whether it is there. */
    healths(deadline: number) {
      const healthy = (body: unknown) => textOf(body, 'status');
      return {
        service2: () => service2.get('/health', healthy, deadline),
        service3: () => service3.get('/health', healthy, deadline),
        service4: () => service4.get('/health', healthy, deadline),
      };
    },

    async close(): Promise<void> {
      await Promise.all([service2, service3, service4].map(service => service.close()));
    },
  };
}

function numberOf(body: unknown, max: number): number {
  const number = memberOf(body, 'number');
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 && number <= max)
    return number;
  throw new TypeError(`Expected a number from 1 to ${max}.`);
}

function carsOf(body: unknown): string[] {
  const cars = memberOf(body, 'cars');
  if (Array.isArray(cars)) return cars.filter(car => typeof car === 'string');
  throw new TypeError('Expected a list of cars.');
}

function colourOf(body: unknown): Colour {
  const hex = textOf(body, 'hex');
  if (/^#[0-9a-f]{6}$/i.test(hex)) return { name: textOf(body, 'name'), hex };
  throw new TypeError('Expected a colour as #rrggbb.');
}

function textOf(body: unknown, name: string): string {
  const value = memberOf(body, name);
  if (typeof value === 'string' && value.length >= 1 && value.length <= 100) return value;
  throw new TypeError(`Expected a text \`${name}\`.`);
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
