import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Bytes of the stand-in for AppImage's runtime; the image begins behind them. */
const RUNTIME_BYTES = 4096

/**
 * Lays out, in an empty folder, what electron-builder would download to make AppImage, deb and tar.gz, of what the machine
 * has: squashfs-tools, desktop-file-utils, dpkg-deb and 7-Zip. The AppImage's runtime is a shell script here, which unpacks where the real one
 * mounts.
 * @returns variables of the environment for electron-builder
 */
export function machineToolset(folder: string): Record<string, string> {
  const appimage = path.join(folder, 'appimage')
  const host = path.join(appimage, 'linux-x64')
  for (const each of [host, path.join(appimage, 'lib/x64')]) mkdirSync(each, { recursive: true })
  for (const tool of ['mksquashfs', 'desktop-file-validate']) symlinkSync(`/usr/bin/${tool}`, path.join(host, tool))
  writeFileSync(path.join(appimage, 'runtime-x64'), runtime())
  const fpm = path.join(folder, 'fpm')
  writeFileSync(fpm, `#!/bin/sh\nexec '${process.execPath}' '${path.join(import.meta.dirname, 'fpm.ts')}' "$@"\n`)
  chmodSync(fpm, 0o755)
  return {
    APPIMAGE_TOOLS_PATH: appimage,
    CUSTOM_FPM_PATH: fpm,
    ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
  }
}

function runtime(): Buffer {
  const script = `#!/bin/sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unsquashfs -q -n -o ${RUNTIME_BYTES} -d "$folder/app" "$0" >/dev/null || exit 1
APPIMAGE=$(readlink -f "$0") APPDIR="$folder/app" "$folder/app/AppRun" "$@"
exit $?
`
  return Buffer.from(script.padEnd(RUNTIME_BYTES, '\n'))
}
