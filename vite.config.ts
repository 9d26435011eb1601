import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { licences } from './electron/launch/licences.ts'

/** The renderer: one page that works from any path and under the host's content security policy. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [svelte(), licences(import.meta.dirname)],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome142',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
