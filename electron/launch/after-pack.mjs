import { rmSync } from 'node:fs'
import path from 'node:path'

/** What an Electron that was given brings along and an app has no use for. */
export default function afterPack({ appOutDir }) {
  rmSync(path.join(appOutDir, 'resources/default_app.asar'), { force: true })
}
