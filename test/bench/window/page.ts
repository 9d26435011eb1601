/** Milliseconds between two looks for a window that is not there yet. */
const LOOK_MS = 5
const PATIENCE_MS = 30_000

/** The window of an Electron that listens for the Chrome DevTools Protocol. */
export class Page {
  private readonly socket: WebSocket
  private readonly replies = new Map<number, (result: { value?: unknown }) => void>()
  private calls = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(data as string) as { id?: number; result?: { result?: { value?: unknown } } }
      if (id === undefined) return
      this.replies.get(id)?.(result?.result ?? {})
      this.replies.delete(id)
    })
  }

  /** Waits until there is one. */
  static async open(port: string): Promise<Page> {
    const deadline = Date.now() + PATIENCE_MS
    while (Date.now() < deadline) {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`)
      const targets = (await response.json()) as { type: string; webSocketDebuggerUrl: string }[]
      const target = targets.find(({ type }) => type === 'page')
      if (target) return new Page(await opened(new WebSocket(target.webSocketDebuggerUrl)))
      await pause(LOOK_MS)
    }
    throw new Error('no window was opened')
  }

  /** Waits until an expression of the page is true. */
  async until(expression: string, lookMs = LOOK_MS, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patienceMs
    while (Date.now() < deadline) {
      const { value } = await this.call('Runtime.evaluate', { expression: `Boolean(${expression})` })
      if (value === true) return
      await pause(lookMs)
    }
    throw new Error(`the window never came to be so: ${expression}`)
  }

  /** Types a text where the cursor is, and Enter. */
  async type(text: string): Promise<void> {
    await this.call('Input.insertText', { text })
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' }
    await this.call('Input.dispatchKeyEvent', { type: 'keyDown', ...enter })
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
  }

  /** Closes the window, and with it the app. */
  leave(): void {
    this.socket.send(JSON.stringify({ id: ++this.calls, method: 'Page.close' }))
  }

  private call(method: string, params: Record<string, unknown>): Promise<{ value?: unknown }> {
    const id = ++this.calls
    this.socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve) => this.replies.set(id, resolve))
  }
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => {
      reject(new Error('the window does not answer'))
    })
  })
  return socket
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
