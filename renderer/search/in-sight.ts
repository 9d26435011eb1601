/** Id of the first message that is in sight in the transcript. */
export function firstInSight(): number | null {
  const scroller = document.querySelector('.scroller')
  if (!scroller) return null
  const { top } = scroller.getBoundingClientRect()
  for (const message of scroller.querySelectorAll<HTMLElement>('[data-message-id]'))
    if (message.getBoundingClientRect().bottom > top) return Number(message.dataset['messageId'])
  return null
}
