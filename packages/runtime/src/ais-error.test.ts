import { describe, expect, test, vi } from 'vitest';
import { AisError, type ErrorExit } from './ais-error.js';

type Code = 'no-salt' | 'on-fire' | 'called-away';

class KitchenError extends AisError<Code> {
  static override readonly package: string = '@ais/kitchen';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'no-salt': 'usage',
    'called-away': 'interrupted',
  };
  override readonly name: string = 'KitchenError';
}

class FireError extends KitchenError {
  static override readonly codes: readonly string[] = ['on-fire'];
  override readonly name: string = 'FireError';
}

class GardenError extends AisError<'no-salt'> {
  static override readonly package: string = '@ais/garden';
  override readonly name: string = 'GardenError';
}

describe('an error of a package', () => {
  test('says its package, name, code, and cause', () => {
    const cause = new Error('spark');
    const error = new FireError('on-fire', 'The pan is on fire. Cover it.', { cause });
    expect(error.message).toBe('@ais/kitchen: The pan is on fire. Cover it.');
    expect(error).toMatchObject({ name: 'FireError', code: 'on-fire', cause });
    expect(error.detail).toBe('The pan is on fire. Cover it.');
    expect(String(error)).toMatch(/^FireError: @ais\/kitchen: /);
    expect(error.stack).toContain('ais-error.test.ts');
  });

  test.each<[Code, ErrorExit]>([
    ['no-salt', 'usage'],
    ['called-away', 'interrupted'],
    ['on-fire', 'failure'],
  ])('derives from its code %s the exit %s', (code, exit) => {
    expect(new KitchenError(code, 'x').exit).toBe(exit);
  });

  test('carries the package as a mark that does not show when it is printed or copied', () => {
    const error = new KitchenError('no-salt', 'x') as unknown as Record<symbol, unknown>;
    expect(error[Symbol.for('@ais/error')]).toBe('@ais/kitchen');
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([]);
  });
});

describe('instanceof', () => {
  test('tells packages apart', () => {
    const error = new KitchenError('no-salt', 'x');
    expect(error instanceof KitchenError && error instanceof AisError && error instanceof Error).toBe(true);
    expect((error as unknown) instanceof GardenError).toBe(false);
  });

  test('narrows by code', () => {
    expect(new KitchenError('on-fire', 'x') instanceof FireError).toBe(true);
    expect(new KitchenError('no-salt', 'x') instanceof FireError).toBe(false);
  });

  test('holds across duplicate installs', async () => {
    vi.resetModules();
    const copy = await import('./ais-error.js');
    expect(copy.AisError).not.toBe(AisError);
    class TheirKitchenError extends copy.AisError<Code> {
      static override readonly package: string = '@ais/kitchen';
      override readonly name: string = 'KitchenError';
    }
    const theirs: unknown = new TheirKitchenError('on-fire', 'x');
    expect(theirs instanceof AisError && theirs instanceof KitchenError).toBe(true);
    expect(theirs instanceof FireError).toBe(true);
    expect(theirs instanceof GardenError).toBe(false);
  });

  test.each([[null], ['KitchenError'], [new Error('KitchenError')], [{ code: 'on-fire' }]])(
    'is false for %o',
    (value) => {
      expect(value instanceof AisError).toBe(false);
      expect(value instanceof FireError).toBe(false);
    },
  );
});
