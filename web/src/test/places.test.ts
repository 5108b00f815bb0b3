import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import served from '../../openapi/live.json';
import { elsewhere } from './elsewhere';

interface Operation {
  id: string;
  method: string;
  path: string;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const SCOPED = 'InLibrary'; // what the twins within a library are called, after the operation itself

const operations: Operation[] = Object.entries(served.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { operationId: string }>)
    .filter(([method]) => METHODS.includes(method))
    .map(([method, { operationId }]) => ({ id: operationId, method: method.toUpperCase(), path })),
);

/** The sources that people's browsers run, by their path. */
function sources(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'test' ? [] : sources(path);
    const isOurs = /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$|schema\.d\.ts$/.test(entry.name);
    return isOurs ? [[path, readFileSync(path, 'utf8')]] : [];
  });
}

/** `GET /rooms/{id}`: the files that call it by the generated client. */
const calls = new Map<string, string[]>();
for (const [file, text] of sources(join(import.meta.dirname, '..'))) {
  for (const [, method, path] of text.matchAll(/\.(GET|PUT|POST|PATCH|DELETE)\(\s*'([^']+)'/g)) {
    const key = `${method} ${path}`;
    calls.set(key, [...(calls.get(key) ?? []), file]);
  }
}

const isCalled = ({ method, path }: Operation) => calls.has(`${method} ${path}`);
const byId = new Map(operations.map((operation) => [operation.id, operation]));

/** Within a library a person does the same by the plain address: the app names the room or the session. */
function plain(operation: Operation): Operation {
  const twin = operation.id.endsWith(SCOPED) ? byId.get(operation.id.slice(0, -SCOPED.length)) : undefined;
  return twin ?? operation;
}

describe('every operation of the API', () => {
  const missing = operations.filter((operation) => !isCalled(operation) && !isCalled(plain(operation)) && elsewhere[plain(operation).id] === undefined);
  const both = operations.filter((operation) => isCalled(operation) && elsewhere[operation.id] !== undefined);

  it('has a place in the web app, or a reason to have none', () => {
    expect(operations.length).toBeGreaterThan(300);
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  it('that a person uses has no reason why they do not', () => {
    expect(both.map(({ id, method, path }) => `${id}: ${calls.get(`${method} ${path}`)?.join(', ')}`)).toEqual([]);
  });

  it('is known by its name: no reason and no call is left over', () => {
    const paths = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    expect(Object.keys(elsewhere).filter((id) => !byId.has(id))).toEqual([]);
    expect([...calls.keys()].filter((key) => !paths.has(key))).toEqual([]);
  });
});
