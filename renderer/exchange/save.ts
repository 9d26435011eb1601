import type { Exported } from './export.ts'

const KEPT_MS = 60_000

/** Gives a file to the person: a download in a browser, a dialog in Electron (electron/main/permissions.ts). */
export function saveFile({ name, contents }: Exported): void {
  const link = document.createElement('a')
  const address = URL.createObjectURL(contents)
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(address)
  }, KEPT_MS)
}
