import type { Analyzer, BinaryAnalyzer } from './analyzer.ts';
import { apk } from './apk.ts';
import { cargo } from './cargo.ts';
import { chisel } from './chisel.ts';
import { composer } from './composer.ts';
import { conan } from './conan.ts';
import { conda } from './conda.ts';
import { contentSets } from './content-sets.ts';
import { cran } from './cran.ts';
import { dotnet } from './dotnet.ts';
import { dpkg } from './dpkg.ts';
import { goBinary } from './go-binary.ts';
import { goMod } from './go-mod.ts';
import { gradle } from './gradle.ts';
import { hackage } from './hackage.ts';
import { hex } from './hex.ts';
import { jar } from './jar.ts';
import { knownPrograms } from './known-programs.ts';
import { nodeLocks } from './node-locks.ts';
import { npm } from './npm.ts';
import { osRelease } from './os-release.ts';
import { pub } from './pub.ts';
import { python } from './python.ts';
import { pythonArchives } from './python-archives.ts';
import { pythonLocks } from './python-locks.ts';
import { rpm } from './rpm.ts';
import { ruby } from './ruby.ts';
import { runtimes } from './runtimes.ts';
import { rustBinary } from './rust-binary.ts';
import { sbom } from './sbom.ts';
import { swift } from './swift.ts';

/** All analyzers. A path belongs to the first one that wants it. */
export const analyzers: readonly Analyzer[] = [
  osRelease,
  dpkg,
  chisel,
  apk,
  rpm,
  contentSets,
  npm,
  nodeLocks,
  python,
  pythonArchives,
  pythonLocks,
  conda,
  jar,
  ruby,
  composer,
  dotnet,
  cargo,
  goMod,
  gradle,
  hex,
  pub,
  swift,
  conan,
  hackage,
  cran,
  sbom,
  runtimes,
];

/** Those that look into programs, where no other analyzer wants the file. */
export const binaryAnalyzers: readonly BinaryAnalyzer[] = [goBinary, rustBinary, knownPrograms];

/** Ids and versions of all analyzers: what an inventory tells of how it was made, and part of every cache key. */
export const analyzerVersions: Readonly<Record<string, number>> = Object.fromEntries(
  [...analyzers, ...binaryAnalyzers].map(({ id, version }) => [id, version]),
);
