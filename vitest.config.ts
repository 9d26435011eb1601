import path from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  // Svelte as in a page, also where it runs in Node
  resolve: { conditions: ['browser'] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    setupFiles: ['test/setup.ts'],
    // in place of the built-in model, which is fifty times as large
    env: { DEPTHWISE_MODEL: path.join(import.meta.dirname, 'test/models/tiny') },
    // several times what the slowest take on two cores that do something else too
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // two cores are the smallest machine that the suite is meant for
    maxWorkers: 2,
  },
})
