import path from 'node:path'
import { defineConfig } from '@playwright/test'
import { findTools } from '../tools.ts'

const { chromium, electron } = findTools()
if (chromium) process.env.CHROMIUM = chromium
if (electron) process.env.ELECTRON_OVERRIDE_DIST_PATH = path.dirname(electron)

/** axe needs a browser context, a window has a size of its own; and where the page is the same in both, one is enough. */
const IN_A_BROWSER = [
  'browser',
  'screens',
  'small',
  'search',
  'pages',
  'conversations',
  'conversation-model',
  'library',
  'tune',
  'attachments',
  'hold',
  'compare',
].map((name) => `${name}.spec.ts`)
const IN_ELECTRON = ['electron', 'budget', 'slider', 'drafts', 'several'].map((name) => `${name}.spec.ts`)

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  fullyParallel: false,
  reporter: 'list',
  use: { viewport: { width: 1280, height: 800 }, trace: 'retain-on-failure' },
  projects: [
    { name: 'browser', testIgnore: [...IN_ELECTRON, 'packaged.spec.ts'] },
    { name: 'electron', testIgnore: [...IN_A_BROWSER, 'packaged.spec.ts'] },
    { name: 'packaging', testMatch: 'packaging.setup.ts' },
    { name: 'packaged', testMatch: 'packaged.spec.ts', dependencies: ['packaging'] },
  ],
})
