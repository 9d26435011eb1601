import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** What the real host sends with the page; `vite preview` of this folder sends it too. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html chat-markdown',
].join('; ')

/** The renderer with a fake host, for design work and screenshots. */
export default defineConfig({
  base: './',
  plugins: [svelte()],
  server: { open: '/test/renderer/dev/index.html' },
  preview: { headers: { 'Content-Security-Policy': POLICY } },
  build: {
    outDir: 'dist/renderer-dev',
    rolldownOptions: { input: 'test/renderer/dev/index.html' },
    emptyOutDir: true,
    target: 'chrome142',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
