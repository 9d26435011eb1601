/** No file may import itself, through others; for this an import of types only is one like any other (in a .svelte file it goes unseen). */
export default {
  forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }],
  options: {
    includeOnly: '^(electron|models|renderer|test)/',
    parser: 'tsc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.svelte'] },
  },
}
