/** One file for the image: half the heap of the sources, whose every import keeps its text and its module. */
export default {
  input: 'src/main.ts',
  platform: 'node',
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
    legalComments: 'inline',
    // Names stay, for stack traces; comments and spaces go, since the text is held in memory.
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  },
};
