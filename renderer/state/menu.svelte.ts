import type { Component } from 'svelte'

export interface MenuItem {
  label: string
  icon?: Component<{ size?: number; 'aria-hidden'?: 'true' }>
  /** One of several of which one is chosen. */
  checked?: boolean
  danger?: boolean
  /** A line stands before it. */
  apart?: boolean
  choose?: () => void
  /** What opens in place of the menu. */
  items?: readonly MenuItem[]
}

/** In pixels of the window: the corner from which the menu opens. */
interface Place {
  x: number
  y: number
}

interface ShownMenu {
  label: string
  items: readonly MenuItem[]
  at: Place
}

/** The parts that are used of a mouse event and of an element. */
interface Pointed {
  clientX: number
  clientY: number
  preventDefault: () => void
}
interface Placed {
  getBoundingClientRect: () => { left: number; bottom: number }
}

/** The one menu of the window. */
export class MenuState {
  shown = $state.raw<ShownMenu | null>(null)

  /** Where the pointer is; in the middle of the element, where the keyboard asked for it. */
  showAt(event: Pointed, label: string, items: readonly MenuItem[]): void {
    event.preventDefault()
    this.shown = { label, items, at: { x: event.clientX, y: event.clientY } }
  }

  showUnder(element: Placed, label: string, items: readonly MenuItem[]): void {
    const { left, bottom } = element.getBoundingClientRect()
    this.shown = { label, items, at: { x: left, y: bottom + 4 } }
  }
}
