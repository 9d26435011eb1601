import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildIfStale } from '../../electron/launch/build.ts'
import { openBrowser } from '../e2e/support/app.ts'
import { converse, leave, SCREENS } from '../e2e/support/screens.ts'
import { findTools } from '../tools.ts'

/** Pictures of every screen, to be looked at: test-results/screens/LOOK/SCREEN.png, with the model of the tests. */
const LOOKS = [
  { name: 'light', language: 'en', colorScheme: 'light', forcedColors: 'none', width: 1280, height: 800 },
  { name: 'dark-german', language: 'de', colorScheme: 'dark', forcedColors: 'none', width: 1280, height: 800 },
  { name: 'forced', language: 'en', colorScheme: 'dark', forcedColors: 'active', width: 1280, height: 800 },
  { name: 'narrow-german', language: 'de', colorScheme: 'light', forcedColors: 'none', width: 900, height: 600 },
] as const

const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-screens-'))
process.env.CHROMIUM ??= findTools().chromium ?? ''
await buildIfStale()
const app = await openBrowser({ data: path.join(folder, 'data'), cache: path.join(folder, 'cache') })
try {
  const { page } = app
  await page.getByTestId('dismiss-welcome').click()
  await converse(page)
  for (const { name, language, colorScheme, forcedColors, width, height } of LOOKS) {
    const pictures = path.join(import.meta.dirname, '../../test-results/screens', name)
    mkdirSync(pictures, { recursive: true })
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: 'reduce' })
    await page.getByTestId('open-settings').click()
    await page.locator(`input[name=language][value=${language}]`).check()
    await page.locator('dialog [type=submit]').click()
    await page.setViewportSize({ width, height })
    for (const [screen, show] of Object.entries(SCREENS)) {
      await show(page)
      await page.mouse.move(0, 0)
      await page.screenshot({ path: path.join(pictures, `${screen}.png`) })
      await leave(page)
    }
  }
} finally {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
}
