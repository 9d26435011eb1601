import type { ElectronApplication, Page } from '@playwright/test'
import { killUtilityProcess, launchAgain, launchElectron } from './support/app.ts'
import { answers, expect, send, test as base } from './support/fixtures.ts'

interface Window {
  app: ElectronApplication
  page: Page
}

/** What only Electron has: a main process to be safe from, and a window of its own. */
const test = base.extend<{ start: () => Promise<Window> }>({
  start: async ({ folders }, use) => {
    const started: ElectronApplication[] = []
    await use(async () => {
      const app = await launchElectron(folders)
      started.push(app)
      const page = await app.firstWindow()
      await expect(page.getByTestId('composer')).toBeVisible()
      return { app, page }
    })
    for (const app of started) await app.close().catch(() => undefined)
  },
})

test('the page has a port to the host, and no Node', async ({ start }) => {
  const { page } = await start()
  const seen = await page.evaluate(() => {
    const page = globalThis as unknown as Record<string, unknown>
    const bridge = page.depthwise as Record<string, unknown>
    return {
      bridge: Object.entries(bridge).map(([name, value]) => `${name}: ${typeof value}`),
      node: ['require', 'process', 'module', 'global', 'Buffer', 'setImmediate', 'electron'].filter(
        (name) => name in page,
      ),
    }
  })
  expect(seen).toEqual({ bridge: ['send: function', 'listen: function', 'pathOf: function'], node: [] })
})

test('the page is sandboxed and keeps the web’s own limits, without one experiment', async ({ start }) => {
  const { app, page } = await start()
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!
    // Electron's own tests read it so; its types leave it out
    return (webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  })
  expect(preferences.enableBlinkFeatures ?? '').toBe('')
  const isNoWebview = `!('loadURL' in document.body.appendChild(document.createElement('webview')))`
  expect(await page.evaluate(isNoWebview)).toBe(true)
})

test('the menus speak the language of the settings, and begin a chat by key', async ({ start }) => {
  const { app, page } = await start()
  const labels = (): Promise<string[][]> =>
    app.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()!.items.map(({ label, submenu }) => [
        label,
        ...submenu!.items.filter(({ type }) => type === 'normal').map((item) => item.label),
      ]),
    )
  expect(await labels()).toEqual([
    ['&File', 'New Chat', 'Quit'],
    ['&Edit', 'Undo', 'Redo', 'Cut', 'Copy', 'Paste', 'Delete', 'Select All'],
    ['&View', 'Reload', 'Actual Size', 'Zoom In', 'Zoom Out', 'Toggle Full Screen', 'Toggle Developer Tools'],
  ])
  await page.getByTestId('open-settings').click()
  await page.getByRole('radio', { name: 'Deutsch' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(labels).toEqual([
    ['&Datei', 'Neuer Chat', 'Beenden'],
    ['&Bearbeiten', 'Rückgängig', 'Wiederholen', 'Ausschneiden', 'Kopieren', 'Einfügen', 'Löschen', 'Alles auswählen'],
    ['&Ansicht', 'Neu laden', 'Originalgröße', 'Vergrößern', 'Verkleinern', 'Vollbild ein/aus', expect.any(String)],
  ])
  await page.getByTestId('composer').fill('half a thought')
  await expect(page).toHaveURL(/bundle\/$/)
  await app.evaluate(({ Menu }) => {
    const { click } = Menu.getApplicationMenu()!.items[0]!.submenu!.items[0]!
    ;(click as () => void)()
  })
  await expect(page.getByTestId('composer')).toBeFocused()
})

test('the page cannot be left, and opens no window', async ({ start }) => {
  const { app, page } = await start()
  await app.evaluate(({ dialog, shell }) => {
    const opened: string[] = []
    dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false })
    shell.openExternal = (url) => {
      opened.push(url)
      return Promise.resolve()
    }
    Object.assign(globalThis, { opened })
  })
  const home = page.url()
  expect(home).toBe('app://bundle/')
  // as text: these are the page's globals, not ours
  for (const url of ['https://example.com/left', 'file:///etc/passwd', 'data:text/html,left', 'app://elsewhere/']) {
    await page.evaluate(`new Promise((resolve) => {
      location.assign(${JSON.stringify(url)})
      setTimeout(resolve, 200)
    })`)
  }
  const popups = await page.evaluate(
    `['https://example.com/opened', 'file:///etc/passwd', 'about:blank'].map((url) => open(url) === null)`,
  )
  await expect
    .poll(() => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened))
    .toEqual(['https://example.com/left', 'https://example.com/opened'])
  expect(popups).toEqual([true, true, true])
  expect(page.url()).toBe(home)
  expect(app.windows()).toHaveLength(1)
  // Playwright's own waiting takes a refused navigation for one under way
  expect(await page.evaluate(`document.querySelector('[data-testid=composer]') !== null`)).toBe(true)
})

test('an offer of a call lets no address out of the page', async ({ start }) => {
  const { page } = await start()
  const candidates = await page.evaluate<string[]>(`(async () => {
    const found = []
    try {
      const call = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:3478' }] })
      call.onicecandidate = ({ candidate }) => candidate?.candidate && found.push(candidate.candidate)
      call.createDataChannel('out')
      await call.setLocalDescription(await call.createOffer())
      await new Promise((resolve) => setTimeout(resolve, 1500))
    } catch {}
    return found
  })()`)
  expect(candidates).toEqual([])
})

test('the page gets no permission, no file and no other machine', async ({ start }) => {
  const { page } = await start()
  const answers = await page.evaluate<Record<string, string>>(`(async () => {
    const attempt = (made) => made.then(() => 'granted', () => 'denied')
    const state = async (name) => (await navigator.permissions.query({ name })).state
    return {
      place: await state('geolocation'),
      microphone: await state('microphone'),
      notifications: await state('notifications'),
      pasting: await state('clipboard-read'),
      notification: await Notification.requestPermission(),
      camera: await attempt(navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await attempt(navigator.mediaDevices.getDisplayMedia({ video: true })),
      clipboard: await attempt(navigator.clipboard.readText()),
      elsewhere: await attempt(fetch('https://example.com/')),
      loopback: await attempt(fetch('http://127.0.0.1:80/')),
      file: await attempt(fetch('file:///etc/passwd')),
      outside: (await fetch('../package.json')).ok ? 'granted' : 'denied',
    }
  })()`)
  for (const [what, answer] of Object.entries(answers)) expect(answer, what).toBe('denied')
})

test('a second start brings the window of the first to the front, and ends', async ({ start, folders }) => {
  const { app } = await start()
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]!.hide()
  })
  const began = Date.now()
  expect(await launchAgain(folders)).toBe(0)
  expect(Date.now() - began).toBeLessThan(10_000)
  const isVisible = (): Promise<boolean> =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().every((window) => window.isVisible()))
  await expect.poll(isVisible).toBe(true)
  expect(app.windows()).toHaveLength(1)
})

test('the window comes back where it was', async ({ start }) => {
  const place = { x: 60, y: 40, width: 900, height: 640 }
  const first = await start()
  await first.app.evaluate(({ BrowserWindow }, bounds) => {
    BrowserWindow.getAllWindows()[0]!.setBounds(bounds)
  }, place)
  await first.app.close()
  const second = await start()
  const bounds = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds())
  expect(bounds).toEqual(place)
})

test('an engine that went away is started again, and the window says so', async ({ start }) => {
  const { app, page } = await start()
  await expect(page.getByTestId('status-chip')).toContainText('CPU', { timeout: 30_000 })
  await killUtilityProcess(app)
  await page.getByTestId('status-chip').click()
  await expect(page.getByText('The engine was started again once.')).toBeVisible()
  await expect(page.getByTestId('status-chip')).toContainText('CPU', { timeout: 30_000 })
})

test('an answer that ends behind other windows is counted; what is asked for by address opens without a reload', async ({
  start,
}) => {
  const { app, page } = await start()
  await expect(page.getByTestId('status-chip')).toContainText('CPU', { timeout: 30_000 })
  await app.evaluate(({ app: electron, Menu, BrowserWindow }) => {
    const counts: number[] = []
    electron.setBadgeCount = (count) => counts.push(count ?? -1) > 0
    // a menu that is open holds the test back
    const menus: string[][] = []
    Menu.prototype.popup = function (this: Electron.Menu) {
      menus.push(this.items.map(({ role, label }) => role ?? label))
    }
    // without a window manager none is ever in front, or always
    BrowserWindow.getAllWindows()[0]!.isFocused = () => false
    Object.assign(globalThis, { counts, menus })
  })
  await send(page, 'Do you like dogs?')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
  const told = (): Promise<{ counts: number[]; menus: string[][] }> =>
    app.evaluate(() => {
      const { counts, menus } = globalThis as unknown as { counts: number[]; menus: string[][] }
      return { counts, menus }
    })
  await expect.poll(async () => (await told()).counts).toContain(1)

  await page.getByTestId('composer').click({ button: 'right' })
  await expect.poll(async () => (await told()).menus).toEqual([['cut', 'copy', 'paste', 'selectall']])

  await page.getByTestId('new-chat').click()
  await expect(answers(page)).toHaveCount(0)
  await page.evaluate(`globalThis.notReloaded = true`)
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.loadURL('app://bundle/#1'))
  await expect(answers(page)).toHaveCount(1)
  expect(await page.evaluate(`globalThis.notReloaded`)).toBe(true)
})
