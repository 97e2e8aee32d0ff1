import { expect, it } from 'vitest';
import { dotnet } from './dotnet.ts';
import { fixture, readFile } from './testing-read.ts';

it('reads the packages and the runtime that a published program brings, but not the program', () => {
  const { facts, names } = readFile(dotnet, 'app/app.deps.json', fixture('app.deps.json'));

  expect(names).toEqual(['Microsoft.NETCore.App.Runtime.linux-x64 8.0.1', 'Newtonsoft.Json 12.0.3']);
  expect(facts.packages).toMatchObject([{ type: 'nuget', evidence: 'installed' }, {}]);
});
