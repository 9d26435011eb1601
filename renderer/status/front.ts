import type { Front } from '../state/unseen.svelte.ts'

/** This page among the windows of the desktop. */
export const front: Front = {
  get isInFront() {
    return document.visibilityState === 'visible' && document.hasFocus()
  },
  whenInFront(then) {
    const look = () => {
      if (front.isInFront) then()
    }
    window.addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
  },
  notify(words, clicked) {
    if (Notification.permission !== 'granted') return
    const notification = new Notification(words.title, { body: words.body })
    notification.onclick = () => {
      window.focus()
      clicked()
      notification.close()
    }
  },
}
