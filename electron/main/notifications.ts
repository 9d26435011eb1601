import type { BrowserWindow } from 'electron'
import { app, Notification } from 'electron'
import { isNews, notificationOf } from '../contract/notification.ts'
import type { Host } from '../host/host.ts'
import { words } from './language/language.ts'

interface Windows {
  window: () => BrowserWindow | null
  /** Brings the window to the front, with this conversation on view. */
  open: (conversationId: number) => void
}

/**
 * Tells of answers that end while the window is not in front: by the system's notifications, as the settings say, and by
 * a badge that counts them until the window is in front again.
 */
export function tellOfAnswers(host: Host, { window, open }: Windows): void {
  const unseen = new Set<number>()
  /** Kept, as one that is collected can no longer be clicked. */
  const shown = new Set<Notification>()

  let isQuitting = false
  app.once('before-quit', () => (isQuitting = true))

  host.onAnswered(({ conversation, message, notifications }) => {
    if (isQuitting || !isNews(message) || window()?.isFocused()) return
    unseen.add(message.id)
    app.setBadgeCount(unseen.size)
    // Windows has no count without a picture of it
    if (process.platform === 'win32') window()?.flashFrame(true)
    const said = notificationOf(words().notification, notifications, conversation.title, message)
    if (!said || !Notification.isSupported()) return
    const notification = new Notification(said)
    shown.add(notification)
    notification.on('click', () => {
      open(conversation.id)
    })
    notification.on('close', () => shown.delete(notification))
    notification.show()
  })

  app.on('browser-window-focus', () => {
    unseen.clear()
    app.setBadgeCount(0)
    for (const notification of shown) notification.close()
    shown.clear()
  })
}
