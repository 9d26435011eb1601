import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { test as setup } from '@playwright/test'

setup('the app is packaged, as a folder', () => {
  setup.setTimeout(300_000)
  const packaging = path.join(import.meta.dirname, '../../electron/launch/package.ts')
  const electron = process.env.ELECTRON_OVERRIDE_DIST_PATH!
  execFileSync(process.execPath, [packaging, '--electron', electron, '--', '--linux', 'dir'], { stdio: 'pipe' })
})
