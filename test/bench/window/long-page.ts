/** Run in the page: milliseconds from a key's event to the end of the frame after it, for each press; kept in `keyTimes`. */
export const KEYS = `window.keyTimes = []
addEventListener('keydown', () => {
  const begun = performance.now()
  requestAnimationFrame(() => setTimeout(() => window.keyTimes.push(performance.now() - begun)))
}, { capture: true })`

/** Run in the page: scrolls an element for a while, so many pixels a frame, and keeps how long each frame took. */
export const scrolling = (selector: string, pixels: number, frames: number): string => `new Promise((resolve) => {
  const element = document.querySelector(${JSON.stringify(selector)})
  const times = []
  let last = performance.now()
  const step = (now) => {
    times.push(now - last)
    last = now
    element.scrollTop += ${pixels}
    if (times.length < ${frames}) requestAnimationFrame(step)
    else resolve(times.slice(2))
  }
  requestAnimationFrame(step)
})`

/** Run in the page: milliseconds from a click on an element to the frame in which another is there. */
export const opening = (clicked: string, there: string): string =>
  shown(`document.querySelector(${JSON.stringify(clicked)}).click()`, there)

/** Run in the page: milliseconds from its address to the frame in which an element is there. */
export const going = (id: number, there: string): string => shown(`location.hash = '#${id}'`, there)

const shown = (act: string, there: string): string => `new Promise((resolve) => {
  const begun = performance.now()
  ${act}
  const look = () => {
    if (document.querySelector(${JSON.stringify(there)})) setTimeout(() => resolve(performance.now() - begun))
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})`
