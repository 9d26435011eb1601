import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import path from 'node:path'
import { licences } from '../../../electron/launch/licences.ts'
import { PAGE_HEADERS } from '../../../electron/host/pages.ts'

/** The renderer with a fake host, for design work and screenshots; previewed, under the headers of the real one. */
export default defineConfig({
  base: './',
  plugins: [svelte(), licences(path.join(import.meta.dirname, '../../..'))],
  server: { open: '/test/renderer/dev/index.html' },
  preview: { headers: PAGE_HEADERS },
  build: {
    outDir: 'dist/renderer-dev',
    rolldownOptions: { input: 'test/renderer/dev/index.html' },
    emptyOutDir: true,
    target: 'chrome142',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
